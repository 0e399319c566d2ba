import type { BuiltTask } from "./publish.ts";

/** Where `deno task compile` leaves the tasks that come with tasker for the binary: to build one takes half a second. */
export const PREBUILT = new URL("../../dist/tasks.json", import.meta.url);

/**
 * A task that comes with the binary, as it was built with it; undefined in a checkout, where its files may have changed
 * since, and in a binary that was compiled without.
 */
export async function prebuiltTask(name: string): Promise<BuiltTask | undefined> {
  if (!Deno.build.standalone) return undefined;
  let text: string;
  try {
    text = await Deno.readTextFile(PREBUILT);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  return (JSON.parse(text) as BuiltTask[]).find((task) => task.name === name);
}
