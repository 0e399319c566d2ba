import { TaskerError } from "../core/errors.ts";
import { isRunEnded } from "../core/states.ts";
import { forTerminal } from "../mail/safe_text.ts";
import { tableCounts } from "../store/inspect.ts";
import { notARunFile, PARTS } from "../store/run_file/format.ts";
import { openRunFile, type RunFileStore } from "../store/run_file/open_run_file.ts";
import { DamagedRow } from "../store/stored_json.ts";
import type { Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { safeLines } from "./output/errors.ts";
import { formatBytes, plural } from "./output/numbers.ts";
import { OutputClosed } from "./output/terminal.ts";
import { formatDateTime } from "./output/times.ts";
import { printJson } from "./reading.ts";
import { codeOfFile, replayAndTell } from "./replay.ts";
import { shortId } from "./run_lookup.ts";
import { printStack, type StackView, stackView } from "./show.ts";

export interface OpenOptions {
  readonly file: string;
  readonly replay: boolean;
  /** A file with other code than the run's own version; only for a replay. */
  readonly code: string | undefined;
  readonly json: boolean;
}

export interface OpenFlags {
  readonly replay?: boolean;
  readonly code?: string;
  readonly json?: boolean;
}

/** What `--json` prints; with `--replay` it is what `tasker replay --json` prints. Times are ms. */
export interface OpenView {
  readonly file: string;
  readonly bytes: number;
  /** Of all bytes but those that say it. */
  readonly sha256: string;
  readonly fileVersion: number;
  readonly taskerVersion: string;
  readonly exportedAt: number;
  readonly exportedBy: string;
  /** Whether the run had not ended. */
  readonly unfinished: boolean;
  /** Answers that were secrets, and are replaced. */
  readonly redacted: number;
  /** By table. */
  readonly rows: Readonly<Record<string, number>>;
  /** As `tasker show --json` prints it. */
  readonly run: StackView;
}

/** Calls of each run that are shown. */
const CALLS = 50;

/** `tasker open`, from its flags. */
export const parse: Run<OpenFlags> = (context, flags, [file]) => {
  if (flags.code !== undefined && !flags.replay) {
    throw new TaskerError("USAGE", "--code is the code that a replay tries", { hint: "give --replay with it" });
  }
  return run({ file: file!, replay: flags.replay ?? false, code: flags.code, json: flags.json ?? false }, context);
};

export async function run(options: OpenOptions, context: Context): Promise<ExitCode> {
  const { file } = options;
  const code = options.code === undefined ? undefined : await codeOfFile(options.code, context);
  const store = await openRunFile(file);
  try {
    const run = store.taskRuns.byId(store.runFile.run)!;
    if (options.replay) {
      const params = { store, run, code, file: options.code ?? null, json: options.json };
      return await replayAndTell(params, context);
    }
    const view = openView(store, await stackView(store, run, { calls: CALLS, after: 0 }));
    if (options.json) printJson(context, view);
    else print(store, view, context);
    return EXIT.ok;
  } catch (error) {
    if (error instanceof OutputClosed || (error instanceof TaskerError && !(error instanceof DamagedRow))) throw error;
    // Texts and numbers may be none that anything here has ever written.
    const reason = error instanceof Error ? error.message : String(error);
    throw notARunFile(file, `cannot be shown: ${reason}`, "it may not be what `tasker export-run` wrote", error);
  } finally {
    store.close();
  }
}

function openView(store: RunFileStore, run: StackView): OpenView {
  const { path, bytes, sha256, fileVersion, tasker, exportedAt, exportedBy, redacted } = store.runFile;
  const counts = new Map(tableCounts(store).map(({ table, rows }) => [table, rows]));
  return {
    file: path,
    bytes,
    sha256,
    fileVersion,
    taskerVersion: tasker,
    exportedAt,
    exportedBy,
    unfinished: !isRunEnded(run.status),
    redacted,
    rows: Object.fromEntries(PARTS.map(({ table }) => [table, counts.get(table)!])),
    run,
  };
}

function print(store: RunFileStore, view: OpenView, context: Context): void {
  const { terminal } = context;
  const { file, rows, redacted, run } = view;
  const counted = [
    plural(rows.task_runs!, "run"),
    plural(rows.stack_runs! - 1, "call"),
    plural(rows.records!, "record"),
    plural(rows.logs!, "log line"),
  ];
  const oneLine = (text: string) => forTerminal(text).replace(/\s*\n\s*/g, " ");
  const lines = [
    `${file}: whole, ${formatBytes(view.bytes)}, SHA-256 ${view.sha256.slice(0, 16)}…`,
    `exported ${formatDateTime(view.exportedAt)} by ${view.exportedBy} with tasker ${view.taskerVersion}: ${
      counted.join(", ")
    }`,
    ...(view.unfinished ? ["the run had not ended: this is how it was when it was exported"] : []),
    ...(redacted === 0
      ? []
      : [`${plural(redacted, "answer that was a secret is", "answers that were secrets are")} [redacted]`]),
  ];
  terminal.out(`${lines.map(oneLine).join("\n")}\n\n`);
  const db = context.databaseArgument(file);
  printStack(store, run, context, db);
  const id = shortId(run.id);
  const commands = [
    [`tasker open${db.replace(" --db", "") || ` ${file}`} --replay`, "runs the code again with the recorded answers"],
    ...(rows.records! === 0 ? [] : [[`tasker records ${id}${db}`, "the rows that it kept"]]),
    ...(rows.logs! === 0 ? [] : [[`tasker debug logs --run ${id}${db}`, "its log lines"]]),
  ];
  const width = Math.max(...commands.map(([command]) => command!.length));
  terminal.out(safeLines(
    `\n${commands.map(([command, what]) => `${command!.padEnd(width)}   ${what}\n`).join("")}`,
  ));
}
