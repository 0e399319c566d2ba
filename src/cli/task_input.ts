import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import { TaskerError } from "../core/errors.ts";
import { toKebabCase } from "./arguments.ts";
import { describeExpected, type TaskFlag } from "./task_flags.ts";

/** Where the text of `--input` comes from. */
export interface InputSources {
  readFile(path: string): Promise<string>;
  readStdin(): Promise<string>;
}

/** The value of `--input`: JSON, `@file`, or `-` for stdin. */
export async function readInput(text: string, sources: InputSources): Promise<Json> {
  const from = text === "-" ? "stdin" : text.startsWith("@") ? text.slice(1) : "--input";
  const json = text === "-"
    ? await sources.readStdin()
    : text.startsWith("@")
    ? await sources.readFile(text.slice(1))
    : text;
  try {
    return JSON.parse(json) as Json;
  } catch (error) {
    throw new TaskerError("USAGE", `the input from ${from} is not JSON: ${(error as Error).message}`, {
      hint: `write --input '{"name": "value"}', --input @file.json or --input - for stdin`,
      cause: error,
    });
  }
}

/** Refuses an input that the task's schema does not allow, naming every flag and what was expected of it. */
export async function checkInput(params: {
  taskName: string;
  schema: JsonObject;
  flags: readonly TaskFlag[];
  input: Json;
}): Promise<void> {
  const { Validator } = await import("@cfworker/json-schema");
  const result = new Validator(params.schema as object, "2020-12", false).validate(params.input);
  if (result.valid) return;
  const problems = result.errors
    .filter(({ keyword }) => keyword !== "properties" && keyword !== "items")
    .map((error) => describeProblem(params, error));
  throw new TaskerError(
    "INVALID_INPUT",
    `${params.taskName} does not take this input: ${[...new Set(problems)].join("; ")}`,
    {
      hint: `tasker run ${params.taskName} --help lists what it takes`,
    },
  );
}

interface Problem {
  readonly keyword: string;
  readonly instanceLocation: string;
  readonly error: string;
}

function describeProblem(
  params: { schema: JsonObject; flags: readonly TaskFlag[]; input: Json },
  problem: Problem,
): string {
  const path = problem.instanceLocation.replace(/^#\/?/, "").split("/").filter((part) => part !== "").map(
    unescapePointer,
  );
  const [property, ...inside] = path;
  if (property === undefined) {
    const missing = problem.keyword === "required" ? /"([^"]+)"/.exec(problem.error)?.[1] : undefined;
    if (missing !== undefined) return `${flagOf(params.flags, missing)} is missing`;
    const unknown = problem.keyword === "additionalProperties" ? /"([^"]+)"/.exec(problem.error)?.[1] : undefined;
    return unknown === undefined ? problem.error : `it has no "${unknown}"`;
  }
  const properties = isJsonObject(params.schema.properties) ? params.schema.properties : {};
  const schema = Object.hasOwn(properties, property) ? properties[property] : undefined;
  if (!isJsonObject(schema)) return `it has no "${property}"`;
  const given = isJsonObject(params.input) ? JSON.stringify(params.input[property]) : "";
  const shown = given.length > 60 ? `${given.slice(0, 59)}…` : given;
  const where = inside.length === 0 ? "" : ` (at ${inside.join(".")})`;
  return `${flagOf(params.flags, property)}${where}: expected ${describeExpected(schema)}, got ${shown}`;
}

function flagOf(flags: readonly TaskFlag[], property: string): string {
  const flag = flags.find((candidate) => candidate.property === property);
  return flag === undefined ? property : `--${toKebabCase(flag.name)}`;
}

/** RFC 6901, in a URI fragment. */
function unescapePointer(part: string): string {
  return decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
}
