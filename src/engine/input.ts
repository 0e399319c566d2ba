import { TaskerError } from "../core/errors.ts";
import { isJsonObject, type Json, type JsonObject, whyUnrecordable } from "../core/json.ts";
import { inputFaults } from "./input_faults.ts";
import { faultText, listed } from "./input_words.ts";

/** The input with the schema's defaults filled in; throws INVALID_INPUT naming each property that does not fit. */
export function completeInput(schema: JsonObject, input: Json): Json {
  const why = whyUnrecordable(input);
  if (why !== undefined) {
    throw new TaskerError("INVALID_INPUT", `the input cannot be recorded: ${why}`, {
      hint: "give the task what leads to the data, e.g. ids or a query, not the data itself",
    });
  }
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const defaults = Object.entries(properties).flatMap(([name, property]) =>
    isJsonObject(property) && property.default !== undefined ? [[name, property.default] as const] : []
  );
  const complete = isJsonObject(input) ? { ...Object.fromEntries(defaults), ...input } : input;
  const faults = inputFaults(schema, complete);
  if (faults.length === 0) return complete;
  throw new TaskerError(
    "INVALID_INPUT",
    `the input does not fit the task: ${listed(faults.map((fault) => faultText(fault)))}`,
    {
      hint: "see the task's input with `tasker run TASK --help`",
    },
  );
}
