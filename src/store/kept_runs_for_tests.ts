import type { Json } from "../core/json.ts";
import { LEGACY_MANIFEST } from "../core/manifest.ts";
import { openStore, type Store } from "./store.ts";

/** A file with a secret, and a run for each of the rows by kind; their ids are `run-0`, `run-1`, … unless others are given. */
export function withRuns(
  runs: readonly Readonly<Record<string, readonly Json[]>>[],
  work: (store: Store) => void,
  ids?: readonly string[],
): void {
  const folder = Deno.makeTempDirSync();
  const store = openStore(`${folder}/t.db`);
  try {
    const { task } = store.taskFunctions.publish(
      { name: "t", hash: "h", filename: "t.js", source: "", manifest: LEGACY_MANIFEST },
      { embedded: false, now: 1 },
    );
    store.keystore.put({ namespace: "default", name: "A", sealed: new Uint8Array(28), now: 1 });
    for (const [index, kinds] of runs.entries()) {
      store.db.transaction(() => {
        const run = store.taskRuns.insert({
          id: ids?.[index] ?? `run-${index}`,
          functionId: task.id,
          taskName: "t",
          input: "{}",
          seed: "s",
          rootFrame: 1,
          parentRun: null,
          now: 1,
        });
        for (const [kind, rows] of Object.entries(kinds)) store.records.append({ run, frame: 1, kind, rows });
      });
    }
    work(store);
  } finally {
    store.close();
    Deno.removeSync(folder, { recursive: true });
  }
}
