import { TaskerError } from "../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import { storedJson } from "../store/stored_json.ts";
import type { Outcome, Service } from "./contract.ts";
import { earlierRun } from "./earlier_run.ts";
import { checkMethod } from "./methods.ts";

/** How far a run is, as `task_runs.progress` keeps it. `total` null: not known. `at`: ms, when the run said so. */
export interface RunProgress {
  readonly done: number;
  readonly total: number | null;
  readonly unit: string | null;
  readonly note: string | null;
  readonly at: number;
}

/** Characters of a unit and of a note. */
const LONGEST = { unit: 40, note: 300 } as const;

const METHODS = ["progress", "timeZone", "earlier", "continueAsNew"];

/**
 * `run.progress(done, total | null, { unit?, note? })`: what a progress bar shows of the run. Answers null.
 * `run.timeZone()`: the zone (IANA) of the machine where the run was submitted. Task code that computes with local time takes
 * it from here: the machine may be in another zone when the run goes on.
 * `run.continueAsNew(input = {})`: ends the run; a new one of the same task and version goes on with the input.
 * `run.earlier([name, …])`: what lies there in the result of the earlier run that the input names; null when nothing does.
 */
export function createRunService(): Service {
  return {
    name: "run",
    local: true,
    traits({ method }) {
      checkMethod("run", METHODS, method);
      return { repeatable: true };
    },
    call({ method, args, issuedAt, manifest }): Outcome {
      checkMethod("run", METHODS, method);
      if (method === "continueAsNew") return { type: "continue", input: args[0] ?? {} };
      if (method === "earlier") {
        const path = args[0];
        if (!Array.isArray(path) || path.some((name) => typeof name !== "string")) {
          throw new TaskerError("INVALID_INPUT", "run.earlier needs a list of names, from the result inwards");
        }
        return {
          type: "effect",
          apply: (store, { run }) => {
            const { result } = earlierRun(store, manifest, run);
            return (path as readonly string[]).reduce(
              (at: Json, name) => isJsonObject(at) && Object.hasOwn(at, name) ? at[name]! : null,
              result === null ? null : storedJson(result),
            );
          },
        };
      }
      if (method === "timeZone") {
        return { type: "effect", apply: (store, { run }) => store.taskRuns.get(run)!.timeZone };
      }
      const progress = readProgress(args, issuedAt);
      return {
        type: "effect",
        apply(store, { run }) {
          store.taskRuns.setProgress(run, JSON.stringify(progress));
          return null;
        },
      };
    },
  };
}

export function readProgress(args: readonly Json[], at: number): RunProgress {
  const [done, total = null, options = {}] = args;
  if (!isCount(done) || (total !== null && !isCount(total))) {
    throw new TaskerError("INVALID_INPUT", "run.progress needs how much is done, and how much there is or null", {
      hint: 'write run.progress(12, 100, { unit: "users" })',
    });
  }
  const words = isJsonObject(options) ? options : {};
  return { done, total, unit: text(words, "unit"), note: text(words, "note"), at };
}

function isCount(value: Json | undefined): value is number {
  return typeof value === "number" && value >= 0;
}

function text(words: JsonObject, key: "unit" | "note"): string | null {
  const value = words[key];
  if (value === undefined || value === null) return null;
  if (typeof value === "string") return value.slice(0, LONGEST[key]);
  throw new TaskerError("INVALID_INPUT", `the ${key} given to run.progress must be text`);
}
