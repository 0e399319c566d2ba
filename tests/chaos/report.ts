import type { Bed } from "./bed.ts";
import type { Evidence } from "./checks/evidence.ts";
import { type Promised, PROMISES } from "./findings.ts";
import { type FaultName, FAULTS } from "./plan.ts";
import type { FaultCount } from "./storm.ts";

/** Findings shown of one promise: the first say what is wrong. */
const SHOWN = 10;

function relaysOf({ relays: { acknowledged } }: Bed): string {
  const own = [...acknowledged.values()].filter(({ from }) => from === undefined).length;
  return `submitted ${own}, retries and forks ${acknowledged.size - own}`;
}

/** The table at the end: what was done, what came of it, and every promise with what was found against it. */
export function summary(bed: Bed, evidence: Evidence, faults: ReadonlyMap<FaultName, FaultCount>): string {
  const { journal, service } = evidence;
  const lines: string[] = ["", "faults"];
  for (const name of new Set(FAULTS)) {
    const { times = 0, leftOut } = faults.get(name) ?? {};
    lines.push(`  ${name.padEnd(16)} ${leftOut === undefined ? `${times}`.padStart(5) : `LEFT OUT: ${leftOut}`}`);
  }
  const calls = [...evidence.calls.values()];
  const requests = [...service.counts.values()].reduce((sum, count) => sum + count, 0);
  const failed = calls.filter(({ status }) => status === "failed").length;
  const ended = ["completed", "cancelled", "failed"].map((status) =>
    `${status} ${journal.runs.filter((run) => run.status === status).length}`
  );
  const work: [number, string][] = [
    [journal.runs.length, `runs: ${ended.join(", ")}`],
    [bed.relays.acknowledged.size, `relays: ${relaysOf(bed)}`],
    [bed.spenders.all.length, `spenders, whose budgets were changed ${bed.spenders.changes} times`],
    [journal.frames.length, "frames"],
    [calls.length, `calls of the service; for good failed ${failed}`],
    [requests, `requests that the service got, ${service.late} of them after their sender had given up or died`],
    [journal.records.length, "records"],
    [journal.logs.length, "log lines"],
    [bed.processes.all.length, `tasker processes, ${bed.owners.changes} changes of the owner`],
  ];
  lines.push("", "work");
  for (const [count, what] of work) lines.push(`${count.toLocaleString("en-US").padStart(8)}  ${what}`);
  lines.push("", "promises");
  for (const [promised, words] of Object.entries(PROMISES) as [Promised, string][]) {
    const found = bed.findings.of(promised);
    lines.push(`  ${found.length === 0 ? "ok    " : "BROKEN"}  ${words}`);
    for (const message of found.slice(0, SHOWN)) lines.push(`            ${message}`);
    if (found.length > SHOWN) lines.push(`            and ${found.length - SHOWN} more`);
  }
  return lines.join("\n");
}
