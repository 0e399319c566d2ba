import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import { TaskerError } from "../core/errors.ts";
import { toCamelCase, toKebabCase } from "./arguments.ts";
import { parseText, parseWhole } from "./flags.ts";

/** A flag of `tasker run <task>`, made from a property of the task's input schema. */
export interface TaskFlag {
  readonly property: string;
  /** Camel case; shown in kebab case. */
  readonly name: string;
  /** Other long names (camel case) that are understood and not shown. */
  readonly otherNames: readonly string[];
  /** One letter each. */
  readonly letters: readonly string[];
  readonly schema: JsonObject;
  /** Whether the schema asks for it; a default gives it too. */
  readonly isRequired: boolean;
}

/** Flags of every `run` command: a property of that name becomes `--input-<name>`. */
export type Reserved = ReadonlySet<string>;

/** The flags of an input schema, in its order. Names and letters that are taken already are left out. */
export function taskFlags(input: JsonObject, reserved: { names: Reserved; letters: Reserved }): TaskFlag[] {
  const properties = isJsonObject(input.properties) ? input.properties : {};
  const required = Array.isArray(input.required) ? input.required as readonly Json[] : [];
  const taken = new Set(reserved.names);
  const letters = new Set(reserved.letters);
  const free = (name: string) => !taken.has(name) && taken.add(name) !== undefined;
  const freeLetter = (letter: string) => !letters.has(letter) && letters.add(letter) !== undefined;
  const flags = Object.entries(properties).map(([property, schema]) => {
    const described = isJsonObject(schema) ? schema : {};
    const flag = isJsonObject(described["x-flag"]) ? described["x-flag"] : {};
    const wanted = toCamelCase(typeof flag.name === "string" ? flag.name : property);
    const isFree = (wanted.length > 1 || freeLetter(wanted)) && free(wanted);
    const name = isFree ? wanted : toCamelCase(`input-${toKebabCase(wanted)}`);
    taken.add(name);
    const aliases = (Array.isArray(flag.aliases) ? flag.aliases as readonly Json[] : []).filter((alias) =>
      typeof alias === "string"
    );
    return { property, name, schema: described, aliases };
  });
  return flags.map(({ property, name, schema, aliases }) => ({
    property,
    name,
    schema,
    isRequired: required.includes(property) && schema.default === undefined,
    letters: [
      ...(name.length === 1 ? [name] : []),
      ...aliases.filter((alias) => alias.length === 1 && freeLetter(alias)),
    ],
    otherNames: [property, ...aliases.map(toCamelCase)].filter((other) =>
      other.length > 1 && other !== name && free(other)
    ),
  }));
}

/** The parser's description of the flags and their letters. */
export function parserFlags(flags: readonly TaskFlag[]): {
  flags: Record<string, object>;
  aliases: Record<string, string>;
} {
  const described: Record<string, object> = {};
  const aliases: Record<string, string> = {};
  for (const flag of flags) {
    const also = flag.otherNames.length === 0
      ? ""
      : ` [also: ${flag.otherNames.map((name) => `--${name}`).join(", ")}]`;
    const shown = parserFlag(flag.schema);
    // The parser is not told: the value may come with --input.
    described[flag.name] = { ...shown, brief: shown.brief + (flag.isRequired ? " [required]" : "") + also };
    for (const other of flag.otherNames) described[other] = { ...parserFlag(flag.schema), hidden: true };
    for (const letter of flag.letters) aliases[letter] = flag.name;
  }
  return { flags: described, aliases };
}

function parserFlag(schema: JsonObject): { readonly brief: string; readonly [key: string]: unknown } {
  const described = typeof schema.description === "string";
  const brief = `${described ? schema.description : describeExpected(schema)}${shownDefault(schema)}${
    described ? shownType(schema) : ""
  }`;
  const common = { brief, optional: true };
  const type = typeOf(schema);
  if (type === "boolean") return { ...common, kind: "boolean" };
  const choices = stringChoices(schema);
  if (choices !== undefined) return { ...common, kind: "enum", values: choices };
  if (type !== "array") {
    return { ...common, kind: "parsed", parse: valueParser(schema), placeholder: placeholderOf(type) };
  }
  const items = isJsonObject(schema.items) ? schema.items : {};
  return {
    ...common,
    brief: `${brief} [repeat, or separate by commas${isTextList(schema) ? "; @FILE, @FILE.csv:COLUMN" : ""}]`,
    kind: "parsed",
    parse: (input: string) => splitList(input).map(valueParser(items)),
    variadic: true,
    placeholder: "list",
  };
}

