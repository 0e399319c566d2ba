import { type SerializedError, serializeError, TaskerError } from "../../core/errors.ts";
import { forTerminal } from "../../mail/safe_text.ts";
import { styled, type Terminal } from "./terminal.ts";

/** An error as stderr shows it: `error: message (CODE)` and, on a line of its own, what to do. */
export function renderError(error: SerializedError, color: boolean): string {
  const hint = error.hint === undefined ? "" : `  ${styled(color, "dim", "hint:")} ${safeLines(error.hint)}\n`;
  return `${styled(color, ["bold", "red"], "error:")} ${safeLines(error.message)} (${safeLines(error.code)})\n${hint}`;
}

/** Lines stay lines; everything else that steers a terminal goes. */
export function safeLines(text: string): string {
  return text.split("\n").map(forTerminal).join("\n");
}

export function writeError(terminal: Terminal, error: unknown): void {
  const unexpected = !(error instanceof TaskerError) && error instanceof Error &&
    Deno.env.get("TASKER_DEBUG") !== undefined;
  terminal.err(renderError(serializeError(error), terminal.color.err));
  if (unexpected) terminal.err(`${safeLines(error.stack ?? "")}\n`);
}

/** A remark for the person at the terminal. */
export function note(terminal: Terminal, text: string): void {
  terminal.err(`${safeLines(text)}\n`);
}

export function warn(terminal: Terminal, text: string): void {
  terminal.err(`${styled(terminal.color.err, "yellow", "warning:")} ${safeLines(text)}\n`);
}
