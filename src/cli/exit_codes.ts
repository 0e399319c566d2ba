import { type ErrorCode, TaskerError } from "../core/errors.ts";

/** The one table of exit codes; the README shows it. */
export const EXIT = {
  ok: 0,
  /** The task failed, or something unexpected did. */
  failed: 1,
  /** What was compared differs; the number is that of `diff`. */
  different: 1,
  usage: 2,
  notFound: 3,
  /** The run was cancelled or is held, or the command was told to stop before the run's end. */
  stopped: 4,
  /** Finished, but some selected user could not be read: `coverage.failed > 0`; or not everything could be compared. */
  incomplete: 5,
  /** Waiting for a quota or a person until a time it names. */
  waiting: 6,
  /** The database cannot be used, or its owner does not answer. */
  database: 7,
} as const;
export type ExitCode = typeof EXIT[keyof typeof EXIT];

const BY_CODE: Partial<Record<ErrorCode, ExitCode>> = {
  USAGE: EXIT.usage,
  INVALID_INPUT: EXIT.usage,
  CONFLICT: EXIT.usage,
  TOO_LARGE: EXIT.usage,
  PUBLISH_REFUSED: EXIT.usage,
  NAMESPACE_REFUSED: EXIT.usage,
  NOT_FOUND: EXIT.notFound,
  CANCELLED: EXIT.stopped,
  RATE_LIMITED: EXIT.waiting,
  QUOTA_EXHAUSTED: EXIT.waiting,
  DATABASE_UNUSABLE: EXIT.database,
  DATABASE_BUSY: EXIT.database,
  NOT_OWNER: EXIT.database,
  UNAVAILABLE: EXIT.database,
};

/** The exit code of an error that ended a command. */
export function exitCodeOfError(error: unknown): ExitCode {
  return error instanceof TaskerError ? BY_CODE[error.code] ?? EXIT.failed : EXIT.failed;
}

/** The parser's own codes are negative: all but its internal errors are about how the command was written. */
export function exitCodeOfParser(code: number): number {
  if (code >= 0) return code;
  return code === -4 || code === -5 ? EXIT.usage : EXIT.failed;
}

/** What several runs together come to: the worst, in the order a person would want to hear of. */
export function worstExitCode(codes: readonly ExitCode[]): ExitCode {
  const order: readonly ExitCode[] = [
    EXIT.database,
    EXIT.failed,
    EXIT.notFound,
    EXIT.usage,
    EXIT.incomplete,
    EXIT.stopped,
    EXIT.waiting,
  ];
  return order.find((code) => codes.includes(code)) ?? EXIT.ok;
}
