import type { Findings, Promised } from "../findings.ts";
import type { FrameRow, RecordRow } from "../journal.ts";
import { type Evidence, expectedOf, nameOf, seenOf } from "./evidence.ts";

/** What runs have written: each thing as often as its call is completed, which is once when its run came to its end. */
export function checkEffects(evidence: Evidence, findings: Findings): void {
  const { journal } = evidence;
  const records = Map.groupBy(journal.records, (record: RecordRow) => record.frame);
  const rows = Map.groupBy(journal.rows, (name: string) => name);
  const lines = Map.groupBy(journal.logs, ({ run, text }) => `${evidence.runs.get(run)!.chain} ${text}`);
  const recordFrames = new Map<string, FrameRow>();
  const rowFrames = new Map<string, FrameRow>();

  for (const frame of journal.frames) {
    const times = frame.status === "completed" ? 1 : 0;
    if (frame.service === "records") {
      const wanted = frame.args[1] as RecordRow["data"][];
      recordFrames.set(wanted[0]!.key, frame);
      const found = (records.get(frame.id) ?? []).map(({ data }) => data);
      if (JSON.stringify(found) === JSON.stringify(times === 1 ? wanted : [])) continue;
      report("records", frame, `has kept ${found.length} rows instead of ${times * wanted.length}`);
    } else if (frame.service === "database" && frame.method.startsWith("from.insert")) {
      const { name } = (frame.args as unknown[][])[1]![0] as { name: string };
      rowFrames.set(name, frame);
      const found = rows.get(name)?.length ?? 0;
      if (found !== times) report("tables", frame, `is in the table ${found} times instead of ${times}`);
    }
  }
  for (const [name] of rows) if (!rowFrames.has(name)) findings.report("tables", `nobody inserted the row ${name}`);
  for (const [line, { length }] of lines) {
    if (length > 1) findings.report("logs", `run ${line}: logged ${length} times`);
  }

  for (const run of journal.runs.filter(({ status }) => status === "completed")) {
    const seen = seenOf(run);
    for (const { key, what, run: name, isCertain } of expectedOf(run, evidence.seed)) {
      if (!isCertain || name !== run.input.name) continue;
      const lost = (promised: Promised, is: boolean) => {
        if (is) findings.report(promised, `run ${run.id} (${key}) has completed without it`);
      };
      if (what === "record") {
        const frame = recordFrames.get(key);
        lost("records", frame?.status !== "completed");
        const dice = records.get(frame?.id ?? -1)?.[0]?.data.dice;
        if (dice !== seen.get(key)?.dice) {
          findings.report("records", `run ${run.id} (${key}): another chance in its rows`);
        }
      }
      if (what === "row") lost("tables", rowFrames.get(key)?.status !== "completed");
      if (what === "log") lost("logs", !lines.has(`${run.chain} line ${key}`));
    }
  }

  function report(promised: Promised, frame: FrameRow, what: string): void {
    findings.report(promised, `${nameOf(evidence, frame)} (${frame.status}) ${what}`);
  }
}
