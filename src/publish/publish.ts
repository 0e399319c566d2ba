import { TaskerError } from "../core/errors.ts";
import { canonicalJson, type Json } from "../core/json.ts";
import type { Manifest } from "../core/manifest.ts";
import { sha256Later } from "../store/sha256.ts";
import { bundle } from "./bundle.ts";
import { checkEntry } from "./entry.ts";
import { manifestOf } from "./manifest.ts";
import { gatherModules } from "./modules.ts";
import { codeExtension, parseModule } from "./parse.ts";
import { printable, refusal } from "./refusal.ts";
import { referencesOf } from "./references.ts";

export { originOf, restoreStack } from "./bundle.ts";

/** A checked task, ready to be stored as a version. */
export interface BuiltTask {
  readonly name: string;
  readonly filename: string;
  /** CommonJS; the task is `module.exports` or `module.exports.default`. Lines of the entry file are kept. */
  readonly source: string;
  readonly manifest: Manifest;
  /** sha-256 (hex) over the source and the manifest: equal code has an equal hash. */
  readonly hash: string;
}

export interface BuildTaskParams {
  readonly name: string;
  /** As stack traces show it; relative imports count from its folder. */
  readonly filename: string;
  readonly source: string;
  /** Gives the text of a file that the task imports; rejects for one that is missing or out of bounds. */
  read(path: string): Promise<string>;
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const LARGEST_SOURCE = 4 * 1024 * 1024;

function checkName(name: string, path?: string): string {
  if (NAME.test(name)) return name;
  const problem = `${path === undefined ? "" : `${printable(path)}: `}"${printable(name)}" cannot be a task's name`;
  const hint =
    "Use up to 64 lower-case letters, digits, - and _, beginning with a letter or digit, e.g. gmail-search.ts.";
  throw new TaskerError("PUBLISH_REFUSED", problem, { hint });
}

/** The name of the task in a file: `taskcode/gmail-search.ts` → `gmail-search`. Throws PUBLISH_REFUSED for one that cannot be. */
export function taskNameFromFile(path: string): string {
  const file = path.split(/[/\\]/).at(-1) ?? "";
  const extension = codeExtension(file);
  if (extension === undefined) {
    const hint = "A task is one .js, .cjs, .mjs, .ts or .mts file.";
    throw new TaskerError("PUBLISH_REFUSED", `${printable(path)} is not a code file`, { hint });
  }
  return checkName(file.slice(0, -extension.length), path);
}

function checkSize(filename: string, source: string, what: string): void {
  if (source.length <= LARGEST_SOURCE) return;
  const place = { filename, source: "", line: 1, column: 1 };
  const problem = `${what} ${(source.length / 1024 / 1024).toFixed(1)} MiB, and may be 4 MiB`;
  throw refusal(place, problem, "Leave out what the task does not need.");
}

/**
 * Checks a task's source and makes the CommonJS module that the executor runs; nothing of it is run here.
 * Throws PUBLISH_REFUSED with file:line:column, the line, and what to do instead.
 */
export async function buildTaskCode(params: BuildTaskParams): Promise<BuiltTask> {
  const name = checkName(params.name);
  const filename = params.filename.replaceAll("\\", "/");
  try {
    return await buildChecked({ ...params, name, filename, read: (path) => params.read(path) });
  } catch (error) {
    // The parsers call themselves for every nesting.
    if (!(error instanceof RangeError)) throw error;
    const place = { filename, source: params.source, line: 1, column: 1 };
    throw refusal(place, "the code is nested too deeply to be read", "Split it into smaller parts.");
  }
}

async function buildChecked({ name, filename, source, read }: BuildTaskParams): Promise<BuiltTask> {
  checkSize(filename, source, "the file is");
  const entry = await parseModule(filename, source);
  referencesOf(entry);
  const manifest = await manifestOf(entry, checkEntry(entry));
  const bundled = bundle(await gatherModules(entry, read));
  checkSize(filename, bundled, "the task with its imports is");
  const hash = await sha256Later(`${bundled}\n${canonicalJson(manifest as unknown as Json)}`);
  return { name, filename, source: bundled, manifest, hash };
}
