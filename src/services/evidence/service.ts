import { TaskerError } from "../../core/errors.ts";
import { isJsonObject, type Json } from "../../core/json.ts";
import type { Store } from "../../store/store.ts";
import type { Outcome, Service } from "../contract.ts";
import { checkMethod } from "../methods.ts";

/** Rows of one answer. */
const PAGE = 5_000;

/**
 * `evidence.found({ run, kind, after? })`: which messages a run has kept in its rows of a kind, by mailbox:
 * `{ mailboxes: [{ tenant?, mailbox, ids }], next }`; `next` is null at the end. For tasks that name the service in their
 * manifest: it reads what other runs have kept.
 */
export function createEvidenceService(): Service {
  return {
    name: "evidence",
    local: true,
    traits({ method }) {
      checkMethod("evidence", ["found"], method);
      return { repeatable: true };
    },
    call({ method, args }): Outcome {
      checkMethod("evidence", ["found"], method);
      const { run, kind, after = 0 } = isJsonObject(args[0]) ? args[0] : {};
      if (typeof run !== "string" || typeof kind !== "string" || typeof after !== "number") {
        throw new TaskerError("INVALID_INPUT", "evidence.found needs a run and a kind of its rows", {
          hint: 'write evidence.found({ run: id, kind: "message", after: 0 })',
        });
      }
      return { type: "effect", apply: (store) => found(store, { id: run, kind, after }) };
    },
  };
}

function found(store: Store, { id, kind, after }: { id: string; kind: string; after: number }): Json {
  const run = store.taskRuns.byId(id);
  if (run === undefined) {
    throw new TaskerError("NOT_FOUND", `there is no run ${id}`, { hint: "`tasker runs` lists them" });
  }
  const rows = store.records.page({ run: run.run, kind, after, limit: PAGE });
  const mailboxes = new Map<string, { tenant?: string; mailbox: string; ids: string[] }>();
  for (const { data } of rows) {
    if (!isJsonObject(data) || typeof data.mailbox !== "string" || typeof data.id !== "string") continue;
    const { mailbox, id, tenant } = data;
    const key = `${typeof tenant === "string" ? tenant : ""}\n${mailbox}`;
    const box = mailboxes.get(key) ?? { ...(typeof tenant === "string" ? { tenant } : {}), mailbox, ids: [] };
    mailboxes.set(key, box);
    box.ids.push(id);
  }
  return { mailboxes: [...mailboxes.values()], next: rows.length < PAGE ? null : rows.at(-1)!.seq };
}
