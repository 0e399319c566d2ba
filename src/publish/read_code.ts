import type { Comment, Options, Program } from "acorn";

/** JavaScript that has been read: its syntax tree, and its comments in order. */
export interface ReadCode {
  readonly program: Program;
  readonly comments: readonly Comment[];
}

/** Reads JavaScript. Throws acorn's SyntaxError, whose `pos` is an offset. */
export async function readCode(code: string, options: Omit<Options, "ecmaVersion" | "onComment">): Promise<ReadCode> {
  const { parse } = await import("acorn");
  const comments: Comment[] = [];
  return { program: parse(code, { ...options, ecmaVersion: "latest", onComment: comments }), comments };
}
