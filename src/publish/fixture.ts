/** For the tests of this folder: files in memory, built and run as the executor would load them. */
import { compileFunction } from "node:vm";
import { TaskerError } from "../core/errors.ts";
import { buildTaskCode, type BuiltTask } from "./publish.ts";

/** Builds `taskcode/<entry>` from files that are given by their paths under `taskcode/`. */
export function build(files: Record<string, string>, entry = Object.keys(files)[0]!): Promise<BuiltTask> {
  return buildTaskCode({
    name: "sample",
    filename: `taskcode/${entry}`,
    source: files[entry]!,
    read(path) {
      const text = path.startsWith("taskcode/") ? files[path.slice("taskcode/".length)] : undefined;
      return text === undefined ? Promise.reject(new Error(`no file ${path}`)) : Promise.resolve(text);
    },
  });
}

/** What a built task exports. */
export function load(task: BuiltTask): { default?: unknown } & ((input?: unknown) => unknown) {
  const module = { exports: {} };
  const require = (path: string) => {
    throw new Error(`require ${path}`);
  };
  const run = compileFunction(task.source, ["exports", "require", "module"], { filename: task.filename });
  run.call(module.exports, module.exports, require, module);
  return module.exports as ReturnType<typeof load>;
}

/** Runs a built task's function. */
export async function run(task: BuiltTask, input?: unknown): Promise<unknown> {
  const exported = load(task);
  return await (typeof exported.default === "function" ? exported.default(input) : exported(input));
}

/** The refusal of files that are not published: `file:line:column: problem`, and its hint. */
export async function refused(files: Record<string, string>, entry?: string): Promise<{ first: string; hint: string }> {
  let task: BuiltTask;
  try {
    task = await build(files, entry);
  } catch (error) {
    if (!(error instanceof TaskerError) || error.code !== "PUBLISH_REFUSED") throw error;
    return { first: error.message.split("\n")[0]!, hint: error.hint ?? "" };
  }
  throw new Error(`published: ${task.source}`);
}
