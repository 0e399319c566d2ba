/** What may cross the border of an isolate, a row or an HTTP body. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/** Whether a value is a JSON object (not null, not an array). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** JSON text with the keys of every object sorted, so that equal values give equal text. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (isJsonObject(value)) {
    const members = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key]!)}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value);
}

/** How many arrays and objects may stand inside each other in what is recorded: SQLite reads no JSON that is deeper. */
const DEEPEST = 1_000;

/** Why a value cannot be recorded as it is; undefined when it can. */
export function whyUnrecordable(value: Json): string | undefined {
  let level: readonly Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (level.some((part) => typeof part === "number" && !Number.isFinite(part))) return "a number in it is too large";
    const containers = level.filter((part) => typeof part === "object" && part !== null);
    if (containers.length > 0 && depth === DEEPEST) {
      return "it is nested too deep: 1,000 arrays or objects inside each other are the most";
    }
    level = containers.flatMap((part) => Array.isArray(part) ? part : Object.values(part as JsonObject));
  }
}
