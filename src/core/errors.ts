/** The one error class of tasker. It is thrown anywhere and rendered at three edges only: CLI, HTTP, isolate. */

/** What an error is about, as the edges map it to an exit code or an HTTP status. */
export type ErrorCode =
  | "USAGE"
  | "INVALID_INPUT"
  | "NOT_FOUND"
  | "CONFLICT"
  | "UNAUTHORIZED"
  | "FORBIDDEN"
  | "TOO_LARGE"
  | "UNAVAILABLE"
  | "TIMEOUT"
  | "SIGNAL_TIMEOUT"
  | "CANCELLED"
  | "DEADLINE_EXCEEDED"
  | "DATABASE_UNUSABLE"
  | "DATABASE_BUSY"
  | "NOT_OWNER"
  | "PUBLISH_REFUSED"
  | "SERVICE_UNKNOWN"
  | "METHOD_UNKNOWN"
  | "METHOD_REFUSED"
  | "NAMESPACE_REFUSED"
  | "HOST_REFUSED"
  | "POLICY_DENIED"
  | "POLICY_REFUSED"
  | "TASK_FAILED"
  | "TASK_STALLED"
  | "TASK_KILLED_PROCESS"
  | "ISOLATE_LOST"
  | "NOTHING_TO_WAIT_FOR"
  | "NON_DETERMINISM"
  | "OUTCOME_UNKNOWN"
  | "RATE_LIMITED"
  | "QUOTA_EXHAUSTED"
  | "CREDENTIALS"
  | "NO_MAILBOX"
  | "INTERNAL";

/** An error as it is stored in a row, sent over HTTP, or given to task code. Never holds a secret. */
export interface SerializedError {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** Facts a program may want, e.g. the HTTP status a Google server answered. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Of a run's error: the seq of the failed call that the code ended of. */
  readonly call?: number;
  /** Frames of the task's own files only. */
  readonly stack?: string;
}

export interface TaskerErrorOptions {
  /** What to do next, in one sentence. */
  hint?: string;
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** Says what failed, on what, and (in `hint`) what to do next. */
export class TaskerError extends Error {
  override readonly name: string = "TaskerError";
  readonly code: ErrorCode;
  readonly hint?: string;
  readonly details?: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: TaskerErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
    if (options.details !== undefined) this.details = options.details;
  }
}

/** The serialised form of anything thrown; an error that is not ours becomes `INTERNAL` and keeps only its message. */
export function serializeError(error: unknown): SerializedError {
  if (error instanceof TaskerError) {
    return {
      name: error.name,
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.details === undefined ? {} : { details: error.details }),
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { name: "Error", code: "INTERNAL", message };
}
