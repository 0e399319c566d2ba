import type { RunView, WaitingView } from "../server/api.ts";

/** How long a run must look as if everything waited before that is believed, ms: calls in between two states look so too. */
export const SETTLED = 3_000;

/** What a run waits for, when nothing else of it moves and the earliest wait is longer than patience allows. */
export function beyondPatience(view: RunView, params: { now: number; patience: number }): WaitingView | undefined {
  const { processing = 0, pending_resume = 0 } = view.calls;
  const atWork = processing + pending_resume + view.nestedAtWork;
  if (view.status !== "suspended_waiting_child" || atWork > 0) return undefined;
  // The run whose end it waits for may be at work.
  if (view.waiting.some(({ run }) => run !== undefined)) return undefined;
  const earliest = view.waiting.toSorted(byEnd)[0];
  return earliest !== undefined && endOf(earliest) - params.now > params.patience ? earliest : undefined;
}

/** What a run waits for that may come at any time: signals, approvals by a person, and budgets that one raises. */
export function answersOf(view: RunView): WaitingView[] {
  return view.waiting.filter(isAnswered);
}

/** Whether somebody's answer may end it at any time. */
export function isAnswered({ signal, approval, budget }: WaitingView): boolean {
  return signal !== undefined || approval === true || budget !== undefined;
}

/** Watches runs for waits that are too long. */
export class Patience {
  readonly #patience: number;
  readonly #views = new Map<string, RunView>();
  #since: number | undefined;

  constructor(patience: number) {
    this.#patience = patience;
  }

  update(view: RunView): void {
    this.#views.set(view.id, view);
  }

  /** The wait that ends the following: every run that has not ended waits longer than is to be waited. */
  exceeded(now: number): WaitingView | undefined {
    const open = [...this.#views.values()].filter(({ endedAt, status }) => endedAt === null && status !== "held");
    const waits = open.map((view) => beyondPatience(view, { now, patience: this.#patience }))
      .filter((wait) => wait !== undefined);
    if (open.length === 0 || waits.length < open.length) {
      this.#since = undefined;
      return undefined;
    }
    this.#since ??= now;
    // For an answer that may come at any time patience is what has been waited, not what is still to be.
    const enough = open.some((view) => answersOf(view).length > 0) ? Math.max(this.#patience, SETTLED) : SETTLED;
    return now - this.#since < enough ? undefined : waits.toSorted(byEnd)[0];
  }
}

function endOf({ until }: WaitingView): number {
  return until ?? Infinity;
}

function byEnd(a: WaitingView, b: WaitingView): number {
  return endOf(a) < endOf(b) ? -1 : endOf(a) > endOf(b) ? 1 : 0;
}