/** Items of a comma list; blanks around them do not count. */
function splitList(input: string): string[] {
  return input.split(",").map((item) => item.trim()).filter((item) => item !== "");
}

/** Reads one value as its schema's type; a value that is no text is written as JSON. */
export function valueParser(schema: JsonObject): (input: string) => Json {
  switch (typeOf(schema)) {
    case "string":
      return parseText;
    case "integer":
      return parseWhole;
    case "number":
      return (input) => {
        if (input.trim() === "" || !Number.isFinite(Number(input))) throw new Error("expected a number");
        return Number(input);
      };
    case "boolean":
      return (input) => {
        if (!/^(true|false)$/i.test(input)) throw new Error("expected true or false");
        return input.toLowerCase() === "true";
      };
    default:
      return (input) => {
        try {
          return JSON.parse(input) as Json;
        } catch {
          throw new Error("expected JSON");
        }
      };
  }
}

function typeOf(schema: JsonObject): string {
  const types = (Array.isArray(schema.type) ? schema.type as readonly Json[] : [schema.type]).filter((type) =>
    type !== "null"
  );
  if (types.length === 1 && typeof types[0] === "string") return types[0];
  return stringChoices(schema) === undefined ? "json" : "string";
}

/** Whether a property is a list of free texts. */
export function isTextList(schema: JsonObject): boolean {
  const items = isJsonObject(schema.items) ? schema.items : {};
  return typeOf(schema) === "array" && typeOf(items) === "string" && stringChoices(items) === undefined;
}

function stringChoices(schema: JsonObject): string[] | undefined {
  const values = Array.isArray(schema.enum) ? (schema.enum as readonly Json[]).filter((value) => value !== null) : [];
  return values.length > 0 && values.every((value) => typeof value === "string") ? values as string[] : undefined;
}

function placeholderOf(type: string): string {
  return type === "integer" || type === "number" ? "n" : type === "json" || type === "object" ? "json" : "text";
}

function shownDefault({ default: value }: JsonObject): string {
  if (value === undefined || value === "" || value === null) return "";
  return ` [default: ${
    Array.isArray(value) ? value.join(",") : typeof value === "object" ? JSON.stringify(value) : String(value)
  }]`;
}

/** Of a value that is no plain text what it must be; switches, choices and lists show it by themselves. */
function shownType(schema: JsonObject): string {
  if (stringChoices(schema) !== undefined || ["string", "boolean", "array"].includes(typeOf(schema))) return "";
  return ` [${describeExpected(schema)}]`;
}

/** What a value must be, in words: `a whole number of at least 1`. */
export function describeExpected(schema: JsonObject): string {
  const choices = Array.isArray(schema.enum) ? schema.enum as readonly Json[] : undefined;
  if (choices !== undefined) {
    return `one of ${choices.map((choice) => typeof choice === "string" ? choice : JSON.stringify(choice)).join(", ")}`;
  }
  const nouns: Readonly<Record<string, string>> = {
    string: "text",
    integer: "a whole number",
    number: "a number",
    boolean: "true or false",
    array: "a list",
    object: "a JSON object",
  };
  const bounds = [
    schema.minimum === undefined ? "" : `of at least ${schema.minimum}`,
    schema.maximum === undefined ? "" : `of at most ${schema.maximum}`,
    schema.minLength === undefined ? "" : `of at least ${schema.minLength} characters`,
    schema.maxLength === undefined ? "" : `of at most ${schema.maxLength} characters`,
    schema.pattern === undefined ? "" : `matching ${schema.pattern}`,
  ].filter((bound) => bound !== "");
  const items = isJsonObject(schema.items) ? ` of ${describeExpected(schema.items)}` : "";
  return [(nouns[typeOf(schema)] ?? "JSON") + items, bounds.join(" and ")].filter((part) => part !== "").join(" ");
}

/** The input that the given flags make. Two names of one property with different values are refused. */
export function inputFromFlags(flags: readonly TaskFlag[], values: Readonly<Record<string, unknown>>): JsonObject {
  const input: Record<string, Json> = {};
  for (const flag of flags) {
    const given = [flag.name, ...flag.otherNames].filter((name) => values[name] !== undefined);
    if (given.length > 1) {
      throw new TaskerError(
        "USAGE",
        `${given.map((name) => `--${toKebabCase(name)}`).join(" and ")} are the same flag`,
        {
          hint: "give one of them",
        },
      );
    }
    if (given[0] === undefined) continue;
    const value = values[given[0]] as Json;
    input[flag.property] = typeOf(flag.schema) === "array" && Array.isArray(value) ? value.flat() : value;
  }
  return input;
}
