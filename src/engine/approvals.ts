import { TaskerError } from "../core/errors.ts";
import { parseFrameId } from "../core/ids.ts";
import { type Json, type JsonObject, whyUnrecordable } from "../core/json.ts";
import { decide, ruleText } from "../core/policy.ts";
import { isRunEnded } from "../core/states.ts";
import { sha256 } from "../store/sha256.ts";
import { type Gate, gateOf } from "../store/gates.ts";
import type { StackRun } from "../store/stack_runs.ts";
import type { Store } from "../store/store.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { checkWords } from "./audit.ts";
import { HELD } from "./held.ts";
import type { ServiceLookup } from "./parts.ts";
import { intended } from "./policy_gate.ts";

/** What a person says of a call that waits for them. */
export type Decision =
  & {
    /** The call's: `RUN.SEQ`. */
    readonly id: string;
    readonly by: string;
  }
  & (
    | {
      readonly state: "approved";
      /** Sent instead of the arguments of the call. */
      readonly args?: Json | undefined;
    }
    | { readonly state: "refused"; readonly reason?: string | undefined }
  );

/** Characters. */
const LONGEST_REASON = 2_000;

/**
 * Records what a person has decided, with the audit log's word of it; gives the run. Part of a transaction of the file's
 * owner. The same decision may be given again. Throws NOT_FOUND, CONFLICT, and what is wrong with the decision.
 */
export function recordDecision(store: Store, services: ServiceLookup, decision: Decision, now: number): TaskRun {
  checkWords({ by: decision.by });
  const { run, frame, gate } = askedCall(store, decision.id);
  const state = wanted(decision);
  if (gate.state === "approved" || gate.state === "refused") {
    if (isSame(gate, state)) return run;
    throw new TaskerError("CONFLICT", `${gate.by} has ${gate.state} the call ${decision.id} already`, {
      hint: `\`tasker show ${run.id}\` shows what became of it`,
    });
  }
  if (gate.state !== "asked" || frame.status !== "pending") {
    throw new TaskerError("CONFLICT", `the call ${decision.id} waits for nobody: it is ${frame.status}`, {
      hint: "`tasker approvals` lists those that do",
    });
  }
  if (state.args !== undefined) checkEdited(store, services, { run, frame, args: state.args });
  store.gates.set(frame.id, { ...gate, ...state, decidedAt: now });
  store.stackRuns.waits.reblock(frame.id, run.status === "held" ? HELD : undefined);
  store.audit.append({ event: decision.state, run: run.id, ...auditEntry(frame, gate, state), who: decision.by }, now);
  return run;
}

function askedCall(store: Store, id: string): { run: TaskRun; frame: StackRun; gate: Gate } {
  const { taskRunId, seq } = parseFrameId(id);
  const run = store.taskRuns.byId(taskRunId);
  const frame = run === undefined || seq === 0 ? undefined : store.stackRuns.bySeq(run.run, seq);
  if (run === undefined || frame === undefined) {
    throw new TaskerError("NOT_FOUND", `there is no call ${id}`, { hint: "`tasker approvals` lists those that wait" });
  }
  const gate = gateOf(frame);
  if (gate === undefined || (isRunEnded(run.status) && gate.state === "asked")) {
    const why = gate === undefined ? `it is ${frame.status}` : `its run is ${run.status}`;
    throw new TaskerError("CONFLICT", `the call ${id} waits for nobody: ${why}`, {
      hint: "`tasker approvals` lists those that do",
    });
  }
  return { run, frame, gate };
}

/** What a gate gets of a decision. */
function wanted(decision: Decision): Pick<Gate, "state" | "by" | "args" | "reason"> {
  const { state, by } = decision;
  if (decision.state === "approved") {
    return { state, by, ...(decision.args === undefined ? {} : { args: argumentsOf(decision.args) }) };
  }
  const reason = decision.reason?.trim();
  if (reason !== undefined && (reason === "" || reason.length > LONGEST_REASON)) {
    throw new TaskerError("INVALID_INPUT", `a reason is a text of 1 to ${LONGEST_REASON} characters`, {
      hint: "the task is told of it, and the audit log keeps it",
    });
  }
  return { state, by, ...(reason === undefined ? {} : { reason }) };
}

function argumentsOf(args: Json): readonly Json[] {
  const why = Array.isArray(args) ? whyUnrecordable(args) : "they are no list";
  if (why === undefined) return args as readonly Json[];
  throw new TaskerError("INVALID_INPUT", `the arguments cannot be sent: ${why}`, {
    hint: "give all arguments of the call as a JSON array, as `tasker approvals --json` shows them",
  });
}

function isSame(gate: Gate, state: Pick<Gate, "state" | "args" | "reason">): boolean {
  return gate.state === state.state && gate.reason === state.reason &&
    JSON.stringify(gate.args) === JSON.stringify(state.args);
}

/** What the service or a rule refuses is told to the person who edits, and not to the task. */
function checkEdited(
  store: Store,
  services: ServiceLookup,
  { run, frame, args }: { run: TaskRun; frame: StackRun; args: readonly Json[] },
): void {
  const service = services.get(frame.service);
  const { manifest, name } = store.taskFunctions.get(run.functionId);
  const call = { method: frame.method, args, manifest };
  service.traits(call);
  const { effect, rule } = decide(store.policy.all(), intended(name, service.name, service.intent!(call)));
  if (effect !== "deny") return;
  throw new TaskerError("FORBIDDEN", `rule ${rule!.id} denies these arguments: ${ruleText(rule!)}`, {
    hint: "`tasker policy list` shows the rules",
  });
}

/** Arguments may hold what a log is not to keep: it has their digests. */
function auditEntry(frame: StackRun, gate: Gate, { args, reason }: Pick<Gate, "args" | "reason">): JsonObject {
  return {
    call: frame.seq,
    entry: `${frame.service}.${frame.method}${args === undefined ? "" : ", with other arguments"}`,
    rule: gate.rule?.id ?? null,
    args: sha256(frame.args),
    ...(args === undefined ? {} : { sent: sha256(JSON.stringify(args)) }),
    reason: reason ?? null,
  };
}
