import type { Program } from "acorn";
import type { ParsedModule } from "./parse.ts";
import { readCode } from "./read_code.ts";
import { loads } from "./references.ts";
import { refusal } from "./refusal.ts";
import { refusedSpecifier } from "./specifiers.ts";
import { placeBefore, stripTypes } from "./strip_types.ts";

/** An import of something that is no relative file, as far as a glance can tell. */
const LIKELY = /\bimport\b[^"']*["'](?!\.\.?\/)/;

/**
 * Refuses imports of what a task cannot have in TypeScript that does not use them. They vanish with the types, and would
 * be refused as soon as a line of code used them. `import type` is left alone.
 */
export async function refuseUnusedPackages({ filename, source }: ParsedModule): Promise<void> {
  if (!/\.m?ts$/.test(filename) || !LIKELY.test(source)) return;
  const stripped = await stripTypes(filename, source.replace(/^#!/, "//"), { keepUnusedImports: true });
  const program = await moduleOf(stripped.code);
  for (const { node, from } of program === undefined ? [] : loads(program)) {
    if (from?.type !== "Literal" || typeof from.value !== "string") continue;
    // Of `import { type A } from "…"` only empty brackets are left.
    if (node.type === "ImportDeclaration" && node.specifiers.length === 0) continue;
    const refused = refusedSpecifier(from.value);
    if (refused === undefined) continue;
    const hint = "Nothing uses it: leave it out, or write `import type` for its types.";
    throw refusal(placeBefore(stripped, { filename, source }, from.start), refused.problem, hint);
  }
}

/** Undefined for a script: only modules have imports. */
async function moduleOf(code: string): Promise<Program | undefined> {
  try {
    return (await readCode(code, { sourceType: "module" })).program;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
