import { forTerminal } from "../../mail/safe_text.ts";

/** Lines shown before a line, and after it. */
const AROUND = 2;
/** Characters of a line. */
const WIDTH = 120;

/** A line of code with those around it, numbered, and a caret under its column; line and column count from 1. */
export function quoteCode({ source, line, column }: { source: string; line: number; column: number }): string {
  const lines = source.split(/\r\n|[\n\r\u2028\u2029]/);
  // What comes after the last line's end is no line, unless it is asked about.
  const count = lines.at(-1) === "" ? Math.max(line, lines.length - 1) : lines.length;
  const last = Math.min(line + AROUND, count);
  const width = String(last).length;
  // What is left of a long line is around the caret, and the same of its neighbours.
  const from = Math.max(0, column - WIDTH);
  const cut = (text: string) => shown(text.slice(from, from + WIDTH));
  let quoted = "";
  for (let number = Math.max(1, line - AROUND); number <= last; number++) {
    const text = lines[number - 1]!;
    quoted += `${number === line ? ">" : " "} ${String(number).padStart(width)} | ${cut(text)}`.trimEnd() + "\n";
    if (number !== line) continue;
    const before = shown(text.slice(from, column - 1));
    quoted += `  ${" ".repeat(width)} | ${" ".repeat(before.length)}^\n`;
  }
  return quoted;
}

function shown(text: string): string {
  return forTerminal(text).replaceAll("\t", " ");
}
