import { TaskerError } from "../core/errors.ts";
import { earlierRunOf, type Manifest } from "../core/manifest.ts";
import type { Store } from "../store/store.ts";
import { storedJson } from "../store/stored_json.ts";
import type { TaskRun } from "../store/task_runs.ts";

/** The earlier run that the input of a run names: the only other one that it may look into. Throws METHOD_REFUSED without one. */
export function earlierRun(store: Store, manifest: Manifest, run: number): TaskRun {
  const id = earlierRunOf(manifest, storedJson(store.taskRuns.get(run)!.input));
  const earlier = id === undefined ? undefined : store.taskRuns.byId(id);
  if (earlier !== undefined) return earlier;
  throw new TaskerError("METHOD_REFUSED", "the run's input names no earlier run that is there", {
    hint: 'a property with "x-run" in the manifest names one, and whoever starts the run says which',
  });
}
