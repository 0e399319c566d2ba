import { isJsonObject, type Json } from "../core/json.ts";
import type { InputFault } from "./input_faults.ts";

/** Faults that are named; of more, only how many there are. */
const SHOWN = 10;
const LONGEST = 200;

const NOUNS: Readonly<Record<string, string>> = {
  string: "a string",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  null: "null",
};

/** Texts on one line, each once; of very many, the first few. */
export function listed(texts: readonly string[]): string {
  const different = [...new Set(texts)];
  const more = different.length > SHOWN ? [`and ${different.length - SHOWN} more`] : [];
  return [...different.slice(0, SHOWN), ...more].join("; ");
}

/** A fault of the whole that is named so, in plain words: "`n` must be a whole number". */
export function faultText({ path, keyword, expected }: InputFault, whole = "the input"): string {
  const what = path.length === 0 ? whole : `\`${short(pathText(path))}\``;
  const value = expected === undefined ? "" : short(JSON.stringify(expected));
  const characters = `${value} character${expected === 1 ? "" : "s"}`;
  const items = `${value} item${expected === 1 ? "" : "s"}`;
  switch (keyword) {
    case "required":
      return `${what} is missing`;
    case "unknown":
      return `${what} is unknown`;
    case "type":
      return `${what} must be ${either(typesOf(expected).map((type) => NOUNS[type] ?? type))}`;
    case "enum":
      return `${what} must be ${
        either(Array.isArray(expected) ? expected.map((one) => short(JSON.stringify(one))) : [])
      }`;
    case "const":
      return `${what} must be ${value}`;
    case "anyOf":
    case "oneOf":
      return `${what} ${wayOut(expected)}`;
    case "minimum":
      return `${what} must be at least ${value}`;
    case "maximum":
      return `${what} must be at most ${value}`;
    case "exclusiveMinimum":
      return `${what} must be more than ${value}`;
    case "exclusiveMaximum":
      return `${what} must be less than ${value}`;
    case "multipleOf":
      return `${what} must be a multiple of ${value}`;
    case "minLength":
      return `${what} must have at least ${characters}`;
    case "maxLength":
      return `${what} must have at most ${characters}`;
    case "minItems":
      return `${what} must have at least ${items}`;
    case "maxItems":
      return `${what} must have at most ${items}`;
    case "uniqueItems":
      return `${what} must not have an item twice`;
    case "pattern":
      return `${what} must match the pattern ${typeof expected === "string" ? short(expected) : ""}`;
    case "format":
      return `${what} must be written as: ${typeof expected === "string" ? short(expected) : ""}`;
    case "wellFormed":
      return "a property's name holds half of a character (a lone surrogate)";
    case "comparable":
      return "it is too large, or nested too deep, to be compared with the task's schema";
    default:
      return `${what} does not meet ${JSON.stringify(keyword)} of the task's schema`;
  }
}

/** As JavaScript writes it: `a.b[0]`. */
function pathText(path: readonly string[]): string {
  return path.map((part, index) => /^\d+$/.test(part) ? `[${part}]` : index === 0 ? part : `.${part}`).join("");
}

function typesOf(expected: Json | undefined): string[] {
  return (Array.isArray(expected) ? expected as readonly Json[] : [expected ?? ""]).map(String);
}

/** The ways of which one had to fit, when they are simple enough to be named. */
function wayOut(ways: Json | undefined): string {
  const types = (Array.isArray(ways) ? ways as readonly Json[] : []).map((way) =>
    isJsonObject(way) ? way.type : undefined
  );
  if (types.length === 0 || types.some((type) => type === undefined)) return "has none of the shapes it may have";
  return `must be ${either(types.flatMap((type) => typesOf(type)).map((type) => NOUNS[type] ?? type))}`;
}

function either(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function short(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
