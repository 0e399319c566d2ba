import type { BuiltTask } from "../publish/publish.ts";
import type { Context } from "./context.ts";

/**
 * The task in a file, checked and built as `publish` does it. Imports are read where they are, through `read`; nothing of it
 * is run.
 */
export async function buildCodeFile(
  file: string,
  context: Pick<Context, "readFile">,
  read = (path: string) => Deno.readTextFile(path),
): Promise<BuiltTask> {
  const { buildTaskCode, taskNameFromFile } = await import("../publish/publish.ts");
  const name = taskNameFromFile(file);
  const source = await context.readFile(file);
  return await buildTaskCode({ name, filename: file, source, read });
}
