/**
 * The inside of an isolate: a Worker without any permission that runs one version of one task function, each run in a
 * realm of its own. It works in passes: one turn for each of the realms that have something to do, then a turn of the
 * event loop, after which everything that these turns left unhandled is known.
 */
import { types } from "node:util";
import { chooseEventLoopTurn } from "./event_loop_turn.ts";
import { Guard } from "./guard.ts";
import { Job } from "./job.ts";
import { lockWorker } from "./lock_worker.ts";
import {
  type FromIsolate,
  type IsolateLoad,
  type Load,
  readToIsolate,
  type ToIsolate,
  writeFromIsolate,
} from "./messages.ts";
import { Realm } from "./realm.ts";

/** How often a long request says that it goes on, ms. */
const PROGRESS_EVERY = 1_000;
/** Realms worked on in one pass. */
const PASS = 16;
/** A pass begins no further tick after this, so that each has all of its time, ms. */
const PASS_TIME = 50;

const monotonic = performance.now.bind(performance);
const { isProxy } = types;

const guard = new Guard();
const realms = new Map<string, Realm>();
const realmOfPromise = new WeakMap<object, Realm>();
const ownPromise = Promise.prototype;
let load: IsolateLoad | undefined;
let port: MessagePort | undefined;
/** For the next run: to make a realm takes longer than its first turn, and there is time when the last run has ended. */
let spare: Realm | undefined;
let compiles = false;
let lastPost = 0;
/** Requests answered so far, `load` included. */
let answered = 0;

const PROBE = Symbol("probe");
let probed = false;
addEventListener("unhandledrejection", (event) => {
  const { promise, reason } = event as PromiseRejectionEvent;
  if (reason === PROBE) {
    probed = true;
    return event.preventDefault();
  }
  let prototype: object | null = Object.getPrototypeOf(promise);
  // A rejection of this file's own is a bug: it ends the Worker, and the host says so.
  if (prototype === ownPromise) return;
  event.preventDefault();
  // A proxy among the prototypes would run task code. Who hides its promises so is not told of their rejections.
  while (prototype !== null && !isProxy(prototype) && !realmOfPromise.has(prototype)) {
    prototype = Object.getPrototypeOf(prototype);
  }
  if (prototype !== null) realmOfPromise.get(prototype)?.rejections.push(reason);
});

function post(message: FromIsolate): void {
  port!.postMessage(writeFromIsolate(message));
}

/** A request on its way to its answer: worked on, or answered without work. */
interface Request {
  readonly runId: string;
  readonly job?: Job;
  readonly answer?: FromIsolate;
}

function answer(message: FromIsolate): void {
  lastPost = monotonic();
  answered++;
  post(message);
}

/** A long request is no stuck one. */
function sayProgress(runId: string): void {
  if (monotonic() - lastPost < PROGRESS_EVERY) return;
  lastPost = monotonic();
  post({ type: "progress", runId });
}

function start({ run }: ToIsolate & { type: "start" }): Request {
  const { runId } = run;
  try {
    const realm = spare ?? new Realm(load!);
    spare = undefined;
    compiles = true;
    realm.begin(run);
    realms.set(runId, realm);
    realmOfPromise.set(realm.promisePrototype, realm);
    return { runId, job: new Job(runId, realm) };
  } catch (error) {
    // The code does not compile. None of it has run, so the error is as the parser made it.
    const { name, message } = error as Error;
    const failure = { name: String(name), code: "TASK_FAILED", message: `${load!.filename}: ${String(message)}` };
    const outcome = JSON.stringify({ type: "failed", error: failure });
    return {
      runId,
      answer: { type: "report", runId, json: `{"turns":[{"calls":[],"logs":[]}],"outcome":${outcome}}` },
    };
  }
}

function deliver({ runId, deliveries, taken }: ToIsolate & { type: "deliver" }): Request {
  const realm = realms.get(runId);
  if (realm === undefined) return { runId, answer: { type: "gone", runId } };
  return { runId, job: new Job(runId, realm, deliveries, taken) };
}

/** Runs one turn of each job, each bounded in time. */
function runTurns(requests: readonly Request[]): void {
  let index = 0;
  while (index < requests.length) {
    const begun = monotonic();
    const inTime = guard.run(() => {
      while (index < requests.length && monotonic() - begun < PASS_TIME) {
        const { job } = requests[index]!;
        load!.at[0] = answered + index;
        if (job === undefined || job.isDone || job.tick()) index++;
      }
    }, load!.tickTimeout + PASS_TIME);
    if (!inTime) requests[index++]!.job!.stall();
    sayProgress(requests[0]!.runId);
  }
}

async function pass(requests: readonly Request[]): Promise<void> {
  const jobs = requests.flatMap(({ job }) => job === undefined || job.isDone ? [] : [job]);
  if (jobs.length === 0) return;
  runTurns(requests);
  await eventLoopTurn();
  for (const job of jobs) {
    if (job.rejects() && !guard.run(() => job.failingTick(), load!.tickTimeout)) job.stall();
    job.endTurn();
    if (job.isOver) realms.delete(job.runId);
  }
}

const waiting: ToIsolate[] = [];
let isWorking = true;

/** Takes requests in their order, as many as a pass can hold, and one of a run at a time. */
function admit(requests: Request[]): void {
  while (requests.length < PASS && waiting.length > 0) {
    const message = waiting[0]!;
    const runId = message.type === "start" ? message.run.runId : message.runId;
    if (requests.some((request) => request.runId === runId)) return;
    waiting.shift();
    switch (message.type) {
      case "start":
        requests.push(start(message));
        break;
      case "deliver":
        requests.push(deliver(message));
        break;
      case "drop":
        realms.delete(message.runId);
    }
  }
}

async function work(): Promise<void> {
  isWorking = true;
  const requests: Request[] = [];
  for (admit(requests); requests.length > 0; admit(requests)) {
    await pass(requests);
    for (let first = requests[0]; first !== undefined; first = requests[0]) {
      if (first.answer === undefined && !first.job!.isDone) break;
      requests.shift();
      answer(first.answer ?? first.job!.answer());
    }
  }
  isWorking = false;
  if (realms.size === 0 && compiles) spare ??= new Realm(load!);
}

const loaded = new Promise<void>((resolve) => {
  addEventListener("message", (event) => {
    ({ load, port } = (event as MessageEvent<Load>).data);
    port.onmessage = ({ data }) => {
      waiting.push(readToIsolate(data));
      if (!isWorking) work();
    };
    resolve();
  });
});

const eventLoopTurn = await chooseEventLoopTurn(async (wait) => {
  probed = false;
  Promise.reject(PROBE);
  await wait();
  return probed;
});
lockWorker();
await loaded;
answer({ type: "ready" });
work();
