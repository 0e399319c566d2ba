import { parseFrameId } from "../../core/ids.ts";
import { TaskerError } from "../../core/errors.ts";
import type { ApprovalView } from "../../server/api.ts";
import type { Store } from "../../store/store.ts";
import { findRun, shortId } from "../run_lookup.ts";

/** The call that a person means: its id, or the end of its run's id with the call's number, `f0a49e82.3`. */
export function findCall(store: Store, text: string): string {
  const dot = text.lastIndexOf(".");
  if (dot < 0) {
    throw new TaskerError("USAGE", `${text} is no id of a call`, {
      hint: "it is that of the run with the call's number, such as f0a49e82.3; `tasker approvals` lists them",
    });
  }
  const { seq } = parseFrameId(text);
  return `${findRun(store, text.slice(0, dot)).id}.${seq}`;
}

/** What people type for a call. */
export function shortCallId(id: string): string {
  const { taskRunId, seq } = parseFrameId(id);
  return `${shortId(taskRunId)}.${seq}`;
}

/** Why somebody is asked. */
export function whyAsked({ rule }: Pick<ApprovalView, "rule">): string {
  return rule === null ? "it writes, and no rule says otherwise" : `rule ${rule.id}: ${rule.text}`;
}
