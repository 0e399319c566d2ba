import { TaskerError } from "../core/errors.ts";
import type { Outcome, Service } from "./contract.ts";
import { checkMethod } from "./methods.ts";

/** As publish names task functions, and in capitals too: an unknown name is the engine's to refuse. */
const TASK_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** `tasks.execute(name, input = {})`: a nested run; the call gives the nested run's result, or throws its error. */
export function createTasksService(): Service {
  return {
    name: "tasks",
    local: true,
    traits({ method }) {
      checkMethod("tasks", ["execute"], method);
      return { repeatable: true, timeout: Infinity };
    },
    call({ method, args }): Outcome {
      checkMethod("tasks", ["execute"], method);
      const [name, input = {}] = args;
      if (typeof name !== "string" || !TASK_NAME.test(name)) {
        throw new TaskerError(
          "INVALID_INPUT",
          "tasks.execute needs the name of a published task as its first argument",
          {
            hint: 'write tasks.execute("name", { … }); `tasker publish --list` shows the names',
          },
        );
      }
      return { type: "nested", taskName: name, input };
    },
  };
}
