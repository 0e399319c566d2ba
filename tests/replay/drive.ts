import assert from "node:assert/strict";
import { setImmediate, setTimeout } from "node:timers/promises";
import { VirtualClock } from "../../src/core/clock.ts";
import { frameId } from "../../src/core/ids.ts";
import { isRunEnded } from "../../src/core/states.ts";
import { Rig } from "../../src/engine/rig.ts";
import type { TaskRun } from "../../src/store/task_runs.ts";
import { APPROVAL } from "../../src/store/gates.ts";
import { newestById } from "../../src/store/run_links.ts";
import type { Outcome } from "../../src/services/contract.ts";

/** Something that happens to a run after its `step`-th answer, `turns` turns of the event loop later. */
export interface Disturbance {
  readonly step: number;
  readonly turns: number;
  readonly what: "takeover" | "hold";
}

/** Everything that a disturbed run must have in common with an undisturbed one. Runs are named by their number in the file. */
export interface Course {
  readonly runs: readonly unknown[];
  readonly calls: readonly unknown[];
  readonly records: readonly unknown[];
  readonly logs: readonly unknown[];
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const START = Date.UTC(2026, 0, 1);

/**
 * Runs a program to its end. Outside calls are answered one at a time, each when nothing else moves any more, in an
 * order and with outcomes that their keys and the seed decide: so every course of the same program is the same.
 */
export async function drive(
  params: { source: string; seed: number; maxRealms: number; disturbances: readonly Disturbance[] },
): Promise<Course> {
  const clock = new VirtualClock(START);
  await using rig = new Rig({ clock, lanes: 1_000, maxRealms: params.maxRealms });
  rig.store.db.exec(
    "CREATE TEMP TRIGGER same_seed AFTER INSERT ON main.task_runs BEGIN UPDATE task_runs SET seed = 'seed' WHERE run = NEW.run; END",
  );
  rig.publish("program", params.source);
  const twice: string[] = [];
  rig.outside.arrivedCall = ({ frameId, taskRunId }) => {
    const seq = Number(frameId.slice(taskRunId.length + 1));
    if (rig.store.stackRuns.bySeq(rig.row(taskRunId).run, seq)!.endedAt !== null) twice.push(frameId);
  };
  // The clock moves a second with every answer: however many come before its own, a call waits for it.
  rig.outside.traitsOf = () => ({ repeatable: true, timeout: Infinity });
  rig.outside.pause();
  rig.takeOver();
  let id = await rig.submit("program");
  const planned = [...params.disturbances];
  const settled = rig.store.db.prepare("SELECT count(*) AS n FROM stack_runs WHERE lane = 1 AND ended_at IS NOT NULL");
  /** What has failed the run works when it is retried. */
  let isRetried = false;
  for (let step = 0;; step++) {
    while (!hasEnded(rig) && !await isQuiet(rig)) await setTimeout(0);
    if (hasEnded(rig)) {
      const next = isRetried ? undefined : await retried(rig, id);
      if (next === undefined) break;
      id = next;
      isRetried = true;
      continue;
    }
    const [asked] = askedKeys(rig).sort((a, b) =>
      hash(a.key, params.seed) - hash(b.key, params.seed) || (a.key < b.key ? -1 : 1)
    );
    if (asked !== undefined) {
      await rig.engine.decide({ id: asked.id, by: "ann@test", ...decisionOf(asked.key, params.seed) });
      continue;
    }
    const [key] = rig.outside.waiting.sort((a, b) => hash(a, params.seed) - hash(b, params.seed) || (a < b ? -1 : 1));
    if (key === undefined) throw new Error("the run waits for nothing");
    clock.advance(START + 1_000 * (Number(settled.get()!.n) + 1) - clock.now());
    while (!await isQuiet(rig)) await setTimeout(0);
    // Its run was cleaning up, and the time for that was over.
    if (!rig.outside.waiting.includes(key)) continue;
    if (key.startsWith("signal ")) {
      const { taskRunId } = rig.outside.asked(key).at(-1)!;
      // A death may have the call made again that asks for it.
      await rig.engine.signal({ id: taskRunId, name: "go", data: key, signalId: key.slice("signal ".length) });
      while (!await isQuiet(rig)) await setTimeout(0);
      // Another part of its run has taken the signal, and with that the run was over.
      if (!rig.outside.waiting.includes(key)) continue;
    }
    const asking = rig.outside.asked(key).at(-1)!.taskRunId;
    // In a run that cleans up it is answered: to be cancelled once more changes nothing.
    if (!isRetried && key.startsWith("cancel ") && rig.row(asking).status !== "cancelling") {
      await rig.engine.cancel(asking);
    } else rig.outside.release(key, isRetried ? answerTo(key, params.seed) : outcomeOf(key, params.seed));
    for (let at = planned.findIndex((one) => one.step === step); at >= 0;) {
      const [{ turns, what }] = planned.splice(at, 1) as [Disturbance];
      for (let turn = 0; turn < turns; turn++) await setImmediate();
      await disturb(rig, id, what);
      at = planned.findIndex((one) => one.step === step);
    }
  }
  if (twice.length > 0) throw new Error(`made again though their results were recorded: ${twice}`);
  return courseOf(rig);
}

async function disturb(rig: Rig, id: string, what: Disturbance["what"]): Promise<void> {
  if (what === "takeover") return void rig.takeOver();
  const isOver = () => isRunEnded(newestById(rig.store, id)!.status);
  if (isOver()) return;
  try {
    await rig.engine.hold(id);
    if (!isOver()) await rig.engine.resume(id);
  } catch (error) {
    // It ended in the commit before this one.
    if ((error as { code?: string }).code !== "CONFLICT") throw error;
  }
}

/** Also what the first run has started, and what any has continued as. */
function hasEnded(rig: Rig): boolean {
  return rig.store.taskRuns.unfinished().length === 0;
}

/** Whether nothing moves until an outside call is answered. */
async function isQuiet(rig: Rig): Promise<boolean> {
  await setImmediate();
  const unfinished = rig.store.taskRuns.unfinished();
  if (unfinished.some((run) => isMoving(rig, run))) return false;
  const open = unfinished.flatMap((run) => rig.store.stackRuns.open(run.run)).filter((frame) => frame.seq > 0);
  const outside = open.filter((frame) => frame.lane);
  const nested = open.filter((frame) => rig.store.taskRuns.byRootFrame(frame.id) !== undefined);
  const asked = outside.filter((frame) => frame.blocked === APPROVAL);
  const asking = open.filter((frame) => frame.service === "signals" && frame.blocked !== null);
  const waiting = open.filter((frame) => frame.method === "result" && frame.blocked !== null);
  return outside.every((frame) => frame.status === "processing" || frame.blocked === APPROVAL) &&
    outside.length === rig.outside.waiting.length + asked.length &&
    outside.length + nested.length + asking.length + waiting.length === open.length;
}

/** A cancelled run does nothing until what is nested in it has been cleaned up. */
function isMoving(rig: Rig, { run, status, rootFrame }: TaskRun): boolean {
  if (status !== "cancelling") return status !== "suspended_waiting_child";
  if (rig.store.nestedRuns.open(run).some((child) => child.status === "cancelling")) return false;
  return rig.store.stackRuns.get(rootFrame)!.status !== "suspended_waiting_child";
}

/** The calls that wait for a person. */
function askedKeys(rig: Rig): { id: string; key: string }[] {
  return rig.store.gates.asked({ after: 0, limit: 1_000 }).map(({ frame, run, seq }) => ({
    id: frameId(rig.store.taskRuns.get(run)!.id, seq),
    key: JSON.parse(rig.store.stackRuns.get(frame)!.args)[0] as string,
  }));
}

/** A third is approved as it is, a third with another argument besides, a third is refused. */
function decisionOf(key: string, seed: number) {
  const dice = hash(`decision ${key}`, seed) % 3;
  if (dice === 0) return { state: "refused", reason: `no ${key}` } as const;
  return { state: "approved", ...(dice === 1 ? {} : { args: [key, "edited"] }) } as const;
}

function outcomeOf(key: string, seed: number): Outcome {
  if (hash(`outcome ${key}`, seed) % 4 !== 0) return answerTo(key, seed);
  return { type: "error", error: { name: "OutsideError", code: "FORBIDDEN", message: `no ${key}` } };
}

function answerTo(key: string, seed: number): Outcome {
  return { type: "result", value: { key, dice: hash(`outcome ${key}`, seed) % 100 } };
}

/** The id of the run that goes on with what the run has come to, where that has failed or was cancelled and can. */
async function retried(rig: Rig, id: string): Promise<string | undefined> {
  const source = newestById(rig.store, id)!;
  if (source.status !== "failed" && source.status !== "cancelled") return undefined;
  let next: string;
  try {
    next = (await rig.engine.retry({ run: source.id })).taskRunId;
  } catch (error) {
    // No call has failed it: its own code would throw again.
    if ((error as { code?: string }).code === "CONFLICT") return undefined;
    throw error;
  }
  const { from } = JSON.parse(rig.row(next).forkedFrom!) as { from: number };
  const shared = (run: string) =>
    rig.frames(run).filter(({ seq, status }) => seq < from && status === "completed")
      .map(({ seq, service, method, args, result }) => ({ seq, service, method, args, result }));
  assert.deepEqual(shared(next), shared(source.id), "the retry has every answer that the run had");
  return next;
}

/** FNV-1a. */
function hash(text: string, seed: number): number {
  let value = 2_166_136_261 ^ seed;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 16_777_619);
  return value >>> 0;
}

