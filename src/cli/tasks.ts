import { TaskerError } from "../core/errors.ts";
import type { Manifest } from "../core/manifest.ts";
import type { EmbeddedTask } from "../publish/embedded.ts";
import type { BuiltTask } from "../publish/publish.ts";
import type { Store } from "../store/store.ts";
import { version } from "./version.ts";

/** What `tasker run` must know of a task before it runs it. */
export interface KnownTask {
  readonly name: string;
  readonly manifest: Manifest;
}

/**
 * The task of a name. One that comes with tasker is published by its first use, and again when a newer tasker brings
 * newer code; a version that somebody published themselves stays. Without a store, or a time at which it is used, nothing
 * is published.
 */
export async function findTask(params: { name: string; store: Store | undefined; now?: number }): Promise<KnownTask> {
  const { name, store, now } = params;
  const latest = store?.taskFunctions.latest(name);
  if (latest !== undefined && !latest.embedded) return latest;
  const { embeddedTasks } = await import("../publish/embedded.ts");
  const embedded = (await embeddedTasks()).find((task) => task.name === name);
  if (embedded === undefined) {
    if (latest !== undefined) return latest;
    throw await unknownTask(name, store);
  }
  // To build it takes half a second where it was not built before.
  const builtFrom = `${version} ${await embedded.digest()}`;
  if (latest?.builtFrom === builtFrom) return latest;
  const built = await buildOnce(embedded);
  if (store === undefined || now === undefined) return built;
  return store.taskFunctions.publish(built, { embedded: true, builtFrom, now }).task;
}

const builds = new Map<string, Promise<BuiltTask>>();

/** What comes with tasker stays the same while it runs: looked up twice, it is built once. */
async function buildOnce(embedded: EmbeddedTask): Promise<BuiltTask> {
  const build = builds.get(embedded.name) ?? buildOrTake(embedded);
  builds.set(embedded.name, build);
  return await build;
}

async function buildOrTake(embedded: EmbeddedTask): Promise<BuiltTask> {
  const { prebuiltTask } = await import("../publish/prebuilt.ts");
  const prebuilt = await prebuiltTask(embedded.name);
  if (prebuilt !== undefined) return prebuilt;
  const { buildTaskCode } = await import("../publish/publish.ts");
  return await buildTaskCode(embedded);
}

/** The names of all tasks that can be run. */
export async function taskNames(store: Store | undefined): Promise<string[]> {
  const { embeddedTasks } = await import("../publish/embedded.ts");
  const names = [...(store?.taskFunctions.list() ?? []), ...await embeddedTasks()].map(({ name }) => name);
  return [...new Set(names)].sort();
}

export async function unknownTask(name: string, store: Store | undefined): Promise<TaskerError> {
  const { didYouMean } = await import("../core/did_you_mean.ts");
  return new TaskerError("NOT_FOUND", `there is no task "${name}"`, {
    hint: `${didYouMean(name, await taskNames(store))} \`tasker publish FILE\` adds one`,
  });
}
