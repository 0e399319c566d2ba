import { isJsonObject, type Json, type JsonObject, whyUnrecordable } from "../core/json.ts";
import { TaskerError } from "../core/errors.ts";
import type { InputFault } from "../engine/input_faults.ts";
import { toKebabCase } from "./arguments.ts";
import { describeExpected, type TaskFlag } from "./task_flags.ts";

/** Where the text of `--input` comes from. */
export interface InputSources {
  readFile(path: string): Promise<string>;
  readStdin(): Promise<string>;
}

/** The value of `--input`, or of a flag like it: JSON, `@file`, or `-` for stdin. */
export async function readInput(text: string, sources: InputSources, flag = "--input"): Promise<Json> {
  const from = text === "-" ? "stdin" : text.startsWith("@") ? text.slice(1) : flag;
  const json = text === "-"
    ? await sources.readStdin()
    : text.startsWith("@")
    ? await sources.readFile(text.slice(1))
    : text;
  try {
    return JSON.parse(json) as Json;
  } catch (error) {
    throw new TaskerError("USAGE", `the input from ${from} is not JSON: ${(error as Error).message}`, {
      hint: `write ${flag} '${
        flag === "--input" ? '{"name": "value"}' : '[{"name": "value"}]'
      }', ${flag} @file.json or ${flag} - for stdin`,
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
  const why = whyUnrecordable(params.input);
  if (why !== undefined) {
    throw new TaskerError("INVALID_INPUT", `the input for ${params.taskName} cannot be recorded: ${why}`, {
      hint: "give the task what leads to the data, e.g. ids or a query, not the data itself",
    });
  }
  const { inputFaults } = await import("../engine/input_faults.ts");
  const { faultText, listed } = await import("../engine/input_words.ts");
  const faults = inputFaults(params.schema, params.input);
  if (faults.length === 0) return;
  const problems = faults.map((fault) => describeFault(params, fault) ?? faultText(fault));
  throw new TaskerError(
    "INVALID_INPUT",
    `${params.taskName} does not take this input: ${listed(problems)}`,
    {
      hint: `tasker run ${params.taskName} --help lists what it takes`,
    },
  );
}

/** A fault in the words of the command line; undefined when it is about no flag. */
function describeFault(
  params: { schema: JsonObject; flags: readonly TaskFlag[]; input: Json },
  { path, keyword }: InputFault,
): string | undefined {
  const [property, ...inside] = path;
  if (property === undefined) return undefined;
  const isWhole = inside.length === 0;
  if (isWhole && keyword === "required") return `${flagOf(params.flags, property)} is missing`;
  const properties = isJsonObject(params.schema.properties) ? params.schema.properties : {};
  const schema = Object.hasOwn(properties, property) ? properties[property] : undefined;
  if (!isJsonObject(schema)) return `it has no "${property}"`;
  const flag = flagOf(params.flags, property);
  const given = isJsonObject(params.input) ? params.input[property]! : null;
  const item = Array.isArray(given) && inside.length === 1 ? (given as readonly Json[])[Number(inside[0])] : undefined;
  // One wrong choice of several is told by itself, with all there are.
  if (keyword === "enum" && item !== undefined && isJsonObject(schema.items)) {
    return `${flag}: expected ${describeExpected(schema.items)}, got ${shown(item)}`;
  }
  const where = isWhole ? "" : ` (at ${inside.join(".")})`;
  return `${flag}${where}: expected ${describeExpected(schema)}, got ${shown(given)}`;
}

function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function flagOf(flags: readonly TaskFlag[], property: string): string {
  const flag = flags.find((candidate) => candidate.property === property);
  return flag === undefined ? property : `--${toKebabCase(flag.name)}`;
}
