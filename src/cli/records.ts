import type { Json } from "../core/json.ts";
import { TaskerError } from "../core/errors.ts";
import { forTerminal } from "../mail/safe_text.ts";
import { FoundRecords } from "../store/record_search.ts";
import type { RecordRows } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { command, type Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { dbFlag, type Format, formatOf, outputFlags, parseText } from "./flags.ts";
import { note } from "./output/errors.ts";
import { writeReport } from "./output/report/report.ts";
import { formatParts, writeRows } from "./output/rows.ts";
import { checkResultOutput } from "./output/run_outcome.ts";
import { writeTo } from "./output/sink.ts";
import { styled } from "./output/terminal.ts";
import { reading } from "./reading.ts";
import { findRun, shortId } from "./run_lookup.ts";
import { reportOf } from "./run_report.ts";

export interface RecordsOptions {
  readonly database: string;
  readonly run: string;
  /** undefined: all kinds, a table of each or every row with its kind. */
  readonly kind: string | undefined;
  /** Only rows with these words. */
  readonly grep: string | undefined;
  readonly format: Format;
  readonly output: string | undefined;
}

interface Flags {
  readonly kind?: string;
  readonly grep?: string;
  readonly format?: Format;
  readonly json?: boolean;
  readonly output?: string;
  readonly db?: string;
}

export const recordsCommand = command<Flags>({
  brief: "Print the rows that a run has kept",
  flags: {
    kind: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "name",
      brief: "Rows of this kind only, such as message or coverage",
    },
    grep: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "words",
      brief: `Only rows with all these words: "words together", begin*, -without, one OR another`,
    },
    ...outputFlags,
    ...dbFlag,
  },
  positional: [{ placeholder: "run", brief: "Id, unique part of one, or last" }],
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags, [runId]) =>
  run({
    database: context.databasePath(flags.db),
    run: runId!,
    kind: flags.kind,
    grep: flags.grep,
    format: formatOf(flags) ?? "table",
    output: flags.output,
  }, context);

/** What a table shows of a message: the rest would not fit. */
const MESSAGE_COLUMNS = ["date", "mailbox", "headers.From", "headers.Subject"];

export async function run(options: RecordsOptions, context: Context): Promise<ExitCode> {
  const { format, output } = options;
  const { terminal } = context;
  await checkResultOutput(output);
  const parts = await formatParts(format);
  return await reading(context, options.database, (store) => {
    const found = findRun(store, options.run);
    const kind = kindOf(store, found, options.kind ?? (format === "html" ? reportedKind(store, found) : undefined));
    using rows = chosen(store, found, { ...options, kind });
    const kinds = kind === undefined ? [...rows.kinds().keys()] : [kind];
    if (format === "csv" && kinds.length > 1) {
      note(terminal, `rows of several kinds, with columns data.*: --kind ${kinds.join(" or ")} has those of one`);
    }
    const toTerminal = output === undefined && terminal.isTerminal.out;
    const head = (text: string) => styled(output === undefined && terminal.color.out, "bold", text);
    writeTo(terminal, output, (sink) => {
      const write = (kind: string | undefined) =>
        format === "html"
          ? writeReport(
            sink,
            reportOf(store, found, {
              rows: () => dataOf(rows, kind),
              choice: options.grep === undefined ? undefined : `rows with ${options.grep}`,
            }),
          )
          : writeRows(sink, () => dataOf(rows, kind), {
            ...parts,
            format,
            width: toTerminal ? terminal.width() : 0,
            head,
            ...(format === "table" && kind === "message" ? { tableColumns: MESSAGE_COLUMNS } : {}),
          });
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
    return EXIT.ok;
  });
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

/** A report has a search's coverage anyway, before the messages. */
function reportedKind({ records }: Store, { run }: TaskRun): string | undefined {
  return records.kinds(run).has("message") ? "message" : undefined;
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

function* dataOf(rows: RecordRows, kind: string | undefined): Generator<Json> {
  for (const { kind: name, seq, data } of rows.each(kind)) yield kind === undefined ? { kind: name, seq, data } : data;
}
