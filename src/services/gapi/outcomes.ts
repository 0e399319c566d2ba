import { TaskerError } from "../../core/errors.ts";
import type { Outcome } from "../contract.ts";
import { makeError, target } from "./failure.ts";
import type { Answer, Operation } from "./requester.ts";

/** What a call whose signal was aborted answers: nothing is wrong with it, so it may be tried again. */
export function interruption(
  operation: Pick<Operation, "path" | "subject">,
  signal: AbortSignal,
): Outcome & { type: "error" } {
  const reason: unknown = signal.reason;
  const timedOut = reason instanceof Error && reason.name === "TimeoutError";
  const code = reason instanceof TaskerError ? reason.code : timedOut ? "TIMEOUT" : "CANCELLED";
  const message = `${target({ method: operation.path, subject: operation.subject })} was interrupted.`;
  return { type: "error", error: makeError(code, message, {}), retry: {} };
}

/** What a call of one request answers. */
export function outcomeOf(
  answer: Answer,
  operation: Pick<Operation, "path" | "subject">,
  signal: AbortSignal,
): Outcome {
  switch (answer.type) {
    case "data":
      return { type: "result", value: answer.data };
    case "wait":
      return answer;
    case "final":
      return { type: "error", error: answer.error };
    case "transient":
      return { type: "error", error: answer.error, retry: answer.at === undefined ? {} : { at: answer.at } };
    case "interrupted":
      return interruption(operation, signal);
  }
}
