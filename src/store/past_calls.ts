import type { Json } from "../core/json.ts";
import type { Manifest } from "../core/manifest.ts";
import type { Row } from "./database.ts";
import { storedJson } from "./stored_json.ts";
import { OVER_BUDGET } from "./waits.ts";
import type { Store } from "./store.ts";

/** A call that was begun before now. */
export interface PastCall {
  /** Of the code that made it. */
  readonly manifest: Manifest;
  readonly method: string;
  readonly args: readonly Json[];
  /** When it was over, ms. One that is not may have been at work until now. */
  readonly at: number;
  /** Until when it waits, ms; not for a budget, of which a server knows nothing. */
  readonly readyAt: number | undefined;
}

/** Runs that are looked at besides those that have not ended: the newest. */
const RUNS = 200;
/** As they were sent. */
const ARGS = "coalesce(gate ->> '$.args', args)";
/** Calls read at a time, once the newest of a run has been found to be recent: times stand behind results, which may be long. */
const PAGE = 20;

export interface PastCallsParams {
  readonly service: string;
  /** ms */
  readonly since: number;
  readonly now: number;
  /** When the last owner of the file began, ms: a call older than that may have been made by the one before, too. */
  readonly ownerSince: number;
}

/**
 * The calls of a service that are open, or were over after `since`, in the order in which they were over; twice if they
 * may have been made twice. Each run's journal is read back from its end, so that it costs the same however long the run is.
 */
export function pastCalls(store: Store, { service, since, now, ownerSince }: PastCallsParams): PastCall[] {
  const { db } = store;
  const runs = db.prepare(
    `SELECT run FROM task_runs WHERE ended_at IS NULL
     UNION SELECT run FROM (SELECT run FROM task_runs ORDER BY run DESC LIMIT ${RUNS})`,
  ).all() as Row[];
  const settled = db.prepare(
    `SELECT service, method, ${ARGS} AS args, issued_at, delivery, delivered_at AS at FROM stack_runs
     WHERE run = ? AND delivery < ? ORDER BY delivery DESC LIMIT ? + 0`,
  );
  const dropped = db.prepare(
    `SELECT service, method, ${ARGS} AS args, issued_at, ended_at AS at FROM stack_runs INDEXED BY stack_runs_unsuccessful
     WHERE run = ? AND status IN ('failed', 'cancelled') AND delivery IS NULL AND ended_at > ? AND started_at IS NOT NULL`,
  );
  const open = db.prepare(
    `SELECT service, method, ${ARGS} AS args, issued_at, iif(${OVER_BUDGET}, NULL, ready_at) AS ready_at
     FROM stack_runs INDEXED BY stack_runs_open
     WHERE run = ? AND ended_at IS NULL AND started_at IS NOT NULL`,
  );
  const past: PastCall[] = [];
  for (const { run } of runs as { run: number }[]) {
    const rows = [...open.all(run) as Row[], ...dropped.all(run, since) as Row[]];
    let before = Number.MAX_SAFE_INTEGER;
    for (let limit = 1;; limit = PAGE) {
      const page = settled.all(run, before, limit) as Row[];
      const recent = page.filter(({ at }) => (at as number) > since);
      rows.push(...recent);
      if (recent.length < limit) break;
      before = page.at(-1)!.delivery as number;
    }
    const calls = rows.filter((row) => row.service === service);
    if (calls.length === 0) continue;
    const { manifest } = store.taskFunctions.get(store.taskRuns.get(run)!.functionId);
    for (const { method, args, issued_at, at, ready_at } of calls) {
      const call = {
        manifest,
        method: method as string,
        args: storedJson(args as string) as Json[],
        at: Math.min((at as number | undefined) ?? now, now),
        readyAt: (ready_at as number | null | undefined) ?? undefined,
      };
      past.push(call);
      if ((issued_at as number) < ownerSince && ownerSince > since) {
        past.push({ ...call, at: Math.min(ownerSince, now) });
      }
    }
  }
  return past.sort((a, b) => a.at - b.at);
}
