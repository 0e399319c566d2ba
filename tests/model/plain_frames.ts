import { type FrameStatus, isFrameSettled, mayMoveFrame } from "../../src/core/states.ts";
import type { NewStackRun, StackRun } from "../../src/store/stack_runs.ts";
import type { PlainRuns } from "./plain_runs.ts";
import type { Rows } from "./rows.ts";

type Frame = { -readonly [column in keyof StackRun]: StackRun[column] };

/** The frames as a plain list: what `stack_runs` must do, in the fewest words. */
export class PlainFrames {
  readonly all: Frame[] = [];
  /** The same list tells what its frames wait for. */
  readonly waits = this;
  readonly #runs: PlainRuns;

  constructor(runs: PlainRuns) {
    this.#runs = runs;
  }

  insert(frame: NewStackRun): number {
    const { now, causedBy: _, options = null, priority = 0, ...columns } = frame;
    return this.all.push({
      id: this.all.length + 1,
      ...columns,
      options,
      priority,
      status: "pending",
      attempt: 0,
      readyAt: null,
      blocked: null,
      waitingFor: null,
      progress: null,
      result: null,
      error: null,
      delivery: null,
      deliveredAt: null,
      gate: null,
      issuedAt: now,
      startedAt: null,
      endedAt: null,
    });
  }

  insertClaimed(frame: NewStackRun): StackRun {
    const made = this.get(this.insert(frame))!;
    return { ...Object.assign(made, { status: "processing", attempt: 1, startedAt: frame.now }) };
  }

  /** The file may say so when it is not so, but not the other way round. */
  mayBeReady(lane: boolean): boolean {
    return this.ready(lane).length > 0;
  }

  get(id: number): Frame | undefined {
    return this.all[id - 1];
  }

  ofRun(run: number): Frame[] {
    return this.all.filter((frame) => frame.run === run).sort((a, b) => a.seq - b.seq);
  }

  ready(lane: boolean): Frame[] {
    return this.all.filter((frame) =>
      frame.status === "pending" && frame.readyAt === null && frame.blocked === null && frame.lane === lane
    );
  }

  claim(params: Parameters<Rows["stackRuns"]["claim"]>[0]): { frames: StackRun[]; after: number } {
    const frames: StackRun[] = [];
    let { after } = params;
    while (frames.length < params.limit) {
      const ready = this.ready(params.lane);
      if (ready.length === 0) break;
      const runs = ready.map((frame) => frame.run).sort((a, b) => a - b);
      const run = runs.find((one) => one > after) ?? runs[0]!;
      const first = this.ofRun(run).find((frame) => ready.includes(frame))!;
      Object.assign(first, {
        status: "processing",
        attempt: first.attempt + 1,
        startedAt: params.now,
        waitingFor: null,
      });
      frames.push({ ...first });
      after = run;
    }
    return { frames, after };
  }

  hasReady(outside: boolean): boolean {
    return this.ready(false).length > 0 || (outside && this.ready(true).length > 0);
  }

  move(id: number, to: FrameStatus): boolean {
    const frame = this.get(id)!;
    if (!mayMoveFrame(frame.status, to)) return false;
    frame.status = to;
    return true;
  }

  settle(id: number, outcome: Parameters<Rows["stackRuns"]["settle"]>[1]): boolean {
    if (!this.move(id, outcome.status)) return false;
    Object.assign(this.get(id)!, {
      result: outcome.result ?? null,
      error: outcome.error ?? null,
      delivery: outcome.delivery ?? null,
      deliveredAt: outcome.delivery === undefined ? null : outcome.now,
      endedAt: outcome.now,
      progress: null,
      waitingFor: null,
      readyAt: null,
      blocked: null,
    });
    return true;
  }

  release(id: number, to: Parameters<Rows["stackRuns"]["release"]>[1]): boolean {
    const frame = this.get(id)!;
    if (frame.status !== "processing") return false;
    Object.assign(frame, {
      status: "pending",
      readyAt: to.readyAt ?? null,
      blocked: to.blocked ?? null,
      waitingFor: to.waitingFor ?? null,
      progress: to.progress ?? frame.progress,
      error: to.error ?? null,
      attempt: frame.attempt - (to.counted ? 0 : 1),
    });
    return true;
  }

  promote(now: number): number {
    const due = this.#pending().filter((frame) => frame.readyAt !== null && frame.readyAt <= now);
    for (const frame of due) {
      Object.assign(frame, { readyAt: null, waitingFor: frame.blocked === null ? null : frame.waitingFor });
    }
    return due.length;
  }

  nextDue(): number | undefined {
    return this.#pending().map((frame) => frame.readyAt).filter((at) => at !== null).sort((a, b) => a - b)[0];
  }

  blockRun(run: number, reason: string): void {
    for (const frame of this.#pending()) if (frame.run === run) frame.blocked = reason;
  }

  unblockRun(run: number, reason: string): void {
    for (const frame of this.#pending()) if (frame.run === run && frame.blocked === reason) frame.blocked = null;
  }

  unblockKeys(): void {
    for (const frame of this.#pending()) if (frame.blocked?.startsWith("key ")) frame.blocked = null;
  }

  unblockFirst(key: string): boolean {
    const first = this.#pending().find((frame) => frame.blocked === key);
    if (first !== undefined) Object.assign(first, { blocked: null, waitingFor: null });
    return first !== undefined;
  }

  open(run: number): StackRun[] {
    return this.ofRun(run).filter((frame) => !isFrameSettled(frame.status)).map((frame) => ({ ...frame }));
  }

  last(run: number): { seq: number; delivery: number } {
    const frames = this.ofRun(run);
    return {
      seq: Math.max(0, ...frames.map((frame) => frame.seq)),
      delivery: Math.max(0, ...frames.map((frame) => frame.delivery ?? 0)),
    };
  }

  interrupted(): StackRun[] {
    const inHand = ["processing", "pending_resume"];
    return this.all.filter((frame) => inHand.includes(frame.status) && this.#runs.get(frame.run)!.endedAt === null)
      .map((frame) => ({ ...frame }));
  }

  #pending(): Frame[] {
    return this.all.filter((frame) => frame.status === "pending");
  }
}
