import { isRunEnded, type RunStatus } from "../../../src/core/states.ts";
import { startedName } from "../errand.ts";
import type { Findings } from "../findings.ts";
import type { FrameRow, RunRow } from "../journal.ts";
import type { Load } from "../load.ts";
import type { TaskerProcess } from "../processes.ts";
import type { Evidence } from "./evidence.ts";

/** Every run has come to an end that was meant for it, and to the one that was acknowledged or printed. */
export function checkEnds(
  evidence: Evidence,
  params: { load: Load; processes: readonly TaskerProcess[]; findings: Findings },
): void {
  const { load, findings, processes } = params;
  const { runs, journal } = evidence;
  const byId = new Map(journal.runs.map((run) => [run.id, run]));
  /** How a run has ended, or what it went on as. */
  const endOf = (id: string) => {
    const chain = byId.get(id)?.chain;
    return journal.runs.findLast((run) => run.chain === chain);
  };
  for (const run of journal.runs) {
    if (!isRunEnded(run.status as RunStatus)) {
      findings.report("ends", `run ${run.id} (${run.input.name}) is ${run.status}${waitingIn(run)}`);
    } else if (run.status === "failed") {
      findings.report("ends", `run ${run.id} (${run.input.name}) failed: ${run.error?.code} ${run.error?.message}`);
    } else if (run.status === "cancelled" && !mayBeCancelled(run)) {
      findings.report("ends", `run ${run.id} (${run.input.name}) is cancelled, which nobody asked for`);
    }
  }
  for (const { run, id, chain } of journal.runs.filter(({ status }) => status === "continued_as_new")) {
    if (journal.runs.some((next) => next.chain === chain && next.run > run)) continue;
    findings.report("ends", `run ${id} has continued, and there is none that goes on`);
  }
  for (
    const { run, seq, result } of journal.frames.filter(({ method, status }) =>
      method === "start" && status === "completed"
    )
  ) {
    if (!byId.has(String(result))) {
      findings.report("ends", `run ${run} seq ${seq} has started ${result}, which is not there`);
    }
  }
  const started = journal.runs.filter(({ input, parentRun }) =>
    parentRun === null && input.name.startsWith(startedName(""))
  );
  for (const [name, runs] of Map.groupBy(started, ({ input }) => input.name)) {
    const chains = new Set(runs.map(({ chain }) => chain));
    if (chains.size > 1) findings.report("once", `${name} was started ${chains.size} times`);
  }
  for (const run of journal.runs.filter(wasToCleanUp)) {
    const frames = journal.frames.filter((frame) => frame.run === run.run);
    // A setTimeout is only over: its run is told at the next call, if it makes one.
    const wasTold = frames.some((frame) =>
      frame.status === "cancelled" && frame.delivery !== null && !isSetTimeout(frame)
    );
    const cleaned = frames.filter(({ service, args, status }) =>
      service === "records" && status === "completed" && JSON.stringify(args).includes(".cleaned")
    );
    if (cleaned.length > 1 || (wasTold && cleaned.length === 0)) {
      findings.report(
        "ends",
        `run ${run.id} (${run.input.name}) has cleaned up ${cleaned.length} times: ${run.error?.message}`,
      );
    }
  }
  for (const [id, name] of load.submitted) {
    if (byId.get(id)?.input.name !== name) {
      findings.report("word", `run ${id} (${name}) was submitted and is not there`);
    }
  }
  for (const id of load.cancelled) {
    const status = endOf(id)?.status;
    if (status !== "cancelled") findings.report("word", `run ${id} was cancelled and is ${status}`);
  }
  for (const { purpose, ended, pid } of processes) {
    if (purpose === "detached" && ended?.code === 0 && !byId.has(ended.stdout.trim())) {
      findings.report("word", `detached ${pid} printed the run ${ended.stdout.trim()}, which is not there`);
    }
    if (purpose !== "run" || ended?.code !== 0) continue;
    const run = endOf(ended.stderr.match(/^run (\S+)$/m)?.[1] ?? "");
    if (run?.status === "completed" && ended.stdout.trim() !== "" && sameJson(ended.stdout, run.result)) continue;
    findings.report("word", `run ${pid} printed another result than run ${run?.id} (${run?.status}) has`);
  }

  /** It was told to, or the run around it has ended without it. */
  function mayBeCancelled({ parentRun, input }: RunRow): boolean {
    if (parentRun === null) return load.mayBeCancelled.has(input.name);
    return isRunEnded(runs.get(parentRun)!.status as RunStatus);
  }

  /** Its clean-up was not cut off. */
  function wasToCleanUp({ status, error }: RunRow): boolean {
    return status === "cancelled" && /^the run was cancelled(?!.*cut off)/.test(error?.message ?? "");
  }

  function waitingIn(run: RunRow): string {
    const open = journal.frames.filter((frame) => frame.run === run.run && !isRunEnded(frame.status as RunStatus));
    return open.map(({ seq, service, method, status, attempt }) =>
      `; seq ${seq} ${service}.${method} is ${status} at attempt ${attempt}`
    ).join("");
  }
}

/** Errands give durable sleeps of their own in words. */
function isSetTimeout({ service, args }: FrameRow): boolean {
  return service === "timer" && typeof args[0] === "number";
}

function sameJson(text: string, value: unknown): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === JSON.stringify(value);
  } catch {
    return false;
  }
}
