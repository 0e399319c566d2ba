import type { Bed } from "./bed.ts";
import type { Evidence } from "./checks/evidence.ts";
import { type Promised, PROMISES } from "./findings.ts";
import { type FaultName, FAULTS } from "./plan.ts";
import type { FaultCount } from "./storm.ts";

/** Findings shown of one promise: the first say what is wrong. */
const SHOWN = 10;

/** The table at the end: what was done, what came of it, and every promise with what was found against it. */
export function summary(bed: Bed, evidence: Evidence, faults: ReadonlyMap<FaultName, FaultCount>): string {
  const { journal, service } = evidence;
  const lines: string[] = ["", "faults"];
  for (const name of new Set(FAULTS)) {
    const { times = 0, leftOut } = faults.get(name) ?? {};
    lines.push(`  ${name.padEnd(16)} ${leftOut === undefined ? `${times}`.padStart(5) : `LEFT OUT: ${leftOut}`}`);
  }
  const calls = [...evidence.calls.values()];
  const made = [...service.counts.values()].reduce((sum, count) => sum + count, 0);
  const number = (value: number) => value.toLocaleString("en-US").padStart(8);
  lines.push("", "work");
  const row = (count: number, what: string) => lines.push(`${number(count)}  ${what}`);
  const runs = (status: string) => journal.runs.filter((run) => run.status === status).length;
  row(
    journal.runs.length,
    `runs: ${runs("completed")} completed, ${runs("cancelled")} cancelled, ${runs("failed")} failed`,
  );
  row(journal.frames.length, "frames");
  row(
    calls.length,
    `calls of the service, ${calls.filter(({ status }) => status === "failed").length} of them failed for good`,
  );
  row(made, `requests that the service got, ${service.late} of them after their sender had gone`);
  row(journal.records.length, "records");
  row(journal.logs.length, "log lines");
  row(bed.processes.all.length, `tasker processes, ${bed.owners.changes} changes of the owner`);
  lines.push("", "promises");
  for (const [promised, words] of Object.entries(PROMISES) as [Promised, string][]) {
    const found = bed.findings.of(promised);
    lines.push(`  ${found.length === 0 ? "ok    " : "BROKEN"}  ${words}`);
    for (const message of found.slice(0, SHOWN)) lines.push(`            ${message}`);
    if (found.length > SHOWN) lines.push(`            and ${found.length - SHOWN} more`);
  }
  return lines.join("\n");
}
