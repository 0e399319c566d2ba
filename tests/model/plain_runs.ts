import { isRunEnded, mayMoveRun, type RunStatus } from "../../src/core/states.ts";
import type { NewTaskRun, TaskRun } from "../../src/store/task_runs.ts";
import { PlainFrames } from "./plain_frames.ts";
import type { Rows } from "./rows.ts";

type Run = { -readonly [column in keyof TaskRun]: TaskRun[column] } & { live: boolean };

/** The runs as a plain list: what `task_runs` must do, in the fewest words. */
export class PlainRuns {
  readonly all: Run[] = [];

  insert(run: NewTaskRun): number {
    const { now, rootFrame = 0, audit = null, idempotencyKey = null, priority = 0, ...columns } = run;
    return this.all.push({
      run: this.all.length + 1,
      ...columns,
      rootFrame,
      audit,
      idempotencyKey,
      forkedFrom: null,
      retryOf: null,
      priority,
      admittedAt: null,
      status: "queued",
      live: false,
      result: null,
      error: null,
      progress: null,
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      cancellation: null,
      cancelledAfter: null,
      deadline: null,
      dueAt: null,
      logLines: 0,
      deaths: 0,
      earlyDeaths: 0,
      stalls: 0,
      createdAt: now,
      startedAt: null,
      endedAt: null,
    });
  }

  setRootFrame(run: number, frame: number): void {
    this.get(run)!.rootFrame = frame;
  }

  get(run: number): Run | undefined {
    return this.all[run - 1];
  }

  byRootFrame(frame: number): TaskRun | undefined {
    return this.all.find((run) => run.rootFrame === frame);
  }

  unfinished(): Run[] {
    return this.all.filter((run) => !isRunEnded(run.status));
  }

  move(run: number, to: RunStatus, startedAt: number | null = null): boolean {
    const row = this.get(run)!;
    if (!mayMoveRun(row.status, to)) return false;
    row.status = to;
    row.startedAt ??= startedAt;
    return true;
  }

  end(run: number, end: Parameters<Rows["taskRuns"]["end"]>[1]): boolean {
    if (!this.move(run, end.status)) return false;
    Object.assign(this.get(run)!, {
      result: end.result ?? null,
      error: end.error ?? null,
      endedAt: end.now,
      live: false,
    });
    return true;
  }

  setLive(run: number, live: boolean): void {
    this.get(run)!.live = live;
  }

  suspects(): number[] {
    return this.unfinished().filter((run) => run.live).map((run) => run.run);
  }

  clearLive(): void {
    for (const run of this.all) run.live = false;
  }
}

/** Both tables in memory. */
export class PlainRows implements Rows {
  readonly taskRuns = new PlainRuns();
  readonly nestedRuns = {
    open: (run: number): TaskRun[] => this.taskRuns.unfinished().filter((child) => child.parentRun === run),
  };
  readonly stackRuns = new PlainFrames(this.taskRuns);
}
