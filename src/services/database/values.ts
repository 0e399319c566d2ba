import { canonicalJson, type Json } from "../../core/json.ts";
import type { Bindable } from "../../store/database.ts";
import { storedJson } from "../../store/stored_json.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * How a JSON value stands in a column (columns have no type, so any may stand in any): null, numbers and text as SQLite's
 * own; booleans, objects and arrays as a BLOB of their canonical JSON text, so that equal ones are equal bytes and none is
 * taken for a text that looks alike. Text that SQLite would damage (a NUL, half a surrogate pair) goes the same way.
 */
export function encodeValue(value: Json): Bindable {
  if (value === null || typeof value === "number") return value;
  if (typeof value === "string" && isPlainText(value)) return value;
  return encoder.encode(canonicalJson(value));
}

/** What `encodeValue` was given; null for NULL. */
export function decodeValue(stored: unknown): Json {
  if (stored instanceof Uint8Array) return storedJson(decoder.decode(stored));
  return (stored ?? null) as Json;
}

/** Whether a text is stored as TEXT, and so can be compared by order and pattern. */
export function isPlainText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}
