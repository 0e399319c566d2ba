import { resolve } from "node:path";
import { whoRunsThis } from "../server/who.ts";
import { command, type Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { dbFlag, jsonFlag } from "./flags.ts";
import { Interrupts } from "./interrupts.ts";
import { note } from "./output/errors.ts";
import { formatBytes, plural } from "./output/numbers.ts";
import { printJson, reading } from "./reading.ts";
import { findRun, shortId } from "./run_lookup.ts";
import { version } from "./version.ts";

export interface ExportRunOptions {
  readonly database: string;
  readonly run: string;
  readonly file: string;
  /** Whether a file of that name is replaced. */
  readonly force: boolean;
  readonly json: boolean;
}

interface Flags {
  readonly force?: boolean;
  readonly json?: boolean;
  readonly db?: string;
}

export const exportRunCommand = command<Flags>({
  brief: "Write a run into one file, which others open with tasker open",
  description:
    "Write a run and all that is nested in it into one file (0600), as it is at one moment; it may be running. `tasker " +
    "open FILE` shows and replays it on any machine, with no network.\n\n" +
    "In it: the code of the versions that were run, the journal (every call with its arguments and its answer), rows kept, " +
    "log lines, signals, approvals, and who exported it and when. So what a search has read of mails, headers and texts as " +
    "well, is in it.\n\n" +
    "Not in it: the keystore (a secret that was revealed to the task's code is replaced by [redacted]), other runs (those that it started, too), " +
    "schedules, rules, the audit log, and the tables of tools.database, which all runs share.",
  flags: {
    force: { kind: "boolean", optional: true, withNegated: false, brief: "Replace the file if it is there" },
    ...jsonFlag,
    ...dbFlag,
  },
  positional: [
    { placeholder: "run", brief: "Id, unique part of one, or last" },
    { placeholder: "file", brief: "Where to, such as run.tasker" },
  ],
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags, [runId, file]) =>
  run({
    database: context.databasePath(flags.db),
    run: runId!,
    file: resolve(file!),
    force: flags.force ?? false,
    json: flags.json ?? false,
  }, context);

export async function run(options: ExportRunOptions, context: Context): Promise<ExitCode> {
  const { exportRun } = await import("../store/run_file/export_run.ts");
  const interrupts = new Interrupts();
  const stopping = new AbortController();
  void interrupts.next().then(() => stopping.abort());
  try {
    const done = await reading(
      context,
      options.database,
      (store) =>
        exportRun(store, findRun(store, options.run), options.file, {
          replace: options.force,
          tasker: version,
          by: whoRunsThis(),
          now: context.now(),
          signal: stopping.signal,
        }),
    );
    if (options.json) {
      printJson(context, done);
      return EXIT.ok;
    }
    const { rows, bytes, unfinished, redacted, sha256 } = done;
    const say = (text: string) => note(context.terminal, text);
    const nested = rows.task_runs! > 1 ? ` with ${plural(rows.task_runs! - 1, "nested run")}` : "";
    say(
      `${options.file}: run ${shortId(done.run)}${nested}, ${plural(rows.stack_runs! - 1, "call")}, ` +
        `${plural(rows.records!, "record")}, ${formatBytes(bytes)}, SHA-256 ${sha256.slice(0, 16)}…`,
    );
    if (unfinished) say("the run has not ended: what it does from now on is not in the file");
    if (redacted > 0) {
      say(`${plural(redacted, "answer that was a secret is", "answers that were secrets are")} [redacted]`);
    }
    return EXIT.ok;
  } finally {
    interrupts.dispose();
  }
}
