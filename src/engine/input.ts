import { Validator } from "@cfworker/json-schema";
import { TaskerError } from "../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";

/** The input with the schema's defaults filled in; throws INVALID_INPUT naming each property that does not fit. */
export function completeInput(schema: JsonObject, input: Json): Json {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const defaults = Object.entries(properties).flatMap(([name, property]) =>
    isJsonObject(property) && property.default !== undefined ? [[name, property.default] as const] : []
  );
  const complete = isJsonObject(input) ? { ...Object.fromEntries(defaults), ...input } : input;
  const { valid, errors } = new Validator(schema as object, "2020-12", false).validate(complete);
  if (valid) return complete;
  const reasons = errors
    .filter((error) => error.keyword !== "properties" && error.keyword !== "items")
    .map((error) => `${error.instanceLocation.replace(/^#\/?/, "") || "input"}: ${error.error}`);
  throw new TaskerError("INVALID_INPUT", `the input does not fit the task: ${[...new Set(reasons)].join("; ")}`, {
    hint: "see the task's input with `tasker run TASK --help`",
    details: { errors: reasons },
  });
}
