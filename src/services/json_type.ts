import type { Json } from "../core/json.ts";

/** What a JSON value is, in the words of an error message: never the value itself, which may be a secret. */
export function jsonType(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  return `a ${typeof value}`;
}
