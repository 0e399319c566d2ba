import type { SerializedError } from "../core/errors.ts";
import type { TaskCode } from "../core/manifest.ts";
import type { CallAt } from "../engine/call_site.ts";
import type { Difference, DryReplay } from "../engine/dry_replay.ts";
import type { RunEnding } from "../engine/run_ending.ts";
import { dryReplay } from "../engine/dry_replay.ts";
import type { Json } from "../core/json.ts";
import { isRunEnded, type RunStatus } from "../core/states.ts";
import { Keystore } from "../services/keystore/keystore.ts";
import { storedJson } from "../store/stored_json.ts";
import type { Store } from "../store/store.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { buildCodeFile } from "./code_file.ts";
import type { Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { renderDifference } from "./output/difference.ts";
import { safeLines } from "./output/errors.ts";
import { plural } from "./output/numbers.ts";
import { printJson, readingRuns } from "./reading.ts";
import { findRun, shortId } from "./run_lookup.ts";

export interface ReplayOptions {
  readonly database: string;
  readonly run: string;
  /** A file with other code than the run's own version. */
  readonly code: string | undefined;
  readonly json: boolean;
}

export interface ReplayFlags {
  readonly code?: string;
  readonly json?: boolean;
  readonly db?: string;
}

/** `tasker replay`, from its flags. */
export const parse: Run<ReplayFlags> = (context, flags, [runId]) =>
  run({ database: context.databasePath(flags.db), run: runId!, code: flags.code, json: flags.json ?? false }, context);

/** A call as `--json` prints it; `at` is its place in the code, where that is known. */
export interface CallView {
  readonly seq: number;
  readonly service: string;
  readonly method: string;
  readonly args: Json;
  readonly at: string | null;
}

/** How a run ends, as `--json` prints it. */
export type EndingView =
  | { readonly type: "completed"; readonly result: Json }
  | { readonly type: "failed"; readonly error: SerializedError };

/** What `--json` prints. */
export interface ReplayView {
  readonly run: string;
  readonly taskName: string;
  readonly status: RunStatus;
  /** The code that was tried: a version of the task, or a file. */
  readonly code: { readonly version: number | null; readonly file: string | null; readonly hash: string };
  readonly same: boolean;
  /** Calls that were made as they are recorded. */
  readonly calls: number;
  /** Recorded answers. */
  readonly answers: number;
  readonly difference:
    | null
    | { readonly type: "call" | "new call"; readonly recorded: CallView | null; readonly now: CallView | null }
    | { readonly type: "end"; readonly recorded: EndingView; readonly now: EndingView | null };
  /** Of a run that has not ended: the calls beyond the journal, with which it would go on. */
  readonly next: readonly CallView[];
}

export async function run(options: ReplayOptions, context: Context): Promise<ExitCode> {
  const code = options.code === undefined ? undefined : await codeOfFile(options.code, context);
  return await readingRuns(context, options.database, async (store) => {
    const found = findRun(store, options.run);
    return await replayAndTell({ store, run: found, code, file: options.code ?? null, json: options.json }, context);
  });
}

/** Code that is no version of a task yet. */
export async function codeOfFile(file: string, context: Context): Promise<TaskCode> {
  return { ...await buildCodeFile(file, context), version: 0 };
}

/** Replays a run of a store and prints what came of it. */
export async function replayAndTell(
  params: { store: Store; run: TaskRun; code: TaskCode | undefined; file: string | null; json: boolean },
  context: Context,
): Promise<ExitCode> {
  const { store, run, code } = params;
  const own = store.taskFunctions.get(run.functionId);
  const done = await dryReplay({
    store,
    run,
    ...(code === undefined ? {} : { code }),
    reveal: revealer(store, context),
  });
  const isSame = done.difference === undefined;
  if (params.json) {
    const view: ReplayView = {
      run: run.id,
      taskName: run.taskName,
      status: run.status,
      code: { version: code === undefined ? own.version : null, file: params.file, hash: (code ?? own).hash },
      same: isSame,
      calls: done.calls,
      answers: done.answers,
      difference: done.difference === undefined ? null : differenceView(done.difference),
      next: done.next.map(callView),
    };
    printJson(context, view);
  } else {
    const what = params.file ?? `${run.taskName} v${own.version}`;
    context.terminal.out(safeLines(tell(run, what, done)));
  }
  return isSame ? EXIT.ok : EXIT.different;
}

/** Opens recorded secrets with this machine's key; it opens nothing that a run file brings. */
export function revealer(store: Store, context: Context): (json: string) => string {
  if (store.runFile !== undefined) return (json) => json;
  const env = context.env("TASKER_KEYSTORE_KEY");
  const keystore = new Keystore({ store, ...(env === undefined ? {} : { env }) });
  return (json) => keystore.reveal(json);
}

function tell(run: TaskRun, what: string, done: DryReplay): string {
  const made = plural(done.calls, "call");
  const given = plural(done.answers, "recorded answer");
  if (done.difference === undefined) {
    const end = isRunEnded(run.status) ? `, and it ends as recorded: ${run.status}` : "";
    const next = done.next.length === 0 ? "" : `; it goes on with ${plural(done.next.length, "new call")}`;
    return `same: with ${given} ${what} makes the ${made} of run ${shortId(run.id)}${end}${next}\n`;
  }
  return `${what} differs from run ${shortId(run.id)}, after ${made} that ${
    done.calls === 1 ? "is" : "are"
  } the same\n` +
    renderDifference(done.difference);
}

function differenceView(difference: Difference): NonNullable<ReplayView["difference"]> {
  if (difference.type === "end") {
    const { type, recorded, now } = difference;
    return { type, recorded: endingView(recorded), now: now === undefined ? null : endingView(now) };
  }
  const recorded = difference.type === "call" ? callView(difference.recorded) : null;
  return { type: difference.type, recorded, now: difference.now === undefined ? null : callView(difference.now) };
}

export function callView({ seq, service, method, args, at }: CallAt): CallView {
  return { seq, service, method, args: storedJson(args), at: at ?? null };
}

export function endingView(end: RunEnding): EndingView {
  return end.type === "completed" ? { type: "completed", result: storedJson(end.json) } : end;
}
