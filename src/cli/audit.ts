import { TaskerError } from "../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import { checkAudit } from "../store/audit_check.ts";
import { entryOf } from "../store/chain.ts";
import type { Store } from "../store/store.ts";
import type { Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { type Format, formatOf } from "./flags.ts";
import { note } from "./output/errors.ts";
import { plural } from "./output/numbers.ts";
import { formatParts, writeRows } from "./output/rows.ts";
import { checkResultOutput } from "./output/run_outcome.ts";
import { writeTo } from "./output/sink.ts";
import { styled } from "./output/terminal.ts";
import { formatDateTime } from "./output/times.ts";
import { printCheck } from "./output/chain_check.ts";
import { reading } from "./reading.ts";
import { findRun, shortId } from "./run_lookup.ts";

export interface AuditOptions {
  readonly database: string;
  /** undefined: the entries of all runs. */
  readonly run: string | undefined;
  readonly format: Exclude<Format, "html">;
  readonly output: string | undefined;
}

export interface AuditFlags {
  readonly verify?: boolean;
  readonly head?: string;
  readonly format?: Format;
  readonly json?: boolean;
  readonly output?: string;
  readonly db?: string;
}

/** `tasker audit`, from its flags. */
export const parse: Run<AuditFlags> = (context, flags, [run]) => {
  const database = context.databasePath(flags.db);
  const format = formatOf(flags) ?? "table";
  if (flags.verify) {
    if (run !== undefined || (format !== "table" && format !== "json") || flags.output !== undefined) {
      throw new TaskerError("USAGE", "--verify checks the whole log, and says so in words or with --json", {
        hint: "leave out the run, --format and --output",
      });
    }
    return verify({ database, head: flags.head, json: format === "json" }, context);
  }
  if (flags.head !== undefined || format === "html") {
    throw new TaskerError(
      "USAGE",
      flags.head === undefined ? "there is no report of the audit log" : "--head goes with --verify",
      {
        hint: flags.head === undefined ? "--format csv, json and ndjson write its entries" : "add --verify",
      },
    );
  }
  return list({ database, run, format, output: flags.output }, context);
};

/** Prints entries, the oldest first. */
export async function list(options: AuditOptions, context: Context): Promise<ExitCode> {
  const { format, output } = options;
  const { terminal } = context;
  await checkResultOutput(output);
  const parts = await formatParts(format);
  return await reading(context, options.database, (store) => {
    const run = options.run === undefined ? undefined : findRun(store, options.run).id;
    const toTerminal = output === undefined && terminal.isTerminal.out;
    const rows = function* (): Generator<Json> {
      for (const entry of entries(store, run)) yield format === "table" ? lineOf(store, entry, toTerminal) : entry;
    };
    writeTo(terminal, output, (sink) => {
      const count = writeRows(sink, rows, {
        ...parts,
        format,
        width: toTerminal ? terminal.width() : 0,
        head: (text) => styled(output === undefined && terminal.color.out, "bold", text),
        ...(format === "table" ? { columns: ["#", "time", "event", "run", "who", "what", "reason"] } : {}),
      });
      if (count === 0 && format === "table") note(terminal, "the audit log is empty");
    });
    return EXIT.ok;
  });
}

/** Entries with their hashes. */
function* entries(store: Store, run: string | undefined): Generator<JsonObject> {
  for (const row of store.audit.each()) {
    const entry = entryOf(row) ?? { seq: row.seq, event: "unreadable", text: row.text };
    if (run === undefined || entry.run === run) yield { ...entry, hash: row.hash };
  }
}

function lineOf(store: Store, entry: JsonObject, isTerminal: boolean): Json {
  const text = (value: Json | undefined) => typeof value === "string" ? value : "";
  const run = text(entry.run);
  return {
    "#": String(entry.seq),
    time: typeof entry.at === "string" ? formatDateTime(Date.parse(entry.at)) : "",
    event: text(entry.event),
    run: isTerminal ? shortId(run) : run,
    who: text(entry.who) || text(entry.owner),
    what: entry.event === "submitted" ? askedIn(store, entry) : whatOf(entry),
    reason: text(entry.reason),
  };
}

/** The task, and the parameters that are not what they are by themselves, as far as that is still known. */
function askedIn(store: Store, { task, asked, run }: JsonObject): string {
  if (!isJsonObject(asked)) return `${task} ${JSON.stringify(asked)}`;
  const row = store.taskRuns.byId(String(run));
  const properties = row === undefined ? {} : store.taskFunctions.get(row.functionId).manifest.input.properties;
  const isDefault = (name: string, value: Json) => {
    const schema = isJsonObject(properties) ? properties[name] : undefined;
    return isJsonObject(schema) && JSON.stringify(schema.default) === JSON.stringify(value);
  };
  const given = Object.entries(asked).filter(([name, value]) => !isDefault(name, value));
  return [String(task), ...given.map(([name, value]) => `${name}=${JSON.stringify(value)}`)].join(" ");
}

function whatOf(entry: JsonObject): string {
  const { event, status, error, records, coverage, rows, seal, messages, entry: name, schedule } = entry;
  if (typeof name === "string") return name;
  if (typeof schedule === "string") return schedule;
  const counts = (of: Json | undefined) =>
    isJsonObject(of)
      ? Object.entries(of).filter(([, count]) => typeof count === "number").map(([name, count]) => `${count} ${name}`)
      : [];
  if (event === "sealed") return `${seal}; ${counts(messages).join(", ")}`;
  if (event === "upgraded") return `${entry.task} v${entry.from} → v${entry.to}`;
  if (event === "restored") return String(entry.from);
  if (event !== "ended") return counts(rows).join(", ");
  const read = counts(coverage).join(", ");
  return [
    String(status),
    ...(isJsonObject(error) ? [`${error.code}: ${error.message}`] : []),
    ...counts(records).filter((text) => !text.endsWith(" coverage")),
    ...(read === "" ? [] : [`mailboxes: ${read}`]),
  ].join("; ");
}

/** Checks the log; the exit code tells whether all is right. */
export async function verify(
  options: { database: string; head: string | undefined; json: boolean },
  context: Context,
): Promise<ExitCode> {
  return await reading(context, options.database, (store) => {
    const check = checkAudit(store, options.head);
    const right = `${plural(check.entries, "entry", "entries")}, each follows the one before it; ` +
      `${plural(check.runs, "run")} of this database ${check.runs === 1 ? "is" : "are"} as entered`;
    return printCheck(context, check, { right, json: options.json });
  });
}
