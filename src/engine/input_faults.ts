import { type OutputUnit, Validator } from "@cfworker/json-schema";
import { TaskerError } from "../core/errors.ts";
import { canonicalJson, isJsonObject, type Json, type JsonObject } from "../core/json.ts";

/** One thing that an input has against its schema. */
export interface InputFault {
  /** Names and indices from the input's root to what is wrong, or missing. */
  readonly path: readonly string[];
  /** The word of JSON Schema that is not met; `unknown` for what must not be there. */
  readonly keyword: string;
  /** What the schema says for that word. */
  readonly expected: Json | undefined;
}

/** Characters of an input for which all faults are looked for; of a larger one, only the first. */
const SMALL = 64 * 1024;
/** Their own faults are told apart from that of the whole. */
const CONTAINERS =
  /^(\$ref|properties|patternProperties|additional.*|unevaluated.*|items|prefixItems|allOf|if|.*Schemas)$/;
/** Their parts' faults say nothing: one of several ways had to fit. */
const WHOLES = ["anyOf", "oneOf", "contains"];

/** What an input has against its schema; empty when it fits. Throws TASK_FAILED when the schema itself cannot be used. */
export function inputFaults(schema: JsonObject, input: Json): InputFault[] {
  try {
    const { rest, faults } = withoutUniqueLists(schema, input);
    const first = check(rest, input, true);
    if (first.length === 0) return faults;
    const units = JSON.stringify(input).length > SMALL ? first : check(rest, input, false);
    return [...faults, ...units.filter(isOwn).map((unit) => faultOf(schema, unit))];
  } catch (error) {
    // The validator writes paths as URIs, and spreads lists of errors over the stack.
    if (error instanceof URIError) return [{ path: [], keyword: "wellFormed", expected: undefined }];
    if (error instanceof RangeError) return [{ path: [], keyword: "comparable", expected: undefined }];
    throw new TaskerError("TASK_FAILED", `the task's input schema cannot be used: ${(error as Error).message}`, {
      hint: "correct `input` in the task's manifest and publish it again",
      cause: error,
    });
  }
}

function check(schema: JsonObject, input: Json, onlyFirst: boolean): OutputUnit[] {
  return new Validator(schema as object, "2020-12", onlyFirst).validate(input).errors;
}

function isOwn(unit: OutputUnit, _index: number, all: readonly OutputUnit[]): boolean {
  if (CONTAINERS.test(unit.keyword)) return false;
  return !all.some(({ keyword, keywordLocation }) =>
    WHOLES.includes(keyword) && unit.keywordLocation.startsWith(`${keywordLocation}/`)
  );
}

function faultOf(schema: JsonObject, unit: OutputUnit): InputFault {
  const path = readPointer(unit.instanceLocation);
  if (unit.keyword === "false") return { path, keyword: "unknown", expected: undefined };
  const missing = /^Instance does not have required property "(.*)"\.$/s.exec(unit.error)?.[1];
  if (missing !== undefined) return { path: [...path, missing], keyword: "required", expected: undefined };
  return { path, keyword: unit.keyword, expected: lookUp(schema, readPointer(unit.keywordLocation)) };
}

/** RFC 6901, in a URI fragment. */
function readPointer(pointer: string): string[] {
  return pointer.split("/").slice(1)
    .map((part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~"));
}

function lookUp(schema: JsonObject, path: readonly string[]): Json | undefined {
  let at: Json | undefined = schema;
  for (const key of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as JsonObject)[key];
    if (key === "$ref" && typeof at === "string") at = at.startsWith("#") ? lookUp(schema, readPointer(at)) : undefined;
  }
  return at;
}

/**
 * The validator compares each item with each other one, which takes minutes for a long list of ids. The lists that are
 * a task's own properties are therefore looked through here.
 */
function withoutUniqueLists(schema: JsonObject, input: Json): { rest: JsonObject; faults: InputFault[] } {
  const { properties } = schema;
  if (!isJsonObject(properties) || JSON.stringify(schema).includes('"$ref"')) return { rest: schema, faults: [] };
  const rest: Record<string, Json> = {};
  const faults: InputFault[] = [];
  for (const [name, property] of Object.entries(properties)) {
    const isUnique = isJsonObject(property) && property.uniqueItems === true;
    Object.defineProperty(rest, name, {
      value: isUnique ? { ...property, uniqueItems: false } : property,
      enumerable: true,
    });
    const list = isJsonObject(input) && Object.hasOwn(input, name) ? input[name] : undefined;
    if (!isUnique || !Array.isArray(list)) continue;
    if (new Set(list.map(canonicalJson)).size < list.length) {
      faults.push({ path: [name], keyword: "uniqueItems", expected: true });
    }
  }
  return { rest: { ...schema, properties: rest }, faults };
}
