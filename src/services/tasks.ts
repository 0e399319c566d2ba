import { TaskerError } from "../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import type { Outcome, Service, ServiceCall, StartedRun } from "./contract.ts";
import { jsonType } from "./json_type.ts";
import { checkMethod } from "./methods.ts";
import { readDuration } from "./timer.ts";

/** As publish names task functions, and in capitals too: an unknown name is the engine's to refuse. */
const TASK_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
/** As a submission takes it. */
const KEY = /^[\P{C}]{1,200}$/u;

const METHODS = ["execute", "start", "result"];

/**
 * `tasks.execute(name, input = {})`: a nested run; the call gives the nested run's result, or throws its error.
 * `tasks.start(name, input = {}, { idempotencyKey, priority, deadline })`: a run of its own, which goes on whatever becomes of
 * the one that starts it; the call gives its id.
 * `tasks.result(id, { timeout })`: waits for the end of a run; gives its result, or throws its error. After the timeout (as
 * `timer.sleep` takes it, 0 only looks) it fails with TIMEOUT.
 */
export function createTasksService(): Service {
  return {
    name: "tasks",
    local: true,
    traits({ method }) {
      checkMethod("tasks", METHODS, method);
      return { repeatable: true, timeout: Infinity };
    },
    call(call): Outcome {
      const { method, args: [name, input = {}] } = call;
      checkMethod("tasks", METHODS, method);
      if (method === "result") return readEnd(call);
      if (typeof name !== "string" || !TASK_NAME.test(name)) {
        throw new TaskerError(
          "INVALID_INPUT",
          `tasks.${method} needs the name of a published task as its first argument`,
          {
            hint: `write tasks.${method}("name", { … }); \`tasker publish --list\` shows the names`,
          },
        );
      }
      return method === "start" ? readStart(name, input, call) : { type: "nested", taskName: name, input };
    },
  };
}

function readStart(taskName: string, input: Json, { args: [, , given = {}] }: ServiceCall): StartedRun {
  const { idempotencyKey = null, priority = null, deadline = null } = membersOf(given, "start", [
    "idempotencyKey",
    "priority",
    "deadline",
  ]);
  if (idempotencyKey !== null && (typeof idempotencyKey !== "string" || !KEY.test(idempotencyKey))) {
    throw refused("start", "the idempotencyKey must be 1 to 200 characters without control characters");
  }
  const isPriority = typeof priority === "number" && Number.isInteger(priority) && Math.abs(priority) <= 100;
  if (priority !== null && !isPriority) {
    throw refused("start", "the priority must be a whole number from -100 to 100");
  }
  return {
    type: "start",
    taskName,
    input,
    ...(idempotencyKey === null ? {} : { idempotencyKey }),
    ...(priority === null ? {} : { priority: priority as number }),
    ...(deadline === null ? {} : { deadline: readDuration("tasks.start", deadline) }),
  };
}

function readEnd({ args: [runId, given = {}], issuedAt }: ServiceCall): Outcome {
  if (typeof runId !== "string" || runId === "") {
    throw refused("result", "it needs the id of a run as its first argument");
  }
  const { timeout = null } = membersOf(given, "result", ["timeout"]);
  return {
    type: "end",
    runId,
    ...(timeout === null ? {} : { until: issuedAt + readDuration("tasks.result", timeout) }),
  };
}

function membersOf(given: Json, method: string, known: readonly string[]): JsonObject {
  const unknown = isJsonObject(given) ? Object.keys(given).find((name) => !known.includes(name)) : undefined;
  if (isJsonObject(given) && unknown === undefined) return given;
  const what = unknown === undefined ? jsonType(given) : `\`${unknown.slice(0, 60)}\``;
  throw refused(method, `it takes { ${known.join(", ")} } and no ${what}`);
}

function refused(method: string, why: string): TaskerError {
  return new TaskerError("INVALID_INPUT", `tasks.${method}: ${why}`);
}
