import { Buffer } from "node:buffer";
import { hash32 } from "./dice.ts";
import type { ApiState } from "./api_call.ts";
import type { Position } from "./mailbox.ts";

/**
 * Opaque page tokens. A token holds where the page before ended (so mail that arrives meanwhile moves nothing) and a hash of the question;
 * given with another question, another user or after it was expired, it is refused.
 */

function seal(state: ApiState, question: readonly string[]): number {
  return hash32(state.pageTokenEpoch, question.length, ...question);
}

/** The token of the page that starts behind a position. */
export function makePageToken(state: ApiState, question: readonly string[], last: Position): string {
  const content = JSON.stringify([seal(state, question), last.date, last.id]);
  return Buffer.from(content, "utf8").toString("base64url");
}

/** Where the page starts; undefined when the token was not made for this question. */
export function readPageToken(state: ApiState, question: readonly string[], token: string): Position | undefined {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
  } catch {
    // Not made here: the caller refuses it like any other foreign token.
    return undefined;
  }
  if (!Array.isArray(content)) return undefined;
  const [made, date, id] = content as unknown[];
  if (made !== seal(state, question) || typeof date !== "number" || typeof id !== "string") return undefined;
  return { date, id };
}
