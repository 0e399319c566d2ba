/**
 * The limit's Worker: without any permission, each run in a `node:vm` context of its own, made as the executor makes its
 * realms. No guards, no time-outs, no deterministic globals: nothing but a task that calls.
 */
import vm from "node:vm";

/** What the host asks: a new realm with its task, or results for one that is there. */
export type ToRealms =
  | { readonly type: "start"; readonly run: number; readonly task: "sequential" | "parallel"; readonly calls: number }
  | { readonly type: "deliver"; readonly run: number; readonly results: readonly (readonly [number, string])[] };

/** What a realm has to say when its turns are over. */
export interface FromRealm {
  readonly run: number;
  /** JSON text of `[seq, arguments]` pairs. */
  readonly calls: string;
  /** JSON text of the task's result, empty while it goes on. */
  readonly outcome: string;
}

interface Box {
  seq: number;
  json: string;
  calls: string;
  outcome: string;
}

/** Runs in the realm; its value is the box through which text goes in and out. */
function realm(calls: number, task: string): { box: Box; tick: () => void } {
  const open: Record<number, (value: number) => void> = {};
  const box: Box = { seq: 0, json: "", calls: "", outcome: "" };
  let issued = 0;
  const call = (value: number) =>
    new Promise<number>((resolve) => {
      const seq = ++issued;
      open[seq] = resolve;
      box.calls += `${box.calls === "" ? "" : ","}[${seq},${JSON.stringify(JSON.stringify([value]))}]`;
    });
  const tasks: Record<string, () => Promise<number>> = {
    async sequential() {
      let sum = 0;
      for (let i = 0; i < calls; i++) sum += await call(i);
      return sum;
    },
    async parallel() {
      const values = await Promise.all(Array.from({ length: calls }, (_, i) => call(i)));
      return values.reduce((sum, value) => sum + value, 0);
    },
  };
  const tick = () => {
    if (box.seq === 0) {
      tasks[task]!().then((sum) => box.outcome = JSON.stringify(sum));
    } else {
      const resolve = open[box.seq]!;
      delete open[box.seq];
      resolve(JSON.parse(box.json));
    }
  };
  return { box, tick };
}

const TICK = new vm.Script("tick()", { filename: "limit:tick" });
const contexts = new Map<number, { sandbox: object; context: vm.Context; box: Box }>();
const post = (globalThis as unknown as { postMessage(message: FromRealm): void }).postMessage;

globalThis.addEventListener("message", (event) => {
  const message = (event as MessageEvent<ToRealms>).data;
  if (message.type === "start") start(message);
  const { context, box } = contexts.get(message.run)!;
  if (message.type === "start") TICK.runInContext(context);
  else {
    for (const [seq, json] of message.results) {
      box.seq = seq;
      box.json = json;
      TICK.runInContext(context);
    }
  }
  post({ run: message.run, calls: `[${box.calls}]`, outcome: box.outcome });
  box.calls = "";
  if (box.outcome !== "") contexts.delete(message.run);
});

function start({ run, task, calls }: ToRealms & { type: "start" }): void {
  const sandbox: object = Object.create(null);
  const context = vm.createContext(sandbox, {
    microtaskMode: "afterEvaluate",
    codeGeneration: { strings: false, wasm: false },
  });
  const source = `const { box, tick } = (${realm})(${calls}, "${task}"); box;`;
  contexts.set(run, { sandbox, context, box: vm.runInContext(source, context) as Box });
}
