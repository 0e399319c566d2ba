import { TaskerError } from "../core/errors.ts";
import { isJsonObject, type Json } from "../core/json.ts";
import type { Outcome, Service } from "./contract.ts";
import { jsonType } from "./json_type.ts";
import { checkMethod } from "./methods.ts";
import { readDuration } from "./timer.ts";

/** One word, so that it can be written on a command line as it is. */
const NAME = /^[^\s\p{C}]{1,100}$/u;
/** Characters. */
const LONGEST_QUESTION = 2_000;

/**
 * `signals.wait(name, { timeout, schema, question })`: the data of the run's oldest signal of that name that no other call has
 * taken; waits for one when there is none. `schema` (JSON Schema) says what data is taken, `question` what a person is asked,
 * `timeout` (as `timer.sleep` takes it, 0 only looks) after which the call fails with SIGNAL_TIMEOUT.
 */
export function createSignalsService(): Service {
  return {
    name: "signals",
    local: true,
    traits({ method }) {
      checkMethod("signals", ["wait"], method);
      return { repeatable: true };
    },
    call({ method, args: [name, options = {}], issuedAt }): Outcome {
      checkMethod("signals", ["wait"], method);
      if (!isSignalName(name)) throw noName("signals.wait needs the name of a signal as its first argument");
      const { timeout = null, schema = null, question = null } = readOptions(options);
      if (schema !== null && !isJsonObject(schema)) {
        throw new TaskerError(
          "INVALID_INPUT",
          `signals.wait: the schema must be a JSON Schema, not ${jsonType(schema)}`,
          {
            hint: 'such as { type: "boolean" }',
          },
        );
      }
      if (question !== null && (typeof question !== "string" || question.length > LONGEST_QUESTION)) {
        throw new TaskerError(
          "INVALID_INPUT",
          `signals.wait: the question must be a text of ${LONGEST_QUESTION} characters at most`,
        );
      }
      return {
        type: "signal",
        name,
        ...(schema === null ? {} : { schema }),
        ...(timeout === null ? {} : { until: issuedAt + readDuration("signals.wait", timeout) }),
        waitingFor: question === null ? `the signal ${name}` : `an answer: ${question} (signal ${name})`,
      };
    },
  };
}

export function isSignalName(name: Json | undefined): name is string {
  return typeof name === "string" && NAME.test(name);
}

export function noName(message: string): TaskerError {
  return new TaskerError("INVALID_INPUT", message, { hint: "a name is one word of at most 100 characters" });
}

function readOptions(options: Json): { readonly [name: string]: Json } {
  const known = ["timeout", "schema", "question"];
  const unknown = isJsonObject(options) ? Object.keys(options).find((name) => !known.includes(name)) : undefined;
  if (isJsonObject(options) && unknown === undefined) return options;
  const what = unknown === undefined ? jsonType(options) : `\`${unknown.slice(0, 60)}\``;
  throw new TaskerError("INVALID_INPUT", `signals.wait takes { timeout, schema, question } and no ${what}`);
}
