import type { Token } from "acorn";

/** Code on the lines of its source, and which of them have the source's columns, too. */
export interface Spaced {
  readonly code: string;
  readonly isKept: readonly boolean[];
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
    if (await meaningOf(whole) !== await meaningOf(code)) return undefined;
  } catch (error) {
    // No module, or (a RangeError) nested deeper than the stack is: others say so.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
  return { code: whole, isKept: spaced.map((line) => line !== undefined) };
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

/** The tokens without their places: the lines are the same, so they say what the program is. */
async function meaningOf(code: string): Promise<string> {
  const { parse } = await import("acorn");
  const tokens: string[] = [];
  parse(code, {
    ecmaVersion: "latest",
    sourceType: "module",
    allowReturnOutsideFunction: true,
    onToken(token) {
      const { type, value } = token as Token & { readonly value?: unknown };
      tokens.push(type.label, typeof value === "object" ? JSON.stringify(value) : String(value));
    },
  });
  return tokens.join("\0");
}
