/** The states of a task run and of a stack run (a frame), and the only moves between them. CHECK constraints mirror the names. */

export const RUN_STATUSES = [
  "queued",
  "running",
  "suspended_waiting_child",
  "held",
  "cancelling",
  "completed",
  "failed",
  "cancelled",
  "continued_as_new",
] as const;
export type RunStatus = typeof RUN_STATUSES[number];

export const ENDED_RUN_STATUSES = ["completed", "failed", "cancelled", "continued_as_new"] as const;
export type EndedRunStatus = typeof ENDED_RUN_STATUSES[number];

export const FRAME_STATUSES = [
  "pending",
  "processing",
  "suspended_waiting_child",
  "pending_resume",
  "completed",
  "failed",
  "cancelled",
] as const;
export type FrameStatus = typeof FRAME_STATUSES[number];

/** From a run's state, where it may go. What has ended stays: a retry is another run. */
export const RUN_TRANSITIONS: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  queued: ["running", "held", "cancelling", "cancelled", "failed"],
  running: ["suspended_waiting_child", "held", "cancelling", "completed", "failed", "cancelled", "continued_as_new"],
  suspended_waiting_child: [
    "running",
    "held",
    "cancelling",
    "completed",
    "failed",
    "cancelled",
    "continued_as_new",
  ],
  held: ["queued", "running", "suspended_waiting_child", "cancelling", "cancelled", "failed"],
  cancelling: ["cancelled", "failed", "completed"],
  completed: [],
  failed: [],
  cancelled: [],
  continued_as_new: [],
};

/**
 * From a frame's state, where it may go. Only a task frame knows `suspended_waiting_child` and `pending_resume`;
 * processing → pending is a retry, a wait, or a crash before the outcome was known.
 */
export const FRAME_TRANSITIONS: Readonly<Record<FrameStatus, readonly FrameStatus[]>> = {
  pending: ["processing", "completed", "failed", "cancelled"],
  processing: ["pending", "suspended_waiting_child", "pending_resume", "completed", "failed", "cancelled"],
  suspended_waiting_child: ["pending_resume", "processing", "completed", "failed", "cancelled"],
  pending_resume: ["processing", "suspended_waiting_child", "completed", "failed", "cancelled"],
  completed: [],
  failed: [],
  cancelled: [],
};

export function isRunEnded(status: RunStatus): boolean {
  return (ENDED_RUN_STATUSES as readonly RunStatus[]).includes(status);
}

/** Whether nothing more comes of a run by itself: it has ended, or is held. */
export function isAtRest(status: RunStatus): boolean {
  return isRunEnded(status) || status === "held";
}

export function isFrameSettled(status: FrameStatus): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}

export function mayMoveRun(from: RunStatus, to: RunStatus): boolean {
  return RUN_TRANSITIONS[from].includes(to);
}

export function mayMoveFrame(from: FrameStatus, to: FrameStatus): boolean {
  return FRAME_TRANSITIONS[from].includes(to);
}

/** The states from which `to` may be reached; a conditional UPDATE names them, so that no forbidden move can be written. */
export function runStatusesBefore(to: RunStatus): RunStatus[] {
  return RUN_STATUSES.filter((from) => mayMoveRun(from, to));
}

/** As `runStatusesBefore`, for frames. */
export function frameStatusesBefore(to: FrameStatus): FrameStatus[] {
  return FRAME_STATUSES.filter((from) => mayMoveFrame(from, to));
}
