import type { Seen } from "../errand.ts";
import type { Wanted } from "../expectation.ts";
import type { Findings } from "../findings.ts";
import { type RunRow, tokenOf } from "../journal.ts";
import { type Evidence, expectedOf, seenOf } from "./evidence.ts";

/** Every completed run's result beside what its steps and the service's answers imply. */
export function checkResults(evidence: Evidence, findings: Findings): void {
  for (const run of evidence.journal.runs) {
    if (run.status === "completed") checkResult(evidence, findings, run);
  }
}

function checkResult(evidence: Evidence, findings: Findings, run: RunRow): void {
  const report = (key: string, what: string) => findings.report("results", `run ${run.id} (${key}) ${what}`);
  const seen = seenOf(run);
  if (seen.size !== (run.result as Seen[]).length) report(run.input.name, "tells of the same thing twice");
  const known = new Set<string>();
  for (const wanted of expectedOf(run, evidence.seed)) {
    known.add(wanted.key);
    const found = seen.get(wanted.key);
    if (found !== undefined) {
      const wrong = isCall(wanted) ? wrongCall(evidence, found) : wrongStep(wanted, found);
      if (wrong !== undefined) report(wanted.key, wrong);
    } else if (wanted.isCertain && !isNeedless(wanted.key, seen)) {
      report(wanted.key, `does not tell of its ${wanted.what}`);
    }
  }
  for (const key of seen.keys()) if (!known.has(key)) report(key, "tells of what is none of its steps");
}

function isCall({ what }: Wanted): boolean {
  return what === "get" || what === "put" || what === "post";
}

/** The second and third try of a call come only after a 500. */
function isNeedless(key: string, seen: ReadonlyMap<string, Seen>): boolean {
  const [name, attempt] = key.split("~");
  return attempt !== undefined && attempt !== "1" && seen.get(`${name}~${Number(attempt) - 1}`)?.status !== 500;
}

/** What the run was told is what the journal has: an answer of the service, or the error of a call that failed. */
function wrongCall({ calls, service }: Evidence, { key, status, token, error }: Seen): string | undefined {
  const frame = calls.get(key);
  if (frame === undefined) return "tells of a call that is not in the journal";
  if (error !== undefined) {
    return error === frame.error?.code ? undefined : `was told ${error}; its journal has ${frame.error?.code}`;
  }
  if (token !== tokenOf(frame)) return `was told ${token}; its journal has ${tokenOf(frame)}`;
  return status === service.statusOf(token!) ? undefined : `was told the status ${status} with ${token}`;
}

function wrongStep({ key, what, rows }: Wanted, { error, appended, found, winner, answer }: Seen): string | undefined {
  if (error !== undefined) return `saw ${error}`;
  if (what === "record" && appended !== rows) return `appended ${appended} rows instead of ${rows}`;
  if (what === "signal" && answer !== key && answer !== "SIGNAL_TIMEOUT") return `was answered ${answer}`;
  if (what === "row" && found !== 1) return `found its row ${found} times`;
  return what === "race" && winner === undefined ? "has no winner" : undefined;
}
