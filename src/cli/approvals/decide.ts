import type { Json } from "../../core/json.ts";
import type { Decision } from "../../engine/approvals.ts";
import type { ApprovalView } from "../../server/api.ts";
import { whoRunsThis } from "../../server/who.ts";
import type { Context } from "../context.ts";
import { note } from "../output/errors.ts";
import { ownerOf } from "../idle.ts";
import { shortId } from "../run_lookup.ts";
import { withServices } from "../services.ts";
import { Session } from "../session.ts";
import { shortCallId } from "./waiting_call.ts";

/** What a person says of a call: `args` are sent instead of the call's own, `reason` is given to the task. */
export type Saying =
  | { readonly verb: "approve"; readonly id: string; readonly args?: Json }
  | { readonly verb: "refuse"; readonly id: string; readonly reason?: string };

/**
 * Has a decision recorded: by the process that owns the database, or here when nobody does. No run is begun by that, since
 * this process ends at once.
 */
export async function decideCall(context: Context, database: string, saying: Saying): Promise<ApprovalView> {
  const { acquireOwnership } = await import("../../store/ownership.ts");
  const ownership = acquireOwnership(database);
  const by = whoRunsThis();
  if (ownership === undefined) {
    const { verb, ...said } = saying;
    const session = new Session(context, { database, owner: {}, note: (text) => note(context.terminal, text) });
    try {
      return await session.ask((client) => client.decide(verb, { ...said, by }));
    } finally {
      await session.stop();
    }
  }
  try {
    const { recordDecision } = await import("../../engine/approvals.ts");
    const { approvalViewOf } = await import("../../server/approval_views.ts");
    return await withServices(context, database, (services, store) => {
      const { id } = saying;
      const decision: Decision = saying.verb === "approve"
        ? { id, by, state: "approved", args: saying.args }
        : { id, by, state: "refused", reason: saying.reason };
      store.db.transaction(() => recordDecision(store, services, decision, context.now()));
      return approvalViewOf(store, id);
    });
  } finally {
    ownership.release();
  }
}

/** Tells what was decided, and what is left to do. */
export async function tellDecision(context: Context, database: string, view: ApprovalView): Promise<void> {
  const sent = view.sentArgs === null ? "" : ", with other arguments";
  note(
    context.terminal,
    `${view.state}: ${view.service}.${view.method} of ${view.taskName} (${shortCallId(view.id)})${sent}`,
  );
  if (await ownerOf(context, database) !== undefined) return;
  const resume = `tasker resume ${shortId(view.runId)}${context.databaseArgument(database)}`;
  note(context.terminal, `no tasker process works on its run at the moment: \`${resume}\` goes on`);
}
