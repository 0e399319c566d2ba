import { TaskerError } from "./errors.ts";

/** The public id of a frame: its run's id and its `seq`; the root frame of a run is `.0`. Unique, and the same in every attempt. */
export function frameId(taskRunId: string, seq: number): string {
  return `${taskRunId}.${seq}`;
}

/** The run's id and the seq in a frame's id. */
export function parseFrameId(id: string): { taskRunId: string; seq: number } {
  const dot = id.lastIndexOf(".");
  const seq = Number(id.slice(dot + 1));
  if (dot <= 0 || !Number.isSafeInteger(seq) || seq < 0) {
    throw new TaskerError("INVALID_INPUT", `"${id}" is no id of a stack run`, {
      hint: "it looks like <run id>.<number>",
    });
  }
  return { taskRunId: id.slice(0, dot), seq };
}
