import { canonicalService } from "../../src/core/manifest.ts";
import type { Delivery, TurnReport } from "../../src/executor/messages.ts";
import type { Store } from "../../src/store/store.ts";
import type { TaskRun } from "../../src/store/task_runs.ts";
import { carryOut, makeRealm } from "./realm_turn.ts";

/**
 * Gives a run's recorded outcomes, in their recorded order, to a realm that nothing has disturbed, and says where the
 * journal differs from what that realm does.
 */
export async function retrace(store: Store, run: TaskRun, reveal: (json: string) => string): Promise<string[]> {
  const code = store.taskFunctions.get(run.functionId)!;
  const startedAt = run.startedAt ?? run.createdAt;
  const start = { runId: run.id, input: run.input, seed: run.seed, startedAt };
  const realm = makeRealm(code, start);
  const calls: string[] = [];
  const lines: string[] = [];
  let outcome: TurnReport["outcome"];
  const deliver = async (...deliveries: Delivery[]) => {
    const report = JSON.parse(await carryOut(realm, deliveries)) as TurnReport;
    for (const { seq, service, method, args } of report.turns.flatMap((turn) => turn.calls)) {
      calls.push(`${seq}: ${canonicalService(service)}.${method}${args}`);
    }
    for (const { at, level, text } of report.turns.flatMap((turn) => turn.logs)) lines.push(`${at} ${level} ${text}`);
    outcome = report.outcome;
  };
  await deliver();
  for (const { service, ...delivery } of store.stackRuns.deliveries({ run: run.run, after: 0, limit: 100_000 })) {
    // What is recorded in the commit that ends the run is recorded, and nobody is there to see it.
    if (outcome !== undefined) break;
    await deliver({ ...delivery, json: service === "keystore" ? reveal(delivery.json) : delivery.json });
  }
  const isCutOff = run.status === "cancelled" || run.status === "continued_as_new";
  const recorded = { calls: recordedCalls(store, run), lines: recordedLines(store, run) };
  if (isCutOff) {
    // Its last turns may have come too late to be recorded.
    calls.length = Math.min(calls.length, recorded.calls.length);
    lines.length = Math.min(lines.length, recorded.lines.length);
  }
  return [
    ...difference(`the calls of run ${run.run}`, recorded.calls, calls),
    ...difference(`the lines of run ${run.run}`, recorded.lines, lines),
    ...(isCutOff ? [] : difference(`the end of run ${run.run}`, [recordedEnd(run)], [endOf(outcome)])),
  ];
}

function recordedCalls(store: Store, run: TaskRun): string[] {
  return store.stackRuns.page({ run: run.run, after: 0, limit: 100_000 })
    .map(({ seq, service, method, args }) => `${seq}: ${service}.${method}${args}`);
}

/** Lines that the code printed itself; those of the log service are calls. */
function recordedLines(store: Store, run: TaskRun): string[] {
  return store.logs.page({ run: run.run, after: 0, limit: 100_000 })
    .filter(({ source, text }) => source === "task" && !text.startsWith("logged "))
    .map(({ at, level, text }) => `${at} ${level} ${text}`);
}

function recordedEnd(run: TaskRun): string {
  if (run.error === null) return `${run.status}: ${run.result}`;
  const { code, message } = JSON.parse(run.error) as { code: string; message: string };
  return `${run.status}: ${code} ${message}`;
}

function endOf(outcome: TurnReport["outcome"]): string {
  if (outcome === undefined) return "no end";
  if (outcome.type === "completed") return `completed: ${outcome.json}`;
  return `failed: ${outcome.error.code} ${outcome.error.message}`;
}

function difference(what: string, recorded: readonly string[], retraced: readonly string[]): string[] {
  const at = Array.from({ length: Math.max(recorded.length, retraced.length) }, (_, index) => index)
    .find((index) => recorded[index] !== retraced[index]);
  if (at === undefined) return [];
  return [`${what} differ: recorded ${recorded[at]}, retraced ${retraced[at]}`];
}
