import { builtinModules } from "node:module";
import { dirname, join } from "node:path";
import type { Package } from "./packages.ts";
import { exported, fileAt, internal } from "./resolve.ts";

/** `import … from "x"`, `import("x")`, `require("x")`; what merely looks like one (in a comment) only keeps a file more. */
const NAMED = /(require\w*|import|from)\s*\(?\s*(?:\/\*.*?\*\/\s*)?(["'`])([^"'`\s]+)\2/g;

/** The name of a package, and the path behind it. */
const BARE = /^((?:@[^/]+\/)?[^/]+)(.*)$/;

/**
 * All files that modules of a program lead to, its own and those of packages, by whatever name they have written out.
 * Where a package answers differently by who asks, these are all the files that Deno may choose.
 */
export function reached(entries: readonly string[], program: Package): Set<string> {
  const owners = new Map(entries.map((entry) => [entry, program]));
  for (const [file, owner] of owners) {
    if (!/\.[cm]?[jt]s$/.test(file)) continue;
    for (const [, word, , name] of Deno.readTextFileSync(file).matchAll(NAMED)) {
      for (const [found, of] of leadsTo(name!, word!.startsWith("require") ? "require" : "import", file, owner)) {
        owners.set(found, of);
      }
    }
  }
  return new Set(owners.keys());
}

function leadsTo(name: string, form: "import" | "require", file: string, owner: Package): [string, Package][] {
  if (/^\.\.?(\/|$)/.test(name)) return fileAt(join(dirname(file), name)).map((found) => [found, owner]);
  if (name.startsWith("#")) return internal(owner, name, form).map((found) => [found, owner]);
  const [, wanted = "", path = ""] = BARE.exec(name) ?? [];
  const other = wanted === owner.name ? owner : owner.dependencies.get(wanted);
  if (other === undefined || builtinModules.includes(name)) return [];
  const files = exported(other, path, form);
  if (files.length === 0) throw new Error(`${file}: ${form} "${name}" leads to no file of ${other.folder}`);
  return files.map((found) => [found, other]);
}
