import { checkAudit } from "../../src/store/audit_check.ts";
import { checkLedger } from "../../src/store/ledger_check.ts";
import type { StackRun } from "../../src/store/stack_runs.ts";
import type { Store } from "../../src/store/store.ts";
import type { TaskRun } from "../../src/store/task_runs.ts";
import { keptPlaces } from "./course.ts";
import { answerTo } from "./outside_world.ts";

/** What an outside call may be recorded with besides its answer: it was cut off by an end, or nobody knows. */
const CUT_OFF = ["CANCELLED", "OUTCOME_UNKNOWN"];

/** Says what is wrong with the rows of runs that have all ended. */
export function journalFaults(store: Store, runs: readonly TaskRun[]): string[] {
  const faults: string[] = [];
  const places: string[] = [];
  for (const run of runs) {
    if (run.endedAt === null) faults.push(`run ${run.run} has not ended: it is ${run.status}`);
    const frames = store.stackRuns.page({ run: run.run, after: 0, limit: 100_000 });
    faults.push(...frames.flatMap((frame, index) => frameFaults(frame, index)), ...orderFaults(run, frames));
    faults.push(...recordFaults(store, run, frames));
    places.push(
      ...frames.filter(isKept).map(({ args }) => (JSON.parse(args) as [unknown, [{ place: string }]])[1][0].place),
    );
  }
  const rows = keptPlaces(store);
  faults.push(...checkAudit(store).problems, ...checkLedger(store).problems);
  if (rows.sort().join() !== places.sort().join()) faults.push(`the table has ${rows}, the journal ${places}`);
  return faults;
}

function isKept(frame: StackRun): boolean {
  return frame.service === "database" && frame.status === "completed";
}

function frameFaults(frame: StackRun, index: number): string[] {
  const { run, seq, status, service, args, issuedAt, deliveredAt } = frame;
  const name = `${service} ${run}.${seq}`;
  const faults: string[] = [];
  if (seq !== index + 1) faults.push(`${name} stands in the place of ${run}.${index + 1}`);
  if (frame.endedAt === null) faults.push(`${name} is ${status} though its run has ended`);
  if (service === "outside") faults.push(...answerFaults(frame, name));
  if (service === "timer" && deliveredAt !== null && status === "completed") {
    const [ms] = JSON.parse(args) as [number];
    const until = frame.method === "sleep" ? issuedAt + ms : ms;
    if (deliveredAt < until) faults.push(`${name} slept from ${issuedAt} to ${deliveredAt}, not until ${until}`);
  }
  if (["records", "log", "database", "keystore"].includes(service) && status === "failed") {
    faults.push(`${name} failed: ${frame.error}`);
  }
  return faults;
}

function answerFaults(frame: StackRun, name: string): string[] {
  const answer = answerTo(String((JSON.parse(frame.args) as unknown[])[0]));
  if (frame.status === "completed") {
    const expected = answer.type === "result" ? JSON.stringify(answer.value) : "an error";
    return frame.result === expected ? [] : [`${name} is recorded with ${frame.result}, the answer is ${expected}`];
  }
  const { code, message } = JSON.parse(frame.error ?? "{}") as { code?: string; message?: string };
  if (CUT_OFF.includes(code ?? "")) return [];
  return answer.type === "error" && answer.error.message === message ? [] : [`${name} is recorded with ${frame.error}`];
}

/** Deliveries are counted from 1 without a gap, and their time never goes back. */
function orderFaults(run: TaskRun, frames: readonly StackRun[]): string[] {
  const delivered = frames.filter((frame) => frame.delivery !== null).sort((a, b) => a.delivery! - b.delivery!);
  return delivered.flatMap((frame, index) => {
    if (frame.delivery !== index + 1) return [`delivery ${frame.delivery} of run ${run.run} is its ${index + 1}th`];
    const before = delivered[index - 1]?.deliveredAt ?? 0;
    return frame.deliveredAt! < before ? [`delivery ${frame.delivery} of run ${run.run} goes back in time`] : [];
  });
}

/** Each append that is recorded has its row, and no other row is there. */
function recordFaults(store: Store, run: TaskRun, frames: readonly StackRun[]): string[] {
  const appended = frames.filter((frame) => frame.service === "records" && frame.status === "completed")
    .map((frame) => JSON.stringify((JSON.parse(frame.args) as unknown[])[1])).sort();
  const rows = [...store.records.each({ run: run.run })].map(({ data }) => JSON.stringify(data)).sort();
  return rows.join() === appended.join() ? [] : [`run ${run.run} has the records ${rows}, its journal ${appended}`];
}
