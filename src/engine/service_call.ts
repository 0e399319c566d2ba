import { serializeError, TaskerError } from "../core/errors.ts";
import { frameId } from "../core/ids.ts";
import type { Json } from "../core/json.ts";
import type { ServiceCall } from "../services/contract.ts";
import { sentArgs } from "../store/gates.ts";
import type { StackRun } from "../store/stack_runs.ts";
import { storedJson } from "../store/stored_json.ts";
import { optionsOf } from "./call_options.ts";
import { checkDeclared } from "./declared.ts";
import type { LiveRun } from "./live_run.ts";
import type { FrameEnd } from "./settlement.ts";

/** Bytes of JSON text. */
const MAX_RESULT = 16 * 1024 * 1024;

/** What a service is given of a frame. Throws FORBIDDEN when the task has not declared the service. */
export function serviceCall(live: LiveRun, frame: StackRun, signal: AbortSignal): ServiceCall {
  const { manifest } = live;
  checkDeclared(frame.service, live.code);
  return {
    taskRunId: live.id,
    frameId: frameId(live.id, frame.seq),
    taskName: live.code.name,
    manifest,
    method: frame.method,
    args: sentArgs(frame),
    attempt: frame.attempt,
    issuedAt: frame.issuedAt,
    progress: frame.progress === null ? undefined : storedJson(frame.progress),
    idempotencyKey: optionsOf(frame).idempotencyKey,
    signal,
  };
}

/** How a call ends that has given a value: it fails when that is too large for a journal. */
export function bounded(frame: StackRun, value: Json): FrameEnd {
  const json = JSON.stringify(value ?? null);
  if (json.length <= MAX_RESULT) return { status: "completed", json };
  const size = (json.length / 1024 / 1024).toFixed(1);
  const error = new TaskerError(
    "TOO_LARGE",
    `the result of ${frame.service}.${frame.method} is ${size} MiB, 16 MiB is the most`,
    {
      hint: "ask for less at a time: fewer ids, fewer fields, smaller pages",
    },
  );
  return { status: "failed", json: JSON.stringify(serializeError(error)) };
}
