import { TaskerError } from "../core/errors.ts";
import { isRunEnded } from "../core/states.ts";
import { forTerminal } from "../mail/safe_text.ts";
import type { RunView, WaitingView } from "../server/api.ts";
import type { Context } from "./context.ts";
import { EXIT } from "./exit_codes.ts";
import { followRun } from "./follow.ts";
import { Interrupts } from "./interrupts.ts";
import { note } from "./output/errors.ts";
import { formatWait } from "./output/times.ts";
import { plural } from "./output/numbers.ts";
import { Progress } from "./output/progress.ts";
import { answersOf, Patience } from "./patience.ts";
import { howToAnswer } from "./output/answering.ts";
import type { Session } from "./session.ts";

export interface AttendParams {
  readonly context: Context;
  readonly session: Session;
  readonly database: string;
  readonly runIds: readonly string[];
  readonly interrupts: Interrupts;
  /** ms */
  readonly patience: number;
  readonly quiet: boolean;
}

/** How the following of runs ended. `views` has the last that was seen of each, or of what it goes on as. */
export type Attended =
  & { readonly views: readonly RunView[] }
  & (
    | { readonly type: "ended" }
    | { readonly type: "stopped" }
    | { readonly type: "waiting"; readonly wait: WaitingView }
  );

const TICK = 250;

/** Follows runs to their ends, shows how far they are, and does what signals ask for. */
export async function attend(params: AttendParams): Promise<Attended> {
  const { context, session } = params;
  const progress = new Progress(context.terminal, { now: context.now, quiet: params.quiet });
  const patience = new Patience(params.patience);
  const views = new Map<string, RunView>();
  const stop = new AbortController();
  const say = (text: string) => {
    progress.clear();
    if (!params.quiet) note(context.terminal, text);
  };
  const asked = new Set<string>();
  const db = context.databaseArgument(params.database);
  const sayWhatIsAsked = (view: RunView) => {
    for (const wait of answersOf(view)) {
      // Many calls wait for one budget.
      const key = wait.budget === undefined ? wait.stackRunId : wait.waitingFor;
      if (asked.has(key)) continue;
      asked.add(key);
      say(forTerminal(`waiting for ${formatWait(wait, context.now())}\n  ${howToAnswer(wait, db)}`));
    }
  };
  const following = Promise.all(params.runIds.map((runId) =>
    followRun({
      session,
      database: params.database,
      runId,
      signal: stop.signal,
      onView(view) {
        const before = views.get(runId);
        views.set(runId, view);
        // The run goes on as this one.
        if (before !== undefined && before.id !== view.id) {
          const ended: RunView = { ...before, status: "continued_as_new", endedAt: view.createdAt };
          patience.update(ended);
          progress.update(ended);
        }
        patience.update(view);
        progress.update(view);
        sayWhatIsAsked(view);
      },
      onLost: () => say("the process that owned the database has gone; the run goes on"),
    })
  ));
  const { promise: tooLong, resolve: giveUp } = Promise.withResolvers<WaitingView>();
  const timer = setInterval(() => {
    progress.tick();
    const wait = patience.exceeded(context.now());
    if (wait !== undefined) giveUp(wait);
  }, TICK);
  try {
    // A run that ended in the same moment as a signal came has ended.
    const outcome = await Promise.race([
      following.then(() => ({ type: "ended" }) as const),
      tooLong.then((wait) => ({ type: "waiting", wait }) as const),
      params.interrupts.next().then((interrupt) => ({ type: "interrupt", interrupt }) as const),
      ownerFailed(session, stop.signal),
    ]);
    progress.clear();
    if (outcome.type !== "interrupt") return { ...outcome, views: [...views.values()] };
    if (outcome.interrupt === "SIGINT") {
      await holdRuns(params, views, say, following);
      return { type: "ended", views: [...views.values()] };
    }
    say(
      `${outcome.interrupt}: stopping. Nothing is lost: ${unfinished(views)} when a tasker process next owns the file.`,
    );
    return { type: "stopped", views: [...views.values()] };
  } finally {
    clearInterval(timer);
    stop.abort();
    progress.clear();
    following.catch(() => {/* the race has already reported how the following ended */});
  }
}

function unfinished(views: ReadonlyMap<string, RunView>): string {
  const open = [...views.values()].filter((view) => !isRunEnded(view.status));
  return `${plural(open.length, "run")} will go on`;
}

/** The first Ctrl-C holds the runs; a second one ends the process at once, which is equally safe. */
async function holdRuns(
  params: AttendParams,
  views: ReadonlyMap<string, RunView>,
  say: (text: string) => void,
  following: Promise<unknown>,
): Promise<void> {
  say("holding… (Ctrl-C again exits at once, equally safely)");
  params.interrupts.next().then(() => Deno.exit(EXIT.stopped));
  for (const id of params.runIds) {
    const view = views.get(id);
    if (view !== undefined && isRunEnded(view.status)) continue;
    try {
      await params.session.ask((client) => client.hold(id));
    } catch (error) {
      // It ended in the meantime.
      if (!(error instanceof TaskerError) || error.code !== "CONFLICT") throw error;
    }
  }
  await following;
}

/** Never settles unless this process's engine stops by itself, e.g. because the disk is full. */
function ownerFailed(session: Session, signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const timer = setInterval(() => {
      const { owner } = session;
      if (owner === undefined) return;
      clearInterval(timer);
      owner.failed.then(reject);
    }, TICK);
    signal.addEventListener("abort", () => clearInterval(timer));
  });
}

/** Stays while other clients' runs are active in this process; Ctrl-C (or SIGTERM) ends that. */
export async function stayForOthers(
  context: Context,
  session: Session,
  interrupts: Interrupts,
  quiet: boolean,
): Promise<void> {
  const active = () => session.owner?.activeRuns() ?? 0;
  if (active() === 0) return;
  if (!quiet) {
    note(
      context.terminal,
      `staying while this process works on ${
        plural(active(), "other run")
      } of the same database (Ctrl-C stops it, safely)`,
    );
  }
  let timer: ReturnType<typeof setInterval> | undefined;
  const idle = new Promise<void>((resolve) => {
    timer = setInterval(() => active() === 0 && resolve(), TICK);
  });
  try {
    await Promise.race([idle, interrupts.next(), session.owner!.failed.then((error) => Promise.reject(error))]);
  } finally {
    clearInterval(timer);
  }
}
