import { TaskerError } from "../core/errors.ts";
import { isJsonObject, type Json } from "../core/json.ts";
import { earlierRunOf, earlierRunProperty } from "../core/manifest.ts";
import type { Store } from "../store/store.ts";
import { storedJson } from "../store/stored_json.ts";
import type { TaskFunction } from "../store/task_functions.ts";

/**
 * An input that names an earlier run, with all that it leaves out as it was there; another input as it is. Throws NOT_FOUND, or
 * INVALID_INPUT when that run has not come to its end, is another task's, or the input says more than it may besides.
 */
export function likeEarlierRun(
  store: Store,
  { name, manifest }: Pick<TaskFunction, "name" | "manifest">,
  input: Json,
): Json {
  const property = earlierRunProperty(manifest);
  const id = earlierRunOf(manifest, input);
  if (property === undefined || id === undefined || !isJsonObject(input)) return input;
  const earlier = store.taskRuns.byId(id);
  const refuse = (why: string, hint: string) => new TaskerError("INVALID_INPUT", `${property.name}: ${why}`, { hint });
  if (earlier === undefined) {
    throw new TaskerError("NOT_FOUND", `there is no run ${id}`, { hint: "`tasker runs` lists them" });
  }
  if (earlier.taskName !== name) {
    throw refuse(`run ${id} is one of ${earlier.taskName}, not of ${name}`, "name a run of the same task");
  }
  if (earlier.status !== "completed") {
    throw refuse(
      `run ${id} has not completed: it is ${earlier.status.replaceAll("_", " ")}`,
      earlier.endedAt === null ? "let it come to its end first: `tasker resume`" : "name one that has",
    );
  }
  const more = Object.keys(input).filter((other) => other !== property.name && !property.besides.includes(other));
  if (more.length > 0) {
    throw refuse(
      `${more.join(", ")} cannot be given besides: run ${id} has said it`,
      `what may be given besides: ${property.besides.join(", ")}`,
    );
  }
  const same = storedJson(earlier.input);
  return { ...(isJsonObject(same) ? same : {}), ...input };
}

/** Throws METHOD_REFUSED when a nested run would read the rows of a run that nobody has named to the run around it. */
export function refuseOtherRuns(
  store: Store,
  parent: { run: number; manifest: TaskFunction["manifest"]; name: string },
  task: TaskFunction,
  input: Json,
): void {
  const named = earlierRunOf(task.manifest, input);
  if (named === undefined) return;
  const own = earlierRunOf(parent.manifest, storedJson(store.taskRuns.get(parent.run)!.input));
  if (named === own) return;
  throw new TaskerError("METHOD_REFUSED", `${parent.name} may not give away what run ${named} has kept`, {
    hint: "only the run that its own input names may be named to a nested run",
  });
}
