import type { Json } from "../core/json.ts";
import type { LogLevel } from "../store/logs.ts";
import type { Outcome, Service } from "./contract.ts";
import { checkMethod } from "./methods.ts";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];
/** Characters of one line; what is more is counted, not kept. */
export const LONGEST_LINE = 32_768;

/** `log.debug|info|warn|error(...values)`: one line of the run's log, at the time of the call. Answers null. */
export function createLogService(): Service {
  return {
    name: "log",
    local: true,
    traits({ method }) {
      checkMethod("log", LEVELS, method);
      return { repeatable: true };
    },
    call({ method, args, issuedAt }): Outcome {
      checkMethod("log", LEVELS, method);
      const text = formatLine(args);
      return {
        type: "effect",
        apply(store, { run }) {
          store.logs.append({ run, at: issuedAt, level: method as LogLevel, source: "task", text });
          return null;
        },
      };
    },
  };
}

/** Strings as they are, everything else as JSON, with spaces between. */
export function formatLine(values: readonly Json[]): string {
  const text = values.map((value) => typeof value === "string" ? value : JSON.stringify(value)).join(" ");
  const cut = text.length - LONGEST_LINE;
  return cut > 0 ? `${text.slice(0, LONGEST_LINE)} … (${cut} more characters)` : text;
}
