import { TaskerError } from "../core/errors.ts";
import { frameId, parseFrameId } from "../core/ids.ts";
import { type AskedCall, type Gate, gateOf } from "../store/gates.ts";
import { storedJson } from "../store/stored_json.ts";
import type { Store } from "../store/store.ts";
import type { ApprovalView, GateView } from "./api.ts";

/** Calls of one answer; whoever decides about these is shown the next ones. */
const MOST = 1_000;

/** The calls that wait for a person, the oldest first. */
export function approvalViews(store: Store, run?: number): ApprovalView[] {
  const asked = run === undefined ? store.gates.asked({ after: 0, limit: MOST }) : store.gates.askedOf(run, MOST);
  return asked.map((call) => approvalView(store, call));
}

/** One call, whatever was decided about it. */
export function approvalViewOf(store: Store, id: string): ApprovalView {
  const { taskRunId, seq } = parseFrameId(id);
  const run = store.taskRuns.byId(taskRunId);
  const frame = run === undefined ? undefined : store.stackRuns.bySeq(run.run, seq);
  if (run !== undefined && frame !== undefined) return approvalView(store, { frame: frame.id, run: run.run, seq });
  throw new TaskerError("NOT_FOUND", `there is no call ${id}`, { hint: "`tasker approvals` lists those that wait" });
}

export function approvalView(store: Store, call: AskedCall): ApprovalView {
  const run = store.taskRuns.get(call.run)!;
  const frame = store.stackRuns.get(call.frame)!;
  return {
    id: frameId(run.id, call.seq),
    runId: run.id,
    taskName: run.taskName,
    service: frame.service,
    method: frame.method,
    args: storedJson(frame.args),
    ...gateView(gateOf(frame)!),
  };
}

/** What the policy made of a call. */
export function gateView({ state, rule, at, decidedAt, by, args, reason }: Gate): GateView {
  return {
    state,
    rule,
    askedAt: at,
    decidedAt: decidedAt ?? null,
    by: by ?? null,
    sentArgs: args === undefined ? null : args,
    reason: reason ?? null,
  };
}
