import { TaskerError } from "../core/errors.ts";
import { sha256Later } from "../store/sha256.ts";
import { codeExtension } from "./parse.ts";
import { taskNameFromFile } from "./publish.ts";

/** A task's file that comes with tasker. */
export interface EmbeddedTask {
  readonly name: string;
  /** `taskcode/gmail-search.ts`. */
  readonly filename: string;
  readonly source: string;
  /** Reads a file that the task imports; the folder's own files only. */
  read(path: string): Promise<string>;
  /** SHA-256 (hex) over all files of the folder: whichever of them the task imports, it is the same task while this is the same. */
  digest(): Promise<string>;
}

const FOLDER = new URL("../../taskcode/", import.meta.url);

/**
 * The tasks of a folder, in order of their names; by default those of `taskcode/`, which `deno compile --include taskcode`
 * puts into the binary. Files that begin with `_` and tests are parts of tasks, not tasks. The binary cannot
 * transpile TypeScript that it reads, so this gives the text as it is and `buildTaskCode` does the rest.
 */
export async function embeddedTasks(folder: URL = FOLDER): Promise<EmbeddedTask[]> {
  const prefix = `${folder.pathname.split("/").at(-2)}/`;
  const read = (path: string): Promise<string> => {
    const url = new URL(encodeURI(path.startsWith(prefix) ? path.slice(prefix.length) : `../${path}`), folder);
    if (!url.href.startsWith(folder.href)) return Promise.reject(new Error(`${path} is outside of ${prefix}`));
    return Deno.readTextFile(url);
  };
  const files: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (isFile && codeExtension(name) !== undefined && !/^_|[._]test\.\w+$/.test(name)) files.push(name);
    }
  } catch (cause) {
    const hint = "Compile with --include taskcode, or run from a whole checkout.";
    throw new TaskerError("NOT_FOUND", `the folder of tasks ${folder.href} cannot be read`, { hint, cause });
  }
  return await Promise.all(
    files.sort().map(async (file) => ({
      name: taskNameFromFile(file),
      filename: `${prefix}${file}`,
      source: await read(`${prefix}${file}`),
      read,
      digest: () => digestOf(folder),
    })),
  );
}

async function digestOf(folder: URL): Promise<string> {
  const parts: (string | Uint8Array<ArrayBuffer>)[] = [];
  const entries = await Array.fromAsync(Deno.readDir(folder));
  for (const { name, isFile } of entries.sort((one, other) => one.name < other.name ? -1 : 1)) {
    const url = new URL(encodeURIComponent(name), folder);
    const content = isFile ? await Deno.readFile(url) : await digestOf(new URL(`${url.href}/`));
    parts.push(`${JSON.stringify(name)} ${content.length}\n`, content);
  }
  return await sha256Later(await new Blob(parts).arrayBuffer());
}

/** The text of `tasker.d.ts`: the types of what task code finds in its realm. */
export function authorTypes(): Promise<string> {
  return Deno.readTextFile(new URL("tasker.d.ts", FOLDER));
}
