import type { Comment } from "acorn";

const LINE_END = /[\n\r\u2028\u2029]/;

/** Where white space and comments end that start at `offset`. */
function skipTrivia(text: string, start: number): number {
  let offset = start;
  while (offset < text.length) {
    if (/\s/.test(text[offset]!)) {
      offset++;
    } else if (text.startsWith("/*", offset)) {
      const end = text.indexOf("*/", offset + 2);
      if (end === -1) return text.length;
      offset = end + 2;
    } else if (["//", "<!--", "-->"].some((opening) => text.startsWith(opening, offset))) {
      // `<!--` and `-->` open comments in scripts (ECMA-262 annex B.1.1), which V8 honours before `import(…)` too.
      while (offset < text.length && !LINE_END.test(text[offset]!)) offset++;
    } else {
      return offset;
    }
  }
  return offset;
}

/**
 * Offsets of every `import` that white space or comments and then `(` or `.` follow, wherever it stands: in code, in a string,
 * in a comment. `import()` would reach out of a realm, and a parser can be led to see a string or a regular expression where V8 sees code,
 * so the text is judged without one.
 */
export function importsIn(text: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf("import"); at !== -1; at = text.indexOf("import", at + 6)) {
    if (at > 0 && /[\w$]/.test(text[at - 1]!)) continue;
    const next = text[skipTrivia(text, at + 6)];
    if (next === "(" || next === ".") found.push(at);
  }
  return found;
}

/**
 * Writes `Import` where a comment speaks of it: prose such as "the import (see below)" is no reason to refuse a task.
 * Should a parser have taken code for a comment, the code is thereby made harmless too.
 */
export function quietComments(text: string, comments: readonly Comment[]): string {
  let quiet = text;
  for (const at of importsIn(text)) {
    if (comments.some(({ start, end }) => start <= at && at < end)) {
      quiet = `${quiet.slice(0, at)}I${quiet.slice(at + 1)}`;
    }
  }
  return quiet;
}
