import { TaskerError } from "../core/errors.ts";
import type { Json, JsonObject } from "../core/json.ts";
import { isJsonObject } from "../core/json.ts";
import { redacted, shortened } from "../core/redaction.ts";
import { sha256 } from "../store/sha256.ts";
import { endOfRun } from "../store/run_end.ts";
import type { Store } from "../store/store.ts";
import type { TaskFunction } from "../store/task_functions.ts";
import type { TaskRun } from "../store/task_runs.ts";

/** What the engine must know to write the audit log. */
export interface AuditOptions {
  /** Who runs this process: `ann@laptop`. */
  readonly owner: string;
  /** Whether a run is refused for which no reason is given. */
  isReasonRequired(): boolean;
}

/** Why a run is submitted, and by whom. */
export interface Cause {
  readonly reason?: string | undefined;
  /** As whoever submits it says; the owner of the process, if they do not. */
  readonly by?: string | undefined;
  /** The schedule that submits it, and the time (ISO, UTC) that it does so for. */
  readonly schedule?: { readonly name: string; readonly time: string } | undefined;
}

const LONGEST = { reason: 2_000, by: 200 } as const;
/** Characters of one parameter as the log keeps it: of a longer one its sha-256. */
const LONGEST_PARAMETER = 8_000;

/** Throws INVALID_INPUT when a reason is missing that must be given, or is no text that can be kept. */
export function checkCause({ reason, by }: Cause, audit: AuditOptions): void {
  checkWords({ reason, by });
  if (reason === undefined && audit.isReasonRequired()) {
    throw new TaskerError("INVALID_INPUT", "a reason must be given: this database wants one for every run", {
      hint: "say why with --reason TEXT, such as the number of the case; it is kept in the audit log",
    });
  }
}

/** Throws INVALID_INPUT for words that are given and cannot be kept. */
export function checkWords(given: Pick<Cause, "reason" | "by">): void {
  for (const [name, text] of Object.entries(given)) {
    const most = LONGEST[name as keyof typeof LONGEST];
    if (text === undefined || (text.trim() !== "" && text.length <= most)) continue;
    throw new TaskerError("INVALID_INPUT", `\`${name}\` must be a text of 1 to ${most} characters`, {
      hint: "it is kept in the audit log",
    });
  }
}

/** Appends what is asked; gives the entry's place. Part of the transaction that inserts the run. */
export function auditSubmission(
  store: Store,
  params: Cause & {
    id: string;
    task: TaskFunction;
    input: Json;
    forkedFrom?: JsonObject;
    /** Ids of the run that has started it, and of the one that goes on as it. */
    startedBy?: string;
    continues?: string;
    audit: AuditOptions;
    now: number;
  },
): number {
  const { id, task, audit } = params;
  const asked = redacted(params.input, task.manifest.input);
  return store.audit.append({
    event: "submitted",
    run: id,
    task: task.name,
    version: task.version,
    code: task.hash,
    asked: isJsonObject(asked) ? shortened(asked, LONGEST_PARAMETER, digestOf) : digestOf(JSON.stringify(asked)),
    ...(params.forkedFrom === undefined ? {} : { forkedFrom: params.forkedFrom }),
    ...(params.startedBy === undefined ? {} : { startedBy: params.startedBy }),
    ...(params.continues === undefined ? {} : { continues: params.continues }),
    reason: params.reason?.trim() ?? null,
    who: params.by?.trim() ?? audit.owner,
    ...(params.schedule === undefined ? {} : { schedule: params.schedule.name, for: params.schedule.time }),
    owner: audit.owner,
  }, params.now);
}

/** By whom and why a run was asked for: what is said of the run of its own that it is, or is nested in. */
export function causeOf(store: Store, run: number): Pick<Cause, "reason" | "by"> {
  const { parentRun, audit } = store.taskRuns.get(run)!;
  if (parentRun !== null) return causeOf(store, parentRun);
  const { reason, who } = (audit === null ? undefined : store.audit.entry(audit)) ?? {};
  return {
    ...(typeof reason === "string" ? { reason } : {}),
    ...(typeof who === "string" ? { by: who } : {}),
  };
}

/** Appends how a run has ended, unless it is nested in another. Part of the transaction that ends it. */
export function auditEnd(store: Store, ended: TaskRun, audit: AuditOptions, now: number): void {
  if (ended.parentRun !== null) return;
  store.audit.append({ event: "ended", run: ended.id, ...endOfRun(store, ended), owner: audit.owner }, now);
}

function digestOf(json: string): JsonObject {
  return { sha256: sha256(json), characters: json.length };
}
