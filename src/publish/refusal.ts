import { TaskerError } from "../core/errors.ts";

/** A spot in a file as its author wrote it; line and column count from 1. */
export interface Place {
  readonly filename: string;
  /** The file's text, of which the message quotes one line. */
  readonly source: string;
  readonly line: number;
  readonly column: number;
}

const QUOTE_WIDTH = 120;
/** A problem may quote the source, and that may be one endless word. */
const LONGEST_PROBLEM = 400;

/** Text from a stranger's file made fit for one line of a terminal: control characters become `\u001b`. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (character) => {
    return character === "\t" ? " " : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** The line of a place and a caret under its column, on lines of their own; nothing of a line that is blank. */
function quote(place: Place): string {
  const line = (place.source.split("\n")[place.line - 1] ?? "").replace(/\r$/, "");
  if (line.trim() === "") return "";
  const from = Math.max(0, place.column - QUOTE_WIDTH);
  const before = printable(line.slice(from, place.column - 1));
  return `\n    ${before}${printable(line.slice(place.column - 1, from + QUOTE_WIDTH))}\n    ${
    " ".repeat(before.length)
  }^`;
}

/**
 * The error of a source that is not published: `file:line:column: problem`, the line, a caret.
 * `details` has `file`, `line` and `column` for programs.
 */
export function refusal(place: Place, problem: string, hint: string): TaskerError {
  const said = problem.length > LONGEST_PROBLEM ? `${problem.slice(0, LONGEST_PROBLEM)}…` : problem;
  const { line, column } = place;
  const file = printable(place.filename);
  return new TaskerError("PUBLISH_REFUSED", `${file}:${line}:${column}: ${printable(said)}${quote(place)}`, {
    hint: printable(hint),
    details: { file, line, column },
  });
}

/** The place of an offset in a text that is the file itself. */
export function placeAt(filename: string, source: string, offset: number): Place {
  const before = source.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { filename, source, line: before.split("\n").length, column: offset - lineStart + 1 };
}
