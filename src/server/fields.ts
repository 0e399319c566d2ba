import { DURATION_HINT, parseDuration } from "../core/duration.ts";
import { TaskerError } from "../core/errors.ts";
import { isJsonObject, type Json } from "../core/json.ts";

/** What each text of a request is, for whoever left it out. */
const MEANINGS: Readonly<Record<string, string>> = {
  id: "it is the id of a run; `tasker runs` lists them",
  call: "it is the `id` of a call that waits for a person; `tasker approvals` lists them",
  name: "it is the name of what is asked for: a published task, a schedule, or a signal",
  pattern: 'it says when, as cron does: "0 7 * * *"',
};

/** A text that a request must bring. */
export function text(value: unknown, name: string): string {
  if (typeof value === "string" && value !== "") return value;
  const isMissing = value === undefined || value === null || value === "";
  throw new TaskerError("INVALID_INPUT", `\`${name}\` ${isMissing ? "is missing" : "must be a string"}`, {
    hint: MEANINGS[name] ?? "it is the name of a published task",
  });
}

/** The number of a call. */
export function seqOf(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw new TaskerError("INVALID_INPUT", `\`${name}\` must be the number of a call, 1 or more`, {
    hint: "`tasker show RUN` numbers the calls of a run",
  });
}

/** `{ "3": result }`: results by the numbers of calls. */
export function answersIn(value: Json | undefined): Map<number, Json> {
  if (value !== undefined && !isJsonObject(value)) {
    throw new TaskerError("INVALID_INPUT", "`set` must be an object: a result for the number of each call", {
      hint: 'such as {"3": {"messages": []}}',
    });
  }
  return new Map(Object.entries(value ?? {}).map(([seq, result]) => [seqOf(Number(seq), "set"), result]));
}

export function optionalText(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null || typeof value === "string") return value ?? undefined;
  throw new TaskerError("INVALID_INPUT", `\`${name}\` must be a string`, { hint: "leave it out, or write a text" });
}

/** A list of texts that a request must bring. */
export function texts(value: unknown, name: string): string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw new TaskerError("INVALID_INPUT", `\`${name}\` must be a list of strings`, { hint: "send ids of runs" });
}

/** An id that the client has chosen. */
export function newId(value: unknown): string {
  if (typeof value === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)) return value;
  throw new TaskerError("INVALID_INPUT", "`id` must be a UUID in small letters", {
    hint: "leave it out, and one is chosen; choose it to ask again safely when no answer came",
  });
}

/** How long something may take: ms, or a text such as `2h`. */
export function duration(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const ms = typeof value === "string" ? parseDuration(value) : value;
  if (typeof ms === "number" && Number.isFinite(ms) && ms >= 0) return ms;
  throw new TaskerError("INVALID_INPUT", `\`${name}\` is no duration`, { hint: DURATION_HINT });
}

/** A key that names a submission. The file gives back text up to its first NUL. */
export function submissionKey(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && /^[\P{C}]{1,200}$/u.test(value)) return value;
  throw new TaskerError("INVALID_INPUT", "`idempotencyKey` must be 1 to 200 characters without control characters", {
    hint: "such as the number of the order that the run is about",
  });
}

/** How soon a run and its calls go. */
export function runPriority(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= 100) return value;
  throw new TaskerError("INVALID_INPUT", "`priority` must be a whole number from -100 to 100", {
    hint: "higher goes first; without one it is 0",
  });
}
