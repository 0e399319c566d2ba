import { join } from "node:path";
import type { Package } from "./packages.ts";

/** How a module is asked for: packages may answer each with another file. */
export type Form = "import" | "require";

/** What versions of Deno go by, beside the form: where several conditions fit, all that they lead to may be read. */
const CONDITIONS = ["deno", "node", "module-sync", "default"];

type Target = string | null | readonly Target[] | { readonly [condition: string]: Target };

interface Manifest {
  readonly main?: string;
  readonly exports?: Target;
  readonly imports?: Record<string, Target>;
}

/** The files that an import of a package may lead to; `path` is what follows its name: nothing, or `/sync`. */
export function exported({ folder }: Package, path: string, form: Form): string[] {
  const { main, exports } = manifest(folder);
  if (exports === undefined) return fileAt(path === "" ? join(folder, main ?? "index.js") : join(folder, path));
  const byPath = Object.keys(exports ?? {}).some((key) => key.startsWith("."));
  return mapped(byPath ? exports as Record<string, Target> : { ".": exports }, `.${path}`, form, folder);
}

/** The files that `#name` may lead to within a package. */
export function internal({ folder }: Package, name: string, form: Form): string[] {
  return mapped(manifest(folder).imports ?? {}, name, form, folder);
}

/** The file that a path leads to: itself, with an extension, or a folder's; none when nothing is there. */
export function fileAt(path: string): string[] {
  const file = [path, `${path}.js`, `${path}.json`, `${path}.cjs`].find((file) => stat(file)?.isFile);
  if (file !== undefined) return [file];
  if (!stat(path)?.isDirectory) return [];
  const main = stat(join(path, "package.json")) && manifest(path).main;
  return main !== undefined ? fileAt(join(path, main)) : [join(path, "index.js")].filter((file) => stat(file)?.isFile);
}

function mapped(targets: Record<string, Target>, name: string, form: Form, folder: string): string[] {
  return Object.entries(targets).flatMap(([key, target]) => {
    const [before, after] = key.split("*");
    const star = after === undefined ? "" : name.slice(before!.length, name.length - after.length);
    if (name !== (after === undefined ? key : `${before}${star}${after}`)) return [];
    return leaves(target, form).flatMap((leaf) => fileAt(join(folder, leaf.replaceAll("*", star))));
  });
}

function leaves(target: Target, form: Form): string[] {
  if (typeof target === "string") return [target];
  return Object.entries(target ?? {}).flatMap(([key, inner]) =>
    Array.isArray(target) || key === form || CONDITIONS.includes(key) ? leaves(inner, form) : []
  );
}

function manifest(folder: string): Manifest {
  return JSON.parse(Deno.readTextFileSync(join(folder, "package.json")));
}

function stat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}
