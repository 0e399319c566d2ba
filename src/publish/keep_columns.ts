import type { Token } from "acorn";
import { type ReadCode, readCode } from "./read_code.ts";
import { findTopLevelReturn } from "./syntax.ts";

/** Code on the lines of its source, and which of them have the source's columns, too. */
export interface Spaced {
  readonly code: string;
  readonly isKept: readonly boolean[];
  /** The code as it has been read for this; undefined when it is no module. */
  readonly read: ReadCode | undefined;
}

/**
 * The code that a line by line removal of types has left, with spaces where they were: so errors of the running task name the
 * author's own columns. What has come in the place of something else keeps a line as it is. Undefined when that would not be
 * the same program, or it cannot be told.
 */
export async function keepColumns(code: string, source: string): Promise<Spaced | undefined> {
  const written = source.split("\n");
  const lines = code.split("\n");
  const spaced = lines.map((line, index) => spacedLine(line, written[index] ?? ""));
  const whole = spaced.map((line, index) => line ?? lines[index]!).join("\n");
  try {
    const tokens: Token[] = [];
    const read = await readLoosely(whole, tokens);
    if (!isSurelySame(code, whole, [...tokens, ...read.comments])) {
      const before: Token[] = [];
      await readLoosely(code, before);
      if (meaningOf(tokens) !== meaningOf(before)) return undefined;
    }
    const isModule = findTopLevelReturn(read.program) === undefined;
    return { code: whole, isKept: spaced.map((line) => line !== undefined), read: isModule ? read : undefined };
  } catch (error) {
    // No module, or (a RangeError) nested deeper than the stack is: others say so.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Each word and sign in the place that it has in the source; undefined when one is not there. */
function spacedLine(line: string, source: string): string | undefined {
  if (line === source) return line;
  let spaced = "";
  for (const [token] of line.matchAll(/[\w$]+|[^\s\w$]/g)) {
    const place = source.indexOf(token, spaced.length);
    if (place === -1) return undefined;
    spaced += source.slice(spaced.length, place).replace(/\S/g, " ") + token;
  }
  return spaced;
}

/** A script may return where a module may not, and keeps its columns all the same. */
function readLoosely(code: string, tokens: Token[]): Promise<ReadCode> {
  return readCode(code, { sourceType: "module", allowReturnOutsideFunction: true, onToken: tokens });
}

/** The tokens without their places: the lines are the same, so they say what the program is. */
function meaningOf(tokens: readonly Token[]): string {
  return tokens.flatMap((token) => {
    const { type, value } = token as Token & { readonly value?: unknown };
    return [type.label, typeof value === "object" ? JSON.stringify(value) : String(value)];
  }).join("\0");
}

const LINE_ENDS_OF_JS = /[\r\u2028\u2029]/;
/** What no other sign becomes one with. */
const ALONE = "()[]{};,\"'`";

/**
 * Whether `code` is plainly the same program as `whole`, which has been read: each token and comment stands in it letter by
 * letter, with blanks between the same ones, or with none where none are needed. When not, it may still be the same.
 */
function isSurelySame(code: string, whole: string, read: { start: number; end: number }[]): boolean {
  if (code === whole) return true;
  if (LINE_ENDS_OF_JS.test(whole) || LINE_ENDS_OF_JS.test(code)) return false;
  let at = 0;
  let last = 0;
  for (const { start, end } of read.sort((one, other) => one.start - other.start || one.end - other.end)) {
    const from = at;
    if (start > last) { while (at < code.length && code[at]!.trim() === "") at++; }
    if (at === from && start > last && at > 0 && mayJoin(code[at - 1]!, code[at] ?? ";")) return false;
    if (!code.startsWith(whole.slice(start, end), at)) return false;
    at += end - start;
    last = end;
  }
  return code.slice(at).trim() === "";
}

function mayJoin(before: string, after: string): boolean {
  if (ALONE.includes(before) || ALONE.includes(after)) return false;
  return !(/[a-z_$]/i.test(before) && /[.:=?]/.test(after));
}
