import type { Findings } from "../findings.ts";
import { callOf, type Journal, type RunRow, tokenOf } from "../journal.ts";
import { keysOf, legKey } from "../relay.ts";
import type { Relays } from "../relays.ts";
import type { Service } from "../service.ts";

/**
 * Relays, their retries and their forks: each is what was acknowledged, has ended, and keeps the rows of its answers once; and of
 * all that go on with each other a call has one answer.
 */
export function checkRelays(
  journal: Journal,
  params: { acknowledged: Relays["acknowledged"]; service: Service; findings: Findings },
): void {
  const { acknowledged, service, findings } = params;
  const byId = new Map(journal.runs.map((run) => [run.id, run]));
  for (const [id, { name, from = null }] of acknowledged) {
    const run = byId.get(id);
    if (run?.input.name !== name || (run.forkedFrom?.run ?? null) !== from) {
      findings.report("word", `run ${id} (${name}) was submitted and is not there, or goes on with another run`);
    }
  }
  const frames = Map.groupBy(journal.frames, ({ run }) => run);
  const rows = Map.groupBy(journal.records, ({ run }) => run);
  const answers = new Map<string, string>();
  for (const run of journal.runs) {
    const where = `run ${run.id} (${run.input.name})`;
    if (!isWellEnded(run)) findings.report("ends", `${where} is ${run.status}: ${run.error?.code}`);
    for (const frame of frames.get(run.run) ?? []) {
      const call = callOf(frame);
      if (call === undefined || frame.status !== "completed") continue;
      const token = tokenOf(frame)!;
      if (service.statusOf(token) === undefined) findings.report("once", `${where}: the service never sent ${token}`);
      const before = answers.get(call.key) ?? token;
      if (before !== token) findings.report("again", `${where}: ${call.key} was answered ${before}, and then ${token}`);
      answers.set(call.key, token);
    }
    const kept = (rows.get(run.run) ?? []).map(({ data }) => data);
    const completed = (frames.get(run.run) ?? []).filter(({ service, status }) =>
      service === "records" && status === "completed"
    );
    const wanted = completed.flatMap(({ args }) => args[1] as unknown[]);
    if (sorted(kept) !== sorted(wanted)) {
      findings.report("records", `${where} has kept ${kept.length} rows instead of ${wanted.length}`);
    }
  }
  const lines = Map.groupBy(journal.logs, ({ run }) => run);
  for (const run of journal.runs.filter(({ parentRun }) => parentRun === null)) {
    const told = lines.get(run.run)?.length ?? 0;
    if (told > 1 || (told === 0 && run.status === "completed")) {
      findings.report("logs", `run ${run.id} (${run.input.name}) is ${run.status} and has told ${told} lines`);
    }
  }
  // What was nested comes later in the file than what it is nested in.
  for (const run of journal.runs.filter(({ status }) => status === "completed")) {
    const where = `run ${run.id} (${run.input.name})`;
    const kept = rows.get(run.run) ?? [];
    const keys = run.parentRun === null ? keysOf(run.input.name) : [legKey(run.input.name, "a")];
    const tokens = keys.map((key) => answers.get(key));
    if (sorted(run.result as string[]) !== sorted(tokens)) findings.report("results", `${where} has another result`);
    // The rows of what is nested are those of another run.
    const legs = run.parentRun === null ? keys.length - 1 : 1;
    if (kept.length !== legs) findings.report("records", `${where} has kept ${kept.length} rows of ${legs} answers`);
  }
}

function isWellEnded({ status, error, parentRun }: RunRow): boolean {
  if (status === "failed") return error?.code === "UNAVAILABLE" || error?.code === "TIMEOUT";
  return status === "completed" || (status === "cancelled" && parentRun !== null);
}

function sorted(values: readonly unknown[]): string {
  return JSON.stringify(values.map((value) => JSON.stringify(value)).sort());
}
