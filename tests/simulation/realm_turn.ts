import { chooseEventLoopTurn } from "../../src/executor/event_loop_turn.ts";
import { Job } from "../../src/executor/job.ts";
import type { Delivery, RunStart } from "../../src/executor/messages.ts";
import { Realm } from "../../src/executor/realm.ts";

const PROBE = Symbol("probe");
const realmOfPromise = new WeakMap<object, Realm>();
let probed = false;

globalThis.addEventListener("unhandledrejection", (event) => {
  if (event.reason === PROBE) {
    probed = true;
    return event.preventDefault();
  }
  const realm = realmOfPromise.get(Object.getPrototypeOf(event.promise));
  // What is no realm's is a mistake of the engine or of the simulation.
  if (realm === undefined) return;
  event.preventDefault();
  realm.rejections.push(event.reason);
});

/** Waits until everything has happened that follows from what was done: no microtask is left, no rejection unreported. */
export const settled: () => Promise<void> = await chooseEventLoopTurn(async (wait) => {
  probed = false;
  Promise.reject(PROBE);
  await wait();
  return probed;
});

/** A realm in this thread, whose unhandled rejections are its own. Nobody needs to be stopped here: no turn is bounded. */
export function makeRealm(code: { source: string; filename: string }, start: RunStart): Realm {
  const realm = new Realm({ ...code, tickTimeout: Infinity, at: new Int32Array(1) });
  realm.begin(start);
  realmOfPromise.set(realm.promisePrototype, realm);
  return realm;
}

/** Does a job as an isolate does it, turn after turn; gives the text of its report. */
export async function carryOut(realm: Realm, deliveries: readonly Delivery[], taken = false): Promise<string> {
  const job = new Job("", realm, deliveries, taken);
  while (!job.isDone) {
    while (!job.tick());
    await settled();
    if (job.rejects()) job.failingTick();
    job.endTurn();
  }
  const answer = job.answer();
  if (answer.type !== "report") throw new Error(`a realm answers with ${answer.type}`);
  return answer.json;
}
