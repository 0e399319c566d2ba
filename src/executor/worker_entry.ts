/**
 * The inside of an isolate: a Worker without any permission that runs one version of one task function, each run in a
 * realm of its own. Requests are handled strictly one after another.
 */
import { chooseEventLoopTurn } from "./event_loop_turn.ts";
import { lockWorker } from "./lock_worker.ts";
import type { FromIsolate, IsolateLoad, ToIsolate } from "./messages.ts";
import { Realm, TurnStalled } from "./realm.ts";

/** How often a long batch says that it goes on, ms. */
const PROGRESS_EVERY = 1_000;

interface WorkerScope extends EventTarget {
  postMessage(message: FromIsolate): void;
}
const scope = globalThis as unknown as WorkerScope;
const post = scope.postMessage.bind(scope);
const monotonic = performance.now.bind(performance);

const realms = new Map<string, Realm>();
const realmOfPromise = new WeakMap<object, Realm>();
const ownPromise = Promise.prototype;
let load: IsolateLoad | undefined;
let lastPost = 0;

const PROBE = Symbol("probe");
let probed = false;
scope.addEventListener("unhandledrejection", (event) => {
  const { promise, reason } = event as PromiseRejectionEvent;
  if (reason === PROBE) {
    probed = true;
    return event.preventDefault();
  }
  const prototype: object | null = Object.getPrototypeOf(promise);
  // A rejection of this file's own is a bug: it ends the Worker, and the host says so.
  if (prototype === ownPromise) return;
  event.preventDefault();
  const realm = prototype === null ? undefined : realmOfPromise.get(prototype);
  (realm ?? ticking)?.rejections.push(reason);
});
let ticking: Realm | undefined;

/** One turn of a realm, to its very end: its microtasks are done and what it left unhandled has failed it. */
async function turn(realm: Realm): Promise<{ turn: string; outcome: string }> {
  ticking = realm;
  try {
    realm.tick();
    await eventLoopTurn();
    if (realm.rejections.length > 0) {
      realm.failWithRejection();
      realm.tick();
    }
    return realm.drain();
  } finally {
    ticking = undefined;
  }
}

function answer(message: FromIsolate): void {
  lastPost = monotonic();
  post(message);
}

function report(runId: string, turns: readonly string[], outcome: string): void {
  if (outcome !== "") realms.delete(runId);
  const end = outcome === "" ? "" : `,"outcome":${outcome}`;
  answer({ type: "report", runId, json: `{"turns":[${turns.join(",")}]${end}}` });
}

async function start(message: ToIsolate & { type: "start" }): Promise<void> {
  let realm: Realm;
  try {
    realm = new Realm(load!, message.run);
  } catch (error) {
    // The code does not compile. None of it has run, so the error is as the parser made it.
    const { name, message: text } = error as Error;
    const failure = { name: String(name), code: "TASK_FAILED", message: `${load!.filename}: ${String(text)}` };
    return report(message.run.runId, [`{"calls":[],"logs":[]}`], JSON.stringify({ type: "failed", error: failure }));
  }
  realms.set(message.run.runId, realm);
  realmOfPromise.set(realm.promisePrototype, realm);
  const first = await turn(realm);
  report(message.run.runId, [first.turn], first.outcome);
}

async function deliver(message: ToIsolate & { type: "deliver" }): Promise<void> {
  const { runId, deliveries } = message;
  const realm = realms.get(runId);
  if (realm === undefined) return answer({ type: "gone", runId });
  const turns: string[] = [];
  let outcome = "";
  for (const delivery of deliveries) {
    realm.settle(delivery);
    const done = await turn(realm);
    turns.push(done.turn);
    outcome = done.outcome;
    if (outcome !== "") break;
    if (monotonic() - lastPost > PROGRESS_EVERY) answer({ type: "progress", runId });
  }
  report(runId, turns, outcome);
}

async function handle(message: ToIsolate): Promise<void> {
  switch (message.type) {
    case "load":
      load = message.load;
      return answer({ type: "ready" });
    case "drop":
      return void realms.delete(message.runId);
  }
  try {
    await (message.type === "start" ? start(message) : deliver(message));
  } catch (error) {
    if (!(error instanceof TurnStalled)) throw error;
    const runId = message.type === "start" ? message.run.runId : message.runId;
    realms.delete(runId);
    answer({ type: "stalled", runId });
  }
}

const waiting: ToIsolate[] = [];
let handling = true;

async function handleWaiting(): Promise<void> {
  handling = true;
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await handle(next);
  handling = false;
}

scope.addEventListener("message", (event) => {
  waiting.push((event as MessageEvent<ToIsolate>).data);
  if (!handling) handleWaiting();
});

const eventLoopTurn = await chooseEventLoopTurn(async (wait) => {
  probed = false;
  Promise.reject(PROBE);
  await wait();
  return probed;
});
lockWorker();
handleWaiting();
