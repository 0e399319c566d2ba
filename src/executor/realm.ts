import vm from "node:vm";
import type { RealmBox } from "./bootstrap/kit.ts";
import type { Delivery, IsolateLoad, RunStart } from "./messages.ts";
import { REALM_SOURCE } from "./realm_source.ts";

const BOOTSTRAP = new vm.Script(REALM_SOURCE, { filename: "tasker:realm" });
const TICK = new vm.Script("__taskerTick()", { filename: "tasker:tick" });

/**
 * Deno 2.4 lets `import()` in a context load modules into the Worker, resolved against the file name of the code. A name
 * that is no valid URL makes every such resolution fail; stack traces show the real file name instead.
 */
function referrer(filename: string): string {
  return `tasker://[/${filename}`;
}

/**
 * One run's realm, seen from its Worker. Nothing of the Worker's own ever enters it: what goes in are plain values set on
 * the realm's own box, what comes out are strings. When `tick` has returned, the realm's microtasks are done.
 */
export class Realm {
  /** Reasons of rejections in this realm that nobody handled in the turn they happened in. */
  readonly rejections: unknown[] = [];
  readonly promisePrototype: object;
  readonly #sandbox: object = Object.create(null);
  readonly #context: vm.Context;
  readonly #box: RealmBox;

  /** Ready for a run; none of the task's code has run in it. Throws what the parser says when that does not compile. */
  constructor(load: IsolateLoad) {
    this.#context = vm.createContext(this.#sandbox, {
      microtaskMode: "afterEvaluate",
      codeGeneration: { strings: false, wasm: false },
    });
    const box = this.#box = BOOTSTRAP.runInContext(this.#context) as RealmBox;
    this.promisePrototype = box.promisePrototype;
    box.referrer = referrer(load.filename);
    box.filename = load.filename;
    box.module = vm.compileFunction(load.source, ["exports", "require", "module"], {
      parsingContext: this.#context,
      filename: box.referrer,
    });
  }

  /** Sets up the run's first tick. */
  begin(run: RunStart): void {
    this.#box.seed = run.seed;
    this.#box.json = run.input;
    this.#box.at = run.startedAt;
    this.#box.sites = run.sites === true;
    this.#box.completed = run.completed?.upTo ?? 0;
    this.#box.except = JSON.stringify(run.completed?.except ?? []);
    this.#box.op = 1;
  }

  settle(delivery: Delivery): void {
    this.#box.op = 2;
    this.#box.seq = delivery.seq;
    this.#box.at = delivery.at;
    this.#box.ok = delivery.ok;
    this.#box.cancels = delivery.cancels === true;
    this.#box.json = delivery.json;
  }

  /** Makes the next tick fail the run with the first rejection that nobody handles, unless the run is being cancelled and it is
   * that; false when there is none. */
  failWithRejection(): boolean {
    if (this.rejections.length === 0) return false;
    this.#box.op = 3;
    this.#box.reason = this.rejections.shift();
    return true;
  }

  /** Runs what was set up, and every microtask that follows from it. Bounded by the guard around it, not by itself. */
  tick(): void {
    TICK.runInContext(this.#context);
  }

  /** The task function has ended, well or not. */
  get hasEnded(): boolean {
    return this.#box.outcome !== "";
  }

  /** JSON text of the Turn since the last drain, and of the outcome when there is one. */
  drain(): { turn: string; outcome: string } {
    const { calls, logs, outcome } = this.#box;
    if (typeof calls !== "string" || typeof logs !== "string" || typeof outcome !== "string") {
      throw new TypeError("a realm's outbox holds something that is not text");
    }
    this.#box.calls = "";
    this.#box.logs = "";
    return { turn: `{"calls":[${calls}],"logs":[${logs}]}`, outcome };
  }
}
