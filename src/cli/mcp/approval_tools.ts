import type { Json, JsonObject } from "../../core/json.ts";
import type { ApprovalView } from "../../server/api.ts";
import { approvalView } from "../../server/approval_views.ts";
import { whoRunsThis } from "../../server/who.ts";
import type { Store } from "../../store/store.ts";
import { findCall, whyAsked } from "../approvals/waiting_call.ts";
import { bounded, page } from "./bounded.ts";
import { isoTime } from "./shown_run.ts";
import { AFTER, limitOf, placeOf, type Tool } from "./tool.ts";

/** Characters of JSON of a call's arguments. */
const LONGEST_ARGUMENTS = 8_000;

const CALL: JsonObject = { type: "string", description: "Id of the call, as list_approvals has it" };

export const listApprovals: Tool = {
  name: "list_approvals",
  title: "List calls that wait for a person",
  description: "Calls that leave the machine only when a person approves them, the oldest first: arguments, and why.",
  arguments: { limit: limitOf(100, 20), after: AFTER },
  kind: "reads",
  quotesOthers: true,
  run: ({ limit = 20, after }, door) =>
    door.reading((store) => {
      const { items, next } = page(asked(store, placeOf(after), limit + 1), limit);
      return { approvals: items, next };
    }),
};

/** What a person has decided, as the client says: the audit log names the way that it came. */
export const decisions: readonly Tool[] = [
  deciding("approve", {
    title: "Approve a call",
    description:
      "Lets a call be made that waits for a person. Show that person its arguments first: it cannot be undone.",
    arguments: {
      call: CALL,
      args: { type: "array", description: "All arguments to send instead; the journal keeps both" },
    },
    reachesOut: true,
  }),
  deciding("refuse", {
    title: "Refuse a call",
    description: "Has a call fail that waits for a person: its task gets the error POLICY_REFUSED.",
    arguments: {
      call: CALL,
      reason: { type: "string", description: "Why; the task is told of it, and the audit log keeps it" },
    },
  }),
];

function deciding(
  verb: "approve" | "refuse",
  tool: Pick<Tool, "title" | "description" | "arguments" | "reachesOut">,
): Tool {
  return {
    ...tool,
    name: `${verb}_call`,
    required: ["call"],
    kind: "final",
    quotesOthers: true,
    async run({ call, args, reason }, door) {
      const id = await door.reading((store) => findCall(store, call));
      const decision = {
        id,
        by: `${whoRunsThis()}, over MCP`,
        ...(args === undefined ? {} : { args }),
        ...(reason === undefined ? {} : { reason }),
      };
      return decided(await door.ask((client) => client.decide(verb, decision)));
    },
  };
}

function* asked(store: Store, after: number, limit: number) {
  for (const call of store.gates.asked({ after, limit })) {
    yield { item: shown(approvalView(store, call)), place: String(call.frame) };
  }
}

function shown(view: ApprovalView): object {
  const { id, runId, taskName, service, method, args, askedAt } = view;
  return {
    id,
    run: runId,
    task: taskName,
    call: `${service}.${method}`,
    args: bounded(args, LONGEST_ARGUMENTS),
    why: whyAsked(view),
    askedAt: isoTime(askedAt),
  };
}

function decided(view: ApprovalView): object {
  const { state, by, reason, sentArgs } = view;
  return {
    ...shown(view),
    state,
    by,
    ...(reason === null ? {} : { reason }),
    ...(sentArgs === null ? {} : { sentArgs: bounded(sentArgs as Json, LONGEST_ARGUMENTS) }),
  };
}
