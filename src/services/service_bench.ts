import { LEGACY_MANIFEST, type Manifest } from "../core/manifest.ts";
import type { Json } from "../core/json.ts";
import { openStore, type Store } from "../store/store.ts";
import type { Outcome, Service, ServiceCall } from "./contract.ts";

/** For tests: a store on a file of its own with one run in it, through which services are called as the engine does. */
export interface ServiceBench extends Disposable {
  readonly folder: string;
  readonly path: string;
  readonly store: Store;
  readonly run: number;
  /** Time of the effects' transactions, ms. */
  readonly now: number;
  call(
    service: Service,
    method: string,
    args?: readonly Json[],
    over?: Partial<ServiceCall>,
  ): Promise<Outcome> | Outcome;
  /** Calls a local service and applies its effect in a transaction: the value, or the error thrown. */
  value(service: Service, method: string, args?: readonly Json[], over?: Partial<ServiceCall>): Json;
}

export function openServiceBench(): ServiceBench {
  const folder = Deno.makeTempDirSync({ prefix: "tasker-services-" });
  const path = `${folder}/tasker.db`;
  const store = openStore(path);
  const now = Date.UTC(2026, 0, 1, 12);
  const { task } = store.taskFunctions.publish(
    { name: "t", hash: "h", filename: "t.js", source: "", manifest: LEGACY_MANIFEST },
    { embedded: false, now },
  );
  const run = store.db.transaction(() => {
    const made = store.taskRuns.insert({
      id: "run-1",
      functionId: task.id,
      taskName: "t",
      input: "{}",
      seed: "s",
      rootFrame: 1,
      parentRun: null,
      now,
    });
    const frame = {
      run: made,
      seq: 0,
      service: "tasks",
      method: "execute",
      args: "[]",
      lane: false,
      now,
    };
    store.stackRuns.insert(frame);
    return made;
  });
  const call: ServiceBench["call"] = (service, method, args = [], over = {}) => {
    const whole = serviceCall({ method, args, ...over });
    service.traits(whole);
    return service.call(whole);
  };
  return {
    folder,
    path,
    store,
    run,
    now,
    call,
    value(service, method, args, over) {
      const outcome = call(service, method, args, over) as Outcome;
      if (outcome.type === "result") return outcome.value;
      if (outcome.type !== "effect") throw new Error(`${service.name}.${method} answered with ${outcome.type}`);
      return store.db.transaction(() => outcome.apply(store, { run, frame: 1, now }));
    },
    [Symbol.dispose]() {
      store.close();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

export function serviceCall(over: Partial<ServiceCall>): ServiceCall {
  return {
    taskRunId: "run-1",
    frameId: "run-1.1",
    taskName: "t",
    manifest: LEGACY_MANIFEST,
    method: "",
    args: [],
    attempt: 1,
    issuedAt: Date.UTC(2026, 0, 1),
    progress: undefined,
    signal: new AbortController().signal,
    ...over,
  };
}

export function manifestWith(over: Partial<Manifest>): Manifest {
  return { ...LEGACY_MANIFEST, ...over };
}
