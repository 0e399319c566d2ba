import { TaskerError } from "../core/errors.ts";
import { isRunEnded } from "../core/states.ts";
import type { RunView } from "../server/api.ts";
import type { Client } from "../server/client.ts";
import { ownerSilent, type Session } from "./session.ts";

/** Without news for so long (ms) a follower asks whether the owner is still there, and how often it may fail to say so. */
const SILENCE = 5_000;
const HEALTH = 3_000;
const FAILURES = 2;

export interface FollowParams {
  readonly session: Session;
  readonly database: string;
  readonly runId: string;
  onView(view: RunView): void;
  /** Called when the owner has gone and the run is being found again. */
  onLost(): void;
  readonly signal: AbortSignal;
}

/** Whether nothing more happens to the run by itself. */
export function isAtRest(view: RunView): boolean {
  return view.status === "held" || (isRunEnded(view.status) && view.status !== "continued_as_new");
}

/**
 * Follows a run until it has ended or is held, over the deaths of its owners. Gives undefined when `signal` is aborted.
 * Throws UNAVAILABLE when the owner lives and does not answer.
 */
export async function followRun(params: FollowParams): Promise<RunView | undefined> {
  while (!params.signal.aborted) {
    const client = await params.session.client();
    try {
      const view = await followOnce(params, client);
      if (view !== undefined) return view;
    } catch (error) {
      if (!(error instanceof TaskerError) || error.code !== "UNAVAILABLE" || error.details?.pid !== undefined) {
        throw error;
      }
      if (client === params.session.owner?.client) throw error;
      params.onLost();
      params.session.lost(client);
    }
  }
  return undefined;
}

async function followOnce(params: FollowParams, client: Client): Promise<RunView | undefined> {
  const { session, runId, onView } = params;
  const attempt = new AbortController();
  const abort = () => attempt.abort();
  params.signal.addEventListener("abort", abort);
  const watch = session.owner === undefined ? new Watch(client, abort) : undefined;
  try {
    for await (const view of client.events(runId, attempt.signal)) {
      watch?.heard();
      onView(view);
      if (isAtRest(view)) return view;
    }
  } finally {
    watch?.stop();
    params.signal.removeEventListener("abort", abort);
  }
  if (watch?.silent) throw ownerSilent(session.pid ?? 0, params.database);
  if (params.signal.aborted) return undefined;
  // The stream may end before its last word came through.
  const view = await client.status(runId);
  onView(view);
  return isAtRest(view) ? view : undefined;
}

/** Tells a frozen owner from one that has nothing to say. */
class Watch {
  readonly #timer: ReturnType<typeof setInterval>;
  #heardAt = Date.now();
  #failures = 0;
  #asking = false;
  silent = false;

  constructor(client: Client, giveUp: () => void) {
    this.#timer = setInterval(async () => {
      if (this.#asking || Date.now() - this.#heardAt < SILENCE) return;
      this.#asking = true;
      try {
        await client.health({ timeout: HEALTH });
        this.heard();
      } catch {
        // A dead owner ends the stream itself; this one keeps it open and says nothing.
        if (++this.#failures >= FAILURES) {
          this.silent = true;
          giveUp();
        }
      } finally {
        this.#asking = false;
      }
    }, 1_000);
  }

  heard(): void {
    this.#heardAt = Date.now();
    this.#failures = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