function courseOf(rig: Rig): Course {
  const ids = rig.store.db.prepare("SELECT id, run FROM task_runs").all();
  const numbers = new Map(ids.map(({ id, run }) => [id as string, `run ${run}`]));
  const numbered = (value: unknown) =>
    typeof value === "string" ? value.replace(UUID, (id) => numbers.get(id) ?? id) : value;
  const all = (sql: string) =>
    rig.store.db.prepare(sql).all().map((row) => ({
      ...Object.fromEntries(Object.entries(row).map(([name, value]) => [name, numbered(value)])),
      ...withoutStack(numbered(row.error)),
    }));
  return {
    runs: all(
      `SELECT run, parent_run, input, status, result, error, started_by, chain FROM task_runs LEFT JOIN run_links USING (run)
       ORDER BY run`,
    ),
    calls: all(
      `SELECT run, seq, service, method, args, gate ->> '$.args' AS sent, status, delivery, delivered_at, result, error FROM stack_runs
       WHERE seq > 0 ORDER BY run, seq`,
    ),
    records: all("SELECT run, kind, seq, data FROM records ORDER BY run, kind, seq"),
    logs: all("SELECT run, at, level, text FROM logs ORDER BY run, id"),
  };
}

/** How much V8 shows of an asynchronous stack varies from run to run. */
function withoutStack(error: unknown): { error?: unknown } {
  if (typeof error !== "string") return {};
  return { error: { ...JSON.parse(error), stack: undefined } };
}
