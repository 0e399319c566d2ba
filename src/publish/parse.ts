import type { Comment, Program } from "acorn";
import { type ReadCode, readCode } from "./read_code.ts";
import { type Place, placeAt, refusal } from "./refusal.ts";
import { placeBefore, stripTypes } from "./strip_types.ts";
import { findTopLevelAwait, isModuleDeclaration } from "./syntax.ts";

/** A file as JavaScript, with its syntax tree. */
export interface ParsedModule {
  readonly filename: string;
  /** As the author wrote it, without a byte order mark. */
  readonly source: string;
  /** JavaScript on the same lines; equal to `source` unless that is TypeScript. */
  readonly code: string;
  readonly kind: "esm" | "cjs";
  readonly program: Program;
  readonly comments: readonly Comment[];
  /** Where the author wrote what stands at an offset of `code`. */
  place(offset: number): Place;
}

const EXTENSIONS = [".js", ".cjs", ".mjs", ".ts", ".mts"];

/** The extension of a file that can hold task code, or undefined. */
export function codeExtension(filename: string): string | undefined {
  return /\.d\.m?ts$/.test(filename) ? undefined : EXTENSIONS.find((extension) => filename.endsWith(extension));
}

/** acorn reports `{ pos }`, an offset, and adds `(line:column)` to its message. */
function isSyntaxError(error: unknown): error is SyntaxError & { pos: number } {
  return error instanceof SyntaxError && "pos" in error && typeof error.pos === "number";
}

const NEEDS_MODULE = "may appear only with 'sourceType: module'";

/**
 * Reads a file as V8 would, but with positions: V8's own SyntaxErrors carry none in Deno 2.4 and 2.9.
 * A file with `import` or `export` declarations is an ES module; others, and `.cjs`, are CommonJS.
 */
export async function parseModule(filename: string, text: string): Promise<ParsedModule> {
  // Of the same length, so that offsets stay: a first line `#!…` is not allowed inside a function.
  const source = text.replace(/^\uFEFF/, "");
  const plain = source.replace(/^#!/, "//");
  const extension = codeExtension(filename);
  if (extension === undefined) {
    const place = { filename, source, line: 1, column: 1 };
    throw refusal(place, "this is not a code file", `Use one of ${EXTENSIONS.join(", ")}.`);
  }
  const stripped = extension.endsWith("ts") ? await stripTypes(filename, plain) : undefined;
  const code = stripped?.code ?? plain;
  const place = (offset: number): Place => {
    if (stripped !== undefined) return placeBefore(stripped, { filename, source }, offset);
    return { ...placeAt(filename, code, offset), source };
  };

  const asScript = () => readCode(code, { sourceType: "script", allowReturnOutsideFunction: true });
  const parsed = (kind: "esm" | "cjs", read: ReadCode) => ({ filename, source, code, kind, ...read, place });
  const refused = (error: SyntaxError & { pos: number }) => {
    const problem = error.message.replace(/ \(\d+:\d+\)$/, "");
    return refusal(place(error.pos), problem, "Correct the syntax and publish again.");
  };

  if (extension !== ".cjs") {
    try {
      const read = stripped?.read ?? await readCode(code, { sourceType: "module" });
      const isModule = extension.startsWith(".m") || read.program.body.some(isModuleDeclaration);
      if (isModule || findTopLevelAwait(read.program) !== undefined) return parsed("esm", read);
    } catch (error) {
      if (!isSyntaxError(error)) throw error;
      try {
        return parsed("cjs", await asScript());
      } catch (scriptError) {
        if (!isSyntaxError(scriptError)) throw scriptError;
        throw refused(scriptError.message.includes(NEEDS_MODULE) ? error : scriptError);
      }
    }
  }
  try {
    return parsed("cjs", await asScript());
  } catch (error) {
    throw isSyntaxError(error) ? refused(error) : error;
  }
}
