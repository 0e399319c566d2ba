import type { NewStackRun, StackRun } from "../../src/store/stack_runs.ts";
import type { Rows } from "./rows.ts";

/**
 * The protocol of claim, suspend, complete, resume and takeover as rows see it: what the engine writes at each of its
 * moments, without realms and services. Written once, and carried out on the file and on the model of it.
 */

/** A call that may be repeated, one that may not, one of a local service, and one that nests a run. */
export type Kind = "read" | "write" | "local" | "nested";

const SERVICES: Record<Kind, { service: string; method: string; lane: boolean }> = {
  read: { service: "outside", method: "read", lane: true },
  write: { service: "outside", method: "write", lane: true },
  local: { service: "records", method: "append", lane: false },
  nested: { service: "tasks", method: "execute", lane: false },
};
const HELD = "held";

/** For local frames and for outside calls. */
export interface PerLane<T> {
  local: T;
  outside: T;
}

function laneOf({ lane }: { lane: boolean }): keyof PerLane<unknown> {
  return lane ? "outside" : "local";
}

/** An owner's memory of what it claims. */
export class Hand {
  /** The run served last. */
  readonly after: PerLane<number> = { local: 0, outside: 0 };
  /** How many frames may be claimed still. */
  free: PerLane<number> = { local: 0, outside: 0 };
  /** Frames claimed since `begin`, in order. */
  claimed: StackRun[] = [];
  /** Those among them that were claimed as they were made. */
  readonly made = new Set<number>();

  /** The hand of a model does as a real one has done, where that may choose. */
  constructor(readonly leader?: Hand) {}

  /** Before a write. */
  begin(free: PerLane<number>): void {
    this.free = { ...free };
    this.claimed = [];
    this.made.clear();
  }

  /** Whether a call is claimed as it is made. It may be when nothing is ready that would come before it. */
  takesAtOnce(rows: Rows, call: NewStackRun): boolean {
    const may = !rows.stackRuns.mayBeReady(call.lane) && this.free[laneOf(call)] > 0;
    if (this.leader === undefined) return may;
    const does = this.leader.claimed.some(({ run, seq }) => run === call.run && seq === call.seq);
    if (does && !may) throw new Error(`call ${call.seq} of run ${call.run} was claimed before its turn`);
    return does;
  }

  take(frames: readonly StackRun[], lane: keyof PerLane<unknown>, after: number): void {
    this.claimed.push(...frames);
    this.free[lane] -= frames.length;
    this.after[lane] = after;
  }
}

/** The end of every transaction of the owner: claims ready frames; the claim of a root starts its run. */
export function claim(rows: Rows, hand: Hand, now: number): void {
  for (const name of ["local", "outside"] as const) {
    const params = { lane: name === "outside", limit: hand.free[name], after: hand.after[name], now };
    const { frames, after } = rows.stackRuns.claim(params);
    hand.take(frames, name, after);
    for (const frame of frames) {
      if (frame.seq > 0) continue;
      rows.taskRuns.move(frame.run, "running", now);
      rows.taskRuns.setLive(frame.run, true);
    }
  }
}

export function submit(rows: Rows, id: string, now: number): { run: number; root: number } {
  const run = rows.taskRuns.insert({ ...newRun(id, now), parentRun: null });
  const root = rows.stackRuns.insert(newCall({ run, seq: 0, kind: "nested", now }));
  rows.taskRuns.setRootFrame(run, root);
  return { run, root };
}

/** The run's code has seen its outcomes, has made these calls, and waits. */
export function turn(rows: Rows, run: number, calls: readonly Kind[], now: number, hand: Hand): unknown {
  const { seq } = rows.stackRuns.last(run);
  for (const [at, kind] of calls.entries()) enqueue(rows, newCall({ run, seq: seq + 1 + at, kind, now }), hand);
  const root = rows.stackRuns.move(rows.taskRuns.get(run)!.rootFrame, "suspended_waiting_child");
  return { root, moved: rows.taskRuns.move(run, "suspended_waiting_child") };
}

function enqueue(rows: Rows, call: NewStackRun, hand: Hand): void {
  if (!hand.takesAtOnce(rows, call)) {
    rows.stackRuns.insert(call);
    return;
  }
  const frame = rows.stackRuns.insertClaimed(call);
  hand.take([frame], laneOf(call), call.run);
  hand.made.add(frame.id);
}

/** The outcome of a call, with its place in the order of deliveries. False when the call was settled before. */
export function settle(rows: Rows, frame: number, status: "completed" | "failed", now: number): boolean {
  return settleWith(rows, frame, { status, json: `"of ${frame}"` }, now);
}

/** To be made again at a time: a wait, or a retry, which counts. */
export function later(rows: Rows, frame: number, delay: number, counted: boolean, now: number): boolean {
  return giveBack(rows, frame, { readyAt: now + delay, waitingFor: "a time", counted, progress: `{"at":${now}}` });
}

export function queueFor(rows: Rows, frame: number, key: string): boolean {
  return giveBack(rows, frame, { blocked: `key ${key}`, waitingFor: key, counted: false });
}

/** Gives a frame in hand back to the queue; of a held run, it stays held. */
export function giveBack(rows: Rows, frame: number, to: Parameters<Rows["stackRuns"]["release"]>[1]): boolean {
  const { run } = rows.stackRuns.get(frame)!;
  const isHeld = rows.taskRuns.get(run)!.status === "held";
  return rows.stackRuns.release(frame, { ...to, ...(isHeld ? { blocked: HELD } : {}) });
}

