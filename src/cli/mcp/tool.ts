import { TaskerError } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Door } from "./door.ts";

/** A tool as a model sees it, and what it does. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Of each argument, a JSON Schema with a description. */
  readonly arguments: Readonly<Record<string, JsonObject>>;
  readonly required?: readonly string[];
  /** `final`: what it does cannot be taken back. */
  readonly kind: "reads" | "changes" | "final";
  /** Whether something may leave the machine by it. */
  readonly reachesOut?: boolean;
  /** Whether the answer holds what others have written, such as mail. */
  readonly quotesOthers?: boolean;
  run(args: Arguments, door: Door): Promise<unknown>;
}

/** Arguments, checked against the tool's schema. */
export interface Arguments {
  readonly run: string;
  readonly task: string;
  readonly input?: JsonObject;
  readonly name: string;
  readonly data?: Json;
  readonly call: string;
  readonly args?: Json;
  readonly reason?: string;
  readonly idempotency_key?: string;
  readonly status?: string;
  readonly kind?: string;
  readonly words?: string;
  readonly after?: string;
  readonly limit?: number;
  readonly seconds?: number;
}

export const RUN: JsonObject = {
  type: "string",
  description: 'Id of the run, a unique beginning or end of it of 4 characters or more, or "last"',
};

export function limitOf(most: number, otherwise: number): JsonObject {
  return { type: "integer", minimum: 1, maximum: most, default: otherwise, description: "At most so many" };
}

export const AFTER: JsonObject = {
  type: "string",
  description: "`next` of the page before, for the page after it",
};

/** The number that a place is. Throws INVALID_INPUT. */
export function placeOf(after: string | undefined): number {
  if (after === undefined) return 0;
  if (/^\d{1,15}$/.test(after)) return Number(after);
  throw new TaskerError("INVALID_INPUT", `"${after.slice(0, 60)}" is no place in this list`, {
    hint: "give `next` of the page before, or leave it out",
  });
}

/** Seconds that a tool may wait; clients give a request up after a minute as a rule. */
export function secondsOf(otherwise: number): JsonObject {
  return {
    type: "integer",
    minimum: 0,
    maximum: 50,
    default: otherwise,
    description: "Wait so long at most for the run's end",
  };
}
