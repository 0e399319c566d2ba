import { isJsonObject, type Json } from "../core/json.ts";
import { TaskerError } from "../core/errors.ts";
import { forTerminal } from "../mail/safe_text.ts";
import { FoundRecords } from "../store/record_search.ts";
import type { RecordRows } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import type { TaskRun } from "../store/task_runs.ts";
import type { Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { type Format, formatOf } from "./flags.ts";
import { MAIL_COLUMNS, MAIL_TABLE, Mails } from "./mails.ts";
import { withBody } from "./message_body.ts";
import { chosenColumns } from "./output/chosen_columns.ts";
import { note, warn } from "./output/errors.ts";
import { formatCount } from "./output/numbers.ts";
import { writeReport } from "./output/report/report.ts";
import { formatParts, writeRows } from "./output/rows.ts";
import { checkResultOutput } from "./output/run_outcome.ts";
import { writeTo } from "./output/sink.ts";
import { styled } from "./output/terminal.ts";
import { readingRuns } from "./reading.ts";
import { findRun, shortId } from "./run_lookup.ts";
import { reportOf } from "./run_report.ts";

export interface RecordsOptions {
  readonly database: string;
  readonly run: string;
  /** undefined: all kinds, a table of each or every row with its kind. */
  readonly kind: string | undefined;
  /** Only rows with these words. */
  readonly grep: string | undefined;
  /** One line for each mail, with the mailboxes that hold it. */
  readonly groupBy: "message-id" | undefined;
  readonly format: Format;
  readonly output: string | undefined;
}

export interface RecordsFlags {
  readonly kind?: string;
  readonly grep?: string;
  readonly groupBy?: "message-id";
  readonly format?: Format;
  readonly json?: boolean;
  readonly output?: string;
  readonly db?: string;
}

/** `tasker records`, from its flags. */
export const parse: Run<RecordsFlags> = (context, flags, [runId]) =>
  run({
    database: context.databasePath(flags.db),
    run: runId!,
    kind: flags.kind,
    grep: flags.grep,
    groupBy: flags.groupBy,
    format: formatOf(flags) ?? "table",
    output: flags.output,
  }, context);

/** What a table shows of a message when no columns were chosen: the rest would not fit. */
const MESSAGE_COLUMNS = ["date", "mailbox", "headers.From", "headers.Subject"];

export async function run(options: RecordsOptions, context: Context): Promise<ExitCode> {
  const { format, output } = options;
  const { terminal } = context;
  await checkResultOutput(output);
  const parts = await formatParts(format);
  return await readingRuns(context, options.database, (store) => {
    const found = findRun(store, options.run);
    const ofMessages = options.groupBy !== undefined ||
      (format === "html" && store.records.kinds(found.run).has("message"));
    const kind = kindOf(store, found, options.kind ?? (ofMessages ? "message" : undefined));
    using rows = chosen(store, found, { ...options, kind });
    const kinds = kind === undefined ? [...rows.kinds().keys()] : [kind];
    if (format === "csv" && kinds.length > 1) {
      note(terminal, `rows of several kinds, with columns data.*: --kind ${kinds.join(" or ")} has those of one`);
    }
    using mails = options.groupBy === undefined ? undefined : grouped(found, () => dataOf(store, found, rows, kind));
    const choice = [
      ...(options.grep === undefined ? [] : [`Only rows with ${options.grep}`]),
      ...(mails === undefined ? [] : ["One line for each mail", ...mails.unknown()]),
    ];
    const toTerminal = output === undefined && terminal.isTerminal.out;
    const head = (text: string) => styled(output === undefined && terminal.color.out, "bold", text);
    writeTo(terminal, output, (sink) => {
      const write = (kind: string | undefined) => {
        const isTable = format === "table";
        const content = () => (isTable ? mails?.lines() : mails?.each()) ?? dataOf(store, found, rows, kind);
        const columns = mails === undefined ? {} : { columns: isTable ? MAIL_TABLE : MAIL_COLUMNS };
        if (format === "html") return writeReport(sink, reportOf(store, found, { rows: content, ...columns, choice }));
        return writeRows(sink, content, {
          ...parts,
          format,
          width: toTerminal ? terminal.width() : 0,
          head,
          ...columns,
          ...(isTable && mails === undefined && kind === "message"
            ? { tableColumns: chosenColumns(content()) ?? MESSAGE_COLUMNS }
            : {}),
        });
      };
      if (format === "table" && kinds.length > 1) {
        for (const [index, kind] of kinds.entries()) {
          sink.write(`${index === 0 ? "" : "\n"}${head(`${forTerminal(kind)}:`)}\n`);
          write(kind);
        }
      } else if (write(kind) === 0) {
        const words = options.grep === undefined ? "" : ` with ${options.grep}`;
        note(terminal, `run ${shortId(found.id)} has kept no rows${words}`);
      }
    });
    for (const text of mails?.unknown() ?? []) note(terminal, text);
    if (mails !== undefined) warnOfUnread(context, store, found);
    return EXIT.ok;
  });
}

/** The mails that the rows are copies of. Rows that do not name their mail are refused: each would look like one of its own. */
function grouped({ id }: TaskRun, rows: () => Iterable<Json>): Mails {
  const columns = chosenColumns(rows());
  if (columns?.includes("messageId") === false) {
    throw new TaskerError("USAGE", `run ${shortId(id)} has not kept which mail each row is a copy of`, {
      hint: "its --columns left messageId out: search again with it",
    });
  }
  return new Mails(rows(), columns);
}

/** The kind to print. One that the run has none of is refused, unless the run is still at work and may come to it. */
function kindOf(store: Store, run: TaskRun, kind: string | undefined): string | undefined {
  const kinds = [...store.records.kinds(run.run).keys()];
  if (kind === undefined) return kinds.length === 1 ? kinds[0] : undefined;
  if (kinds.includes(kind) || kinds.length === 0 || run.endedAt === null) return kind;
  throw new TaskerError("NOT_FOUND", `run ${shortId(run.id)} has kept no rows of the kind "${kind}"`, {
    hint: `its kinds: ${kinds.join(", ")}`,
  });
}

/** Who was not asked may hold a mail, too. */
function warnOfUnread({ terminal }: Context, store: Store, run: TaskRun): void {
  const counts = new Map<string, number>();
  for (const { data } of store.records.each({ run: run.run, kind: "coverage" })) {
    const status = isJsonObject(data) ? String(data.status) : "";
    if (status !== "complete") counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  const unread = [...counts].map(([status, count]) => `${formatCount(count)} ${status}`).join(", ");
  if (unread !== "") {
    warn(
      terminal,
      `not everyone was read to the end, and may hold a mail, too: ${unread} (--kind coverage names them)`,
    );
  }
  if (run.endedAt === null) warn(terminal, `run ${shortId(run.id)} has not ended: there may be more`);
}

/** All rows of the run, or those with the words. */
function chosen(
  { records }: Store,
  { run }: TaskRun,
  { kind, grep }: { kind: string | undefined; grep: string | undefined },
): RecordRows & Disposable {
  if (grep !== undefined) return new FoundRecords(records, { run, kind, words: grep });
  return { ...records.of(run), [Symbol.dispose]() {} };
}

function* dataOf(store: Store, run: TaskRun, rows: RecordRows, kind: string | undefined): Generator<Json> {
  for (const { kind: name, seq, data } of rows.each(kind)) {
    if (kind === undefined) yield { kind: name, seq, data };
    else yield kind === "message" ? withBody(store, run, data) : data;
  }
}