/** A call in hand becomes a run whose root is the call's own frame. */
export function nest(rows: Rows, frame: number, id: string, now: number): number {
  const parentRun = rows.stackRuns.get(frame)!.run;
  const run = rows.taskRuns.insert({ ...newRun(id, now), rootFrame: frame, parentRun });
  rows.taskRuns.move(run, "running", now);
  rows.taskRuns.setLive(run, true);
  return run;
}

export function hold(rows: Rows, run: number): unknown {
  return family(rows, run).map((one) => {
    rows.stackRuns.waits.blockRun(one, HELD);
    const root = rows.stackRuns.move(rows.taskRuns.get(one)!.rootFrame, "pending_resume");
    const moved = rows.taskRuns.move(one, "held");
    rows.taskRuns.setLive(one, false);
    return { one, root, moved };
  });
}

export function resume(rows: Rows, run: number): unknown {
  return family(rows, run).filter((one) => rows.taskRuns.get(one)!.status === "held").map((one) => {
    const isStarted = rows.taskRuns.get(one)!.startedAt !== null;
    rows.stackRuns.waits.unblockRun(one, HELD);
    rows.taskRuns.setLive(one, isStarted);
    return { one, moved: rows.taskRuns.move(one, isStarted ? "running" : "queued") };
  });
}

/** Ends a run: local calls it has issued take effect, all else under it is cancelled; the run around it is told. */
export function end(rows: Rows, run: number, status: "completed" | "failed" | "cancelled", now: number): unknown {
  const { rootFrame, parentRun } = rows.taskRuns.get(run)!;
  if (status !== "cancelled") {
    for (const frame of rows.stackRuns.open(run)) {
      if (frame.service === "records") rows.stackRuns.settle(frame.id, { status: "completed", result: "1", now });
    }
  }
  const cancelled = cancelBelow(rows, run, now);
  const json = `"of run ${run}"`;
  const moved = rows.taskRuns.end(run, { ...outcome(status, json), now });
  const told = parentRun === null
    ? rows.stackRuns.settle(rootFrame, { ...outcome(status, json), now })
    : settleWith(rows, rootFrame, { status, json }, now);
  return { cancelled, moved, told };
}

/** A new owner takes up what it finds in somebody's hands. */
export function recover(rows: Rows, now: number): unknown {
  const frames = rows.stackRuns.interrupted().sort((a, b) => a.id - b.id);
  const calls = frames.filter((frame) => frame.seq > 0 && rows.taskRuns.byRootFrame(frame.id) === undefined);
  const taken = calls.map(({ id, method }) =>
    method === "write"
      ? settleWith(rows, id, { status: "failed", json: '"OUTCOME_UNKNOWN"' }, now)
      : giveBack(rows, id, { counted: false })
  );
  rows.stackRuns.waits.unblockKeys();
  const suspects = rows.taskRuns.suspects();
  rows.taskRuns.clearLive();
  for (const { run, status, rootFrame } of rows.taskRuns.unfinished()) {
    if (status === "held" || status === "queued") continue;
    if (rows.stackRuns.get(rootFrame)!.status !== "suspended_waiting_child") rows.taskRuns.setLive(run, true);
  }
  return { frames, taken, suspects };
}

/** An owner that leaves in order gives back what may be repeated. */
export function leave(rows: Rows, inHand: readonly number[]): unknown {
  const repeatable = inHand.filter((frame) => rows.stackRuns.get(frame)!.method !== "write");
  const given = repeatable.map((frame) => giveBack(rows, frame, { counted: false }));
  rows.taskRuns.clearLive();
  return given;
}

function settleWith(
  rows: Rows,
  frame: number,
  end: { status: "completed" | "failed" | "cancelled"; json: string },
  now: number,
): boolean {
  const { run } = rows.stackRuns.get(frame)!;
  const delivery = rows.stackRuns.last(run).delivery + 1;
  if (!rows.stackRuns.settle(frame, { ...outcome(end.status, end.json), delivery, now })) return false;
  const { status, rootFrame } = rows.taskRuns.get(run)!;
  if (status === "running" || status === "suspended_waiting_child") {
    rows.stackRuns.move(rootFrame, "pending_resume");
    rows.taskRuns.move(run, "running");
  }
  return true;
}

function cancelBelow(rows: Rows, run: number, now: number): unknown[] {
  const done: unknown[] = [];
  for (const child of rows.nestedRuns.open(run)) {
    done.push(...cancelBelow(rows, child.run, now));
    done.push(rows.taskRuns.end(child.run, { ...outcome("cancelled", '"above"'), now }));
  }
  for (const frame of rows.stackRuns.open(run)) {
    if (frame.seq > 0) done.push(rows.stackRuns.settle(frame.id, { ...outcome("cancelled", '"above"'), now }));
  }
  return done;
}

/** A run and all unfinished ones nested in it. */
function family(rows: Rows, run: number): number[] {
  return [run, ...rows.nestedRuns.open(run).flatMap((child) => family(rows, child.run))];
}

function outcome<S extends "completed" | "failed" | "cancelled">(status: S, json: string) {
  return { status, ...(status === "completed" ? { result: json } : { error: json }) };
}

function newRun(id: string, now: number) {
  return { id, functionId: 1, taskName: "t", input: "{}", seed: "s", now };
}

function newCall(call: { run: number; seq: number; kind: Kind; now: number }): NewStackRun {
  const { kind, ...place } = call;
  return { ...place, ...SERVICES[kind], args: "[]" };
}
