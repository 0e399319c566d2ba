import { LEGACY_MANIFEST } from "../core/manifest.ts";
import { openStore, type Store } from "./store.ts";

/** For tests: a store on a file of its own, with one run that has one call. */
export interface Bench extends Disposable {
  readonly folder: string;
  readonly path: string;
  readonly store: Store;
  readonly run: number;
  /** The run's call, seq 1. */
  readonly frame: number;
  /** Adds a run with its root frame. */
  addRun(id: string): number;
  /** Adds a pending call to a run. */
  addFrame(params: { run: number; seq: number; lane?: boolean }): number;
}

export function openBench(): Bench {
  const folder = Deno.makeTempDirSync({ prefix: "tasker-store-" });
  const path = `${folder}/tasker.db`;
  const store = openStore(path);
  const { task } = store.taskFunctions.publish(
    { name: "t", hash: "h", filename: "t.js", source: "", manifest: LEGACY_MANIFEST },
    { embedded: false, now: 0 },
  );
  const addRun: Bench["addRun"] = (id) =>
    store.taskRuns.insert({
      id,
      functionId: task.id,
      taskName: "t",
      input: "{}",
      seed: "s",
      parentRun: null,
      now: 0,
    });
  const addFrame: Bench["addFrame"] = ({ run, seq, lane = true }) =>
    store.stackRuns.insert({ run, seq, service: "s", method: "m", args: "[]", lane, now: 0 });
  const run = addRun("run-1");
  return {
    folder,
    path,
    store,
    run,
    frame: addFrame({ run, seq: 1 }),
    addRun,
    addFrame,
    [Symbol.dispose]() {
      store.close();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}
