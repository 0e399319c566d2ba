import type { Clock } from "../core/clock.ts";
import { TaskerError } from "../core/errors.ts";
import { isAtRest } from "../core/states.ts";
import type { Engine } from "../engine/engine.ts";
import { whereIs } from "../store/run_links.ts";
import type { Store } from "../store/store.ts";

/** The longest that one request may wait, ms. */
const LONGEST_WAIT = 60_000;

/** How long a request wants to wait for a run's end, ms. Throws INVALID_INPUT. */
export function readWait(given: unknown): number {
  if (given === undefined || given === null) return 0;
  const ms = typeof given === "string" && given !== "" ? Number(given) : given;
  if (typeof ms === "number" && ms >= 0 && ms <= LONGEST_WAIT) return ms;
  throw new TaskerError("INVALID_INPUT", `\`wait\` must be a number of milliseconds, ${LONGEST_WAIT} at most`, {
    hint: "ask for the run's status again when it takes longer",
  });
}

/** Settles when the run, or what it goes on as, has ended or is held, when `ms` are over, or when the server stops; whether it is at its last. */
export function waitForEnd(
  { engine, store, clock, closing }: { engine: Engine; store: Store; clock: Clock; closing: AbortSignal },
  id: string,
  ms: number,
): Promise<boolean> {
  const isThere = () => isAtRest(whereIs(store, id)!.status);
  if (ms === 0) return Promise.resolve(isThere());
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      stop();
      closing.removeEventListener("abort", done);
      resolve(isThere());
    };
    const cancel = clock.after(ms, done);
    const stop = engine.watch(id, (isNow) => isNow && isThere() && done());
    closing.addEventListener("abort", done);
    if (isThere() || closing.aborted) done();
  });
}
