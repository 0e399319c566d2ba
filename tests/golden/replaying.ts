import { VirtualClock } from "../../src/core/clock.ts";
import { isRunEnded } from "../../src/core/states.ts";
import { Rig } from "../../src/engine/rig.ts";
import type { Outcome } from "../../src/services/contract.ts";

/** The time at which journals were recorded, and from which they go on. */
export const RECORDED_AT = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

/** What an outside call answers: decided by its arguments alone. */
export function outcomeOf({ method, args }: { method: string; args: readonly unknown[] }): Outcome {
  if (method !== "fail") return { type: "result", value: `${args[0]}!` };
  return { type: "error", error: { name: "OutsideError", code: "FORBIDDEN", message: `no ${args[0]}` } };
}

/** Answers the first outside calls of a program, in the order in which they arrive, and stops in the middle. */
export async function record(program: { name: string; source: string; answered: number; path: string }): Promise<void> {
  const clock = new VirtualClock(RECORDED_AT);
  await using rig = new Rig({ clock, path: program.path });
  rig.publish(program.name, program.source);
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit(program.name);
  for (let answered = 0; answered < program.answered; answered++) {
    while (rig.outside.waiting.length === 0) await rig.outside.next();
    clock.advance(1_000);
    const call = rig.outside.calls.find((asked) => asked.args[0] === rig.outside.waiting[0])!;
    rig.outside.release(rig.outside.waiting[0]!, outcomeOf(call));
    const { taskRunId, frameId } = call;
    const frame = () => rig.frames(taskRunId).find((one) => frameId === `${taskRunId}.${one.seq}`);
    await rig.until(taskRunId, () => frame()?.endedAt != null);
  }
  await rig.until(id, (run) => run.status === "suspended_waiting_child");
  if (isRunEnded(rig.row(id).status)) throw new Error(`${program.name} ended before it could be stopped`);
  await rig.engine.stop();
  // One small file: nothing of it stays in the WAL, and its many tables take a small page each.
  rig.store.db.exec("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM");
}

/** How a recorded journal ends: a new owner takes the file up and goes on. */
export async function finish(path: string): Promise<unknown> {
  const clock = new VirtualClock(RECORDED_AT + DAY);
  await using rig = new Rig({ clock, path });
  rig.outside.answer = outcomeOf;
  rig.takeOver();
  const [run] = rig.store.taskRuns.newest({ limit: 100 }).toReversed();
  const row = rig.row(run!.id);
  const ended = rig.ended(row.id);
  const waiting = () => rig.frames(row.id).some((frame) => frame.readyAt !== null);
  const woken = rig.until(row.id, (now) => isRunEnded(now.status) || waiting());
  await woken;
  clock.advance(2 * DAY);
  const { status, result } = await ended;
  const texts = rig.logs(row.id);
  const records = [...rig.store.records.each({ run: row.run })].map(({ kind, seq, data }) => ({ kind, seq, data }));
  const calls = rig.frames(row.id).map(({ seq, service, method, args, status, delivery }) => ({
    seq,
    service,
    method,
    args,
    status,
    delivery,
  }));
  return { status, result: JSON.parse(result ?? "null"), logs: texts, records, calls };
}
