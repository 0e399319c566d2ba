import { TaskerError } from "../core/errors.ts";
import { isRunEnded } from "../core/states.ts";
import type { FrameView, RunView } from "../server/api.ts";
import type { Store } from "../store/store.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { command, type Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { dbFlag, jsonFlag, parseAtLeastOne, parseCount } from "./flags.ts";
import { noteIdleRuns } from "./idle.ts";
import { nestedPrefix, renderFrame, renderNestedHead, renderRunHead, type StackOptions } from "./output/call_stack.ts";
import { formatCount } from "./output/numbers.ts";
import { momentOf, printJson, readingRuns } from "./reading.ts";
import { findRun, shortId } from "./run_lookup.ts";

export interface ShowOptions {
  readonly database: string;
  readonly run: string;
  /** At most so many calls of each run. */
  readonly calls: number;
  /** Calls after this seq. */
  readonly after: number;
  readonly json: boolean;
}

interface Flags {
  readonly calls?: number;
  readonly after?: number;
  readonly json?: boolean;
  readonly db?: string;
}

export const showCommand = command<Flags>({
  brief: "Show a run with its call stack",
  flags: {
    calls: {
      kind: "parsed",
      parse: parseAtLeastOne,
      optional: true,
      placeholder: "n",
      brief: "At most so many calls of each run [default: 50]",
    },
    after: {
      kind: "parsed",
      parse: parseCount,
      optional: true,
      placeholder: "seq",
      brief: "Calls after this number: the next page",
    },
    ...jsonFlag,
    ...dbFlag,
  },
  positional: [{ placeholder: "run", brief: "Id, unique part of one, or last" }],
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags, [runId]) =>
  run({
    database: context.databasePath(flags.db),
    run: runId!,
    calls: flags.calls ?? 50,
    after: flags.after ?? 0,
    json: flags.json ?? false,
  }, context);

/** A call with the run that is nested in it, as `--json` prints them. */
export interface StackView extends RunView {
  readonly stack: readonly (FrameView & { readonly nested?: StackView })[];
  /** Give it to `--after` for the next calls; null when these were the last. */
  readonly nextAfter: number | null;
}

/** Runs nested deeper than this are named and not shown. */
const DEEPEST = 20;

export async function run(options: ShowOptions, context: Context): Promise<ExitCode> {
  const here = await readingRuns(context, options.database, async (store) => {
    const view = await stackView(store, findRun(store, options.run), options);
    if (options.json) printJson(context, view);
    else printStack(store, view, context, context.databaseArgument(options.database));
    return store.runFile === undefined ? [view] : [];
  });
  if (!options.json) await noteIdleRuns(context, options.database, here);
  return EXIT.ok;
}

/** A run with its calls after `after`, and with all that is nested in them; of each run at most `calls`. */
export async function stackView(
  store: Store,
  run: TaskRun,
  { calls, after }: Pick<ShowOptions, "calls" | "after">,
): Promise<StackView> {
  const { runView, frameView } = await import("../server/views.ts");
  const stackOf = (run: TaskRun, after: number, depth: number): StackView => {
    const frames = store.stackRuns.page({ run: run.run, after, limit: calls + 1 });
    const shown = frames.slice(0, calls);
    return {
      ...runView(store, run),
      stack: shown.map((frame) => {
        const view = frameView(store, run, frame);
        if (view.nestedRunId === null || depth >= DEEPEST) return view;
        return { ...view, nested: stackOf(runOf(store, view.nestedRunId), 0, depth + 1) };
      }),
      nextAfter: frames.length > calls ? shown.at(-1)!.seq : null,
    };
  };
  return stackOf(run, after, 0);
}

function runOf(store: Store, id: string): TaskRun {
  const run = store.taskRuns.byId(id);
  if (run === undefined) {
    throw new TaskerError("NOT_FOUND", `run ${id} has just been removed`, { hint: "show its parent again" });
  }
  return run;
}

/** Prints a run as a tree; `db` is the argument that names its database. */
export function printStack(store: Store, view: StackView, context: Context, db: string): void {
  const { terminal } = context;
  const options: StackOptions = {
    now: momentOf(store, context),
    color: terminal.color.out,
    width: terminal.isTerminal.out ? terminal.width() : 0,
    db,
    isAnswerable: store.runFile === undefined,
  };
  terminal.out(`${renderRunHead(view, options)}\n`);
  const printCalls = ({ id, status, stack, nextAfter, calls }: StackView, prefix: string): void => {
    const atWork = status !== "held" && !isRunEnded(status);
    for (const [index, frame] of stack.entries()) {
      const branch = { prefix, isLast: nextAfter === null && index === stack.length - 1 };
      terminal.out(renderFrame(frame, { ...options, ...branch, atWork }));
      if (frame.nested === undefined) continue;
      terminal.out(renderNestedHead(frame.nested, nestedPrefix(branch), options));
      printCalls(frame.nested, nestedPrefix(branch));
    }
    if (nextAfter === null) return;
    const all = Object.values(calls).reduce((sum, count) => sum + count, 0);
    const total = `${formatCount(all)} calls; the next: tasker show ${shortId(id)} --after ${nextAfter}${db}`;
    terminal.out(`${prefix}└─ … ${total}\n`);
  };
  printCalls(view, "");
}
