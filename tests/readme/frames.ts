import { type Cell, Terminal } from "./terminal.ts";
import type { Received } from "./typist.ts";

/** A screen and how long it is shown, ms. */
export interface Frame {
  readonly screen: readonly (readonly Cell[])[];
  readonly cursor: { readonly row: number; readonly column: number };
  readonly ms: number;
}

/** What follows sooner than this (ms) belongs to the same picture: a line is cleared and drawn anew in two writes. */
const SETTLE = 45;

/**
 * The screens that somebody at the terminal saw, the last one for `last` ms. Of more than `limit` (2 or more) the
 * shortest are left out and their time goes to the one before; the first and the last stay.
 */
export function framesOf(
  received: readonly Received[],
  options: { columns: number; rows: number; limit: number; last: number },
): Frame[] {
  const terminal = new Terminal(options);
  const frames: Frame[] = [];
  received.forEach(({ at, text }, index) => {
    terminal.write(text);
    const next = received[index + 1];
    const ms = next === undefined ? options.last : next.at - at;
    if (ms >= SETTLE) {
      frames.push({ screen: terminal.screen(), cursor: terminal.cursor, ms });
    }
  });
  while (frames.length > Math.max(2, options.limit)) {
    const middle = frames.slice(1, -1);
    const shortest = 1 +
      middle.indexOf(
        middle.reduce((least, frame) => frame.ms < least.ms ? frame : least),
      );
    const [gone] = frames.splice(shortest, 1);
    frames[shortest - 1] = {
      ...frames[shortest - 1]!,
      ms: frames[shortest - 1]!.ms + gone!.ms,
    };
  }
  return frames;
}
