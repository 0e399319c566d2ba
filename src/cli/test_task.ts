import { jsonDifferences } from "../core/json_difference.ts";
import type { Json } from "../core/json.ts";
import type { TaskCode } from "../core/manifest.ts";
import { type CallChange, type Rehearsal, rehearse } from "../engine/rehearsal.ts";
import { storedJson } from "../store/stored_json.ts";
import type { Store } from "../store/store.ts";
import type { TaskRun } from "../store/task_runs.ts";
import type { Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { renderRehearsal } from "./output/rehearsal.ts";
import { safeLines } from "./output/errors.ts";
import { printJson, readingIfThere, readingRuns } from "./reading.ts";
import { type CallView, callView, codeOfFile, type EndingView, endingView, revealer } from "./replay.ts";
import { findRunOf, newestRunOf, shortId } from "./run_lookup.ts";
import { findTask } from "./tasks.ts";

export interface TestOptions {
  readonly database: string;
  readonly task: string;
  /** A run, or a run file; undefined: the task's newest run. */
  readonly against: string | undefined;
  /** A file; undefined: the task's newest version. */
  readonly code: string | undefined;
  readonly json: boolean;
}

export interface TestFlags {
  readonly against?: string;
  readonly code?: string;
  readonly json?: boolean;
  readonly db?: string;
}

/** `tasker test`, from its flags. */
export const parse: Run<TestFlags> = (context, flags, [task]) =>
  run({
    database: context.databasePath(flags.db),
    task: task!,
    against: flags.against,
    code: flags.code,
    json: flags.json ?? false,
  }, context);

/** What `--json` prints. */
export interface TestView {
  readonly run: string;
  readonly taskName: string;
  readonly code: { readonly version: number | null; readonly file: string | null; readonly hash: string };
  readonly same: boolean;
  /** Calls that the earlier run has made, too. */
  readonly calls: number;
  readonly changes: readonly {
    readonly type: CallChange["type"];
    readonly recorded: CallView | null;
    readonly now: CallView | null;
  }[];
  /** Calls without a recorded answer, for which the code waits. */
  readonly unanswered: readonly CallView[];
  /** null: not ended, or not by the task's own code. */
  readonly ends: { readonly recorded: EndingView | null; readonly now: EndingView | null };
  /** Where two results differ; a member that one of them has not is left out. */
  readonly result: readonly { readonly path: string; readonly recorded?: Json; readonly now?: Json }[];
}

/** Places of a result that `--json` names. */
const PLACES = 1_000;

export async function run(options: TestOptions, context: Context): Promise<ExitCode> {
  const file = options.code === undefined ? undefined : await codeOfFile(options.code, context);
  const { against, task } = options;
  if (against === undefined || isRunName(against)) {
    return await readingRuns(context, options.database, async (store) => {
      const earlier = against === undefined ? newestRunOf(store, task) : findRunOf(store, task, against);
      const code = file ?? await newestCode(store, task, context);
      return await testAndTell({ store, earlier, code, isFile: file !== undefined }, options, context);
    });
  }
  // The code is the one of here, where a database need not be.
  const code = file ?? await readingIfThere(
    context,
    options.database,
    undefined,
    (store) => newestCode(store, task, context),
  ) ?? await newestCode(undefined, task, context);
  const { openRunFile } = await import("../store/run_file/open_run_file.ts");
  const store = await openRunFile(against);
  try {
    const earlier = findRunOf(store, task, store.runFile.run);
    return await testAndTell({ store, earlier, code, isFile: file !== undefined }, options, context);
  } finally {
    store.close();
  }
}

/** Anything else names a run file. */
function isRunName(text: string): boolean {
  return text === "last" || /^[0-9a-f-]+$/i.test(text);
}

async function testAndTell(
  { store, earlier, code, isFile }: { store: Store; earlier: TaskRun; code: TaskCode; isFile: boolean },
  options: TestOptions,
  context: Context,
): Promise<ExitCode> {
  const done = await rehearse({
    code,
    beginning: earlier,
    earlier: { store, run: earlier, reveal: revealer(store, context) },
  });
  const version = !isFile && code.version > 0 ? code.version : null;
  if (options.json) {
    printJson(context, testView(earlier, done, { version, file: options.code ?? null, hash: code.hash }));
  } else {
    const what = options.code ?? (version === null ? code.name : `${code.name} v${version}`);
    context.terminal.out(safeLines(renderRehearsal(what, shortId(earlier.id), done)));
  }
  return done.isSame && done.unanswered.length === 0 ? EXIT.ok : EXIT.different;
}

/** What a run of the task would use now; nothing is published for it. */
async function newestCode(store: Store | undefined, name: string, context: Context): Promise<TaskCode> {
  const latest = store?.taskFunctions.latest(name);
  if (latest !== undefined && !latest.embedded) return latest;
  const known = await findTask({ name, store: undefined, now: context.now() });
  const built = known as typeof known & Omit<TaskCode, "version">;
  return latest?.hash === built.hash ? latest : { ...built, version: 0 };
}

function testView(run: TaskRun, done: Rehearsal, code: TestView["code"]): TestView {
  const { recorded, now } = done;
  const places = recorded?.type !== "completed" || now?.type !== "completed"
    ? []
    : jsonDifferences(storedJson(recorded.json), storedJson(now.json), PLACES);
  return {
    run: run.id,
    taskName: run.taskName,
    code,
    same: done.isSame && done.unanswered.length === 0,
    calls: done.same,
    changes: done.changes.map((change) => ({
      type: change.type,
      recorded: change.type === "new" ? null : callView(change.recorded),
      now: change.type === "missing" ? null : callView(change.now),
    })),
    unanswered: done.unanswered.map(callView),
    ends: {
      recorded: recorded === undefined ? null : endingView(recorded),
      now: now === undefined ? null : endingView(now),
    },
    result: places.map(({ path, one, other }) => ({
      path,
      ...(one === undefined ? {} : { recorded: one }),
      ...(other === undefined ? {} : { now: other }),
    })),
  };
}
