import { compileFunction } from "node:vm";
import type { BundledModule } from "./bundle.ts";
import { importsIn, quietComments } from "./import_guard.ts";
import { codeExtension, type ParsedModule, parseModule } from "./parse.ts";
import { placeAt, refusal } from "./refusal.ts";
import { type Reference, referencesOf } from "./references.ts";
import { toCommonJs } from "./strip_types.ts";
import { refuseUnusedPackages } from "./unused_packages.ts";

const MOST_MODULES = 200;
const SUFFIXES = ["", ".ts", ".js", ".mjs", ".cjs", ".mts", ".json", "/index.ts", "/index.js"];

/** `to` as seen from the folder of `from`, with `.` and `..` worked out; leading `..` stay. */
export function resolvePath(from: string, to: string): string {
  const path = `${from.slice(0, from.lastIndexOf("/") + 1)}${to}`;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "." || (part === "" && parts.length > 0)) continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== ".." && parts.at(-1) !== "") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}

/** The module as CommonJS that V8 accepts and that holds no `import(`. */
async function compile(module: ParsedModule): Promise<string> {
  const quiet = quietComments(module.code, module.comments);
  const code = module.kind === "esm" ? await toCommonJs(module.filename, quiet) : quiet;
  for (const offset of importsIn(code)) {
    const { line } = placeAt(module.filename, code, offset);
    const column = (module.source.split("\n")[line - 1] ?? "").search(/\bimport\b/) + 1;
    throw refusal(
      { ...module.place(0), line, column: Math.max(1, column) },
      "`import` before ( or . is not possible in a task, not even in a string",
      "In a string write \\u0069mport.",
    );
  }
  const accept = (text: string) =>
    compileFunction(text, ["exports", "require", "module"], { filename: module.filename });
  try {
    accept(code);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const culprit = module.program.body.find((statement) => {
      const inner = statement.type === "ImportDeclaration"
        ? undefined
        : "declaration" in statement
        ? statement.declaration
        : statement;
      try {
        if (inner) accept(module.code.slice(inner.start, inner.end));
        return false;
      } catch {
        return true; // The message is the one above; what counts here is which statement V8 does not take.
      }
    });
    throw refusal(
      module.place(culprit?.start ?? 0),
      error.message,
      "`exports`, `require` and `module` are taken; newer syntax may be unknown here: write it in another way.",
    );
  }
  return code;
}

/** Data beside a task: `require("./data.json")`. */
function jsonModule(filename: string, text: string): string {
  try {
    JSON.parse(text);
  } catch (error) {
    const offset = Number(/at position (\d+)/.exec(String(error))?.[1] ?? 0);
    const problem = error instanceof Error ? error.message : "this is not JSON";
    throw refusal(placeAt(filename, text, offset), problem, "Correct the JSON and publish again.");
  }
  const code = `module.exports = JSON.parse(${JSON.stringify(text)});`;
  if (importsIn(code).length > 0) {
    const place = placeAt(filename, text, Math.max(0, text.search(/\bimport\b/)));
    throw refusal(place, "`import` before ( or . is not possible in a task, not even in data", "Write \\u0069mport.");
  }
  return code;
}

/** The modules a task consists of, the entry first, read through `read` (which decides what may be read at all). */
export async function gatherModules(
  entry: ParsedModule,
  read: (path: string) => Promise<string>,
): Promise<BundledModule[]> {
  const folder = entry.filename.slice(0, entry.filename.lastIndexOf("/") + 1);
  const indices = new Map([[resolvePath("", entry.filename), 0]]);
  const files = [{ file: entry.filename.slice(folder.length), path: entry.filename, text: entry.source }];

  /** The index of the module a reference names; reads its file when it is new. */
  async function follow(from: ParsedModule, file: string, { specifier, offset }: Reference): Promise<number> {
    let reason = "";
    const target = resolvePath(file, specifier);
    const known = codeExtension(target) !== undefined || target.endsWith(".json");
    for (const suffix of known ? [""] : SUFFIXES.slice(1)) {
      const path = resolvePath(folder, target + suffix);
      const index = indices.get(path);
      if (index !== undefined) return index;
      try {
        const text = await read(path);
        indices.set(path, files.length);
        return files.push({ file: target + suffix, path, text }) - 1;
      } catch (error) {
        const isMissing = error instanceof Error && error.name === "NotFound";
        reason ||= isMissing ? "there is no such file" : error instanceof Error ? error.message : String(error);
      }
    }
    const problem = `"${specifier}" cannot be read: ${reason}`;
    throw refusal(from.place(offset), problem, "Correct the path; it counts from the folder of the file it stands in.");
  }

  const modules: BundledModule[] = [];
  for (let next = 0; next < files.length; next++) {
    const { file, path, text } = files[next]!;
    if (path.endsWith(".json")) {
      modules.push({ file, code: jsonModule(path, text), links: {} });
      continue;
    }
    const parsed = next === 0 ? entry : await parseModule(path, text);
    await refuseUnusedPackages(parsed);
    const links: Record<string, number> = {};
    for (const reference of referencesOf(parsed)) {
      links[reference.specifier] ??= await follow(parsed, file, reference);
      if (files.length <= MOST_MODULES) continue;
      const hint = "Copy the part that the task needs.";
      throw refusal(parsed.place(reference.offset), `the task has more than ${MOST_MODULES} files`, hint);
    }
    modules.push({ file, code: await compile(parsed), links });
  }
  return modules;
}
