import type { Row } from "./database.ts";
import type { Store } from "./store.ts";

/** Rows by table. */
export interface RunRows {
  readonly task_runs: number;
  readonly stack_runs: number;
  readonly records: number;
  readonly logs: number;
}

/** Runs that ended long ago, and which of them can go. */
export interface RetentionPlan {
  /** Ids of runs of their own, the oldest first; what is nested in them goes with them. */
  readonly runs: readonly string[];
  /** Runs that are as old and stay, since something that stays names them. */
  readonly kept: readonly { readonly run: string; readonly because: string }[];
  /** The rows of what can go. */
  readonly rows: RunRows;
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
/** The tables whose rows refer to a run, in the order in which they go. */
export const PARTS = ["logs", "records", "signals", "stack_runs", "run_links"] as const;

/** What ended before a time, with all that is nested in it, and is named by nothing that stays: no run and no schedule. */
export function planRetention(store: Store, before: number): RetentionPlan {
  const ended = store.db.prepare("SELECT id, run FROM task_runs WHERE parent_run IS NULL AND ended_at < ? ORDER BY run")
    .all(before) as Row[];
  const old = new Map<string, readonly number[]>();
  /** The run of its own that each of these runs is, or is nested in. */
  const tops = new Map<string, string>();
  for (const { id, run } of ended) {
    const family = familyOf(store, run as number);
    if (family.some(({ endedAt }) => endedAt === null || endedAt >= before)) continue;
    old.set(id as string, family.map(({ run }) => run));
    for (const member of family) tops.set(member.id, id as string);
  }
  const kept: { run: string; because: string }[] = [];
  const keepNamedIn = (input: string, because: string) => {
    for (const [named] of input.matchAll(UUID)) {
      const run = tops.get(named);
      if (run === undefined || !old.delete(run)) continue;
      kept.push({ run, because });
      keepNamedIn(store.taskRuns.byId(run)!.input, `named by run ${run}`);
    }
  };
  for (const { run, by } of store.runLinks.startedByUnfinished()) keepNamedIn(run, `started by run ${by}`);
  for (const { name, input } of store.schedules.list()) keepNamedIn(input, `named by the schedule ${name}`);
  for (const { id, input } of inputsOfRuns(store)) if (!old.has(id)) keepNamedIn(input, `named by run ${id}`);
  return { runs: [...old.keys()], kept, rows: countRows(store, [...old.values()].flat()) };
}

/** A run and all that is nested in it, the innermost first. */
export function familyOf(store: Store, run: number): { run: number; id: string; endedAt: number | null }[] {
  const rows = store.db.prepare(
    `WITH RECURSIVE family (run, depth) AS (
       SELECT ?, 0 UNION ALL SELECT task_runs.run, depth + 1 FROM task_runs JOIN family ON parent_run = family.run
     )
     SELECT run, id, ended_at FROM family JOIN task_runs USING (run) ORDER BY depth DESC`,
  ).all(run) as Row[];
  return rows.map((row) => ({
    run: row.run as number,
    id: row.id as string,
    endedAt: row.ended_at as number | null,
  }));
}

/** The ids of runs that unfinished runs and schedules name, or that unfinished runs have started. */
export function neededRuns(store: Store): Set<string> {
  const inputs = [...store.taskRuns.unfinished(), ...store.schedules.list()].map(({ input }) => input);
  const started = store.runLinks.startedByUnfinished().map(({ run }) => run);
  return new Set([...started, ...inputs.flatMap((input) => input.match(UUID) ?? [])]);
}

/**
 * Deletes rows of runs that have ended, at most so many, and the runs themselves when nothing else of them is left. Gives how
 * many rows went; fewer than `limit` when the runs are gone. The rows' space is overwritten, since they hold mail.
 */
export function deleteRows(store: Store, family: readonly number[], limit: number): number {
  const { db } = store;
  db.exec("PRAGMA secure_delete = ON");
  let left = limit;
  for (const table of PARTS) {
    const some = db.prepare(
      `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE run = ? LIMIT ? + 0)`,
    );
    for (const run of family) if (left > 0) left -= Number(some.run(run, left).changes);
  }
  const spending = db.prepare(
    `DELETE FROM budget_spending
     WHERE budget IN (SELECT id FROM budgets) AND span = (SELECT id FROM task_runs WHERE run = ?)`,
  );
  const whole = db.prepare("DELETE FROM task_runs WHERE run = ?");
  for (const run of family) {
    if (left <= 0) break;
    spending.run(run);
    left -= Number(whole.run(run).changes);
  }
  db.exec("PRAGMA secure_delete = OFF");
  return limit - left;
}

/** Bytes of the file that hold nothing, and its size. */
export function fileSpace(store: Store): { free: number; size: number } {
  const pragma = (name: string) => Number(Object.values(store.db.prepare(`PRAGMA ${name}`).get() as Row)[0]);
  const page = pragma("page_size");
  return { free: pragma("freelist_count") * page, size: pragma("page_count") * page };
}

function* inputsOfRuns(store: Store): Generator<{ id: string; input: string }> {
  const page = store.db.prepare(
    "SELECT run, id, input FROM task_runs WHERE parent_run IS NULL AND run > ? ORDER BY run LIMIT 500",
  );
  for (let after = Number.MIN_SAFE_INTEGER;;) {
    const rows = page.all(after) as Row[];
    yield* rows as unknown as { id: string; input: string }[];
    if (rows.length < 500) return;
    after = rows.at(-1)!.run as number;
  }
}

function countRows(store: Store, runs: readonly number[]): RunRows {
  const numbers = JSON.stringify(runs);
  const count = (table: keyof RunRows) =>
    (store.db.prepare(`SELECT count(*) AS n FROM ${table} WHERE run IN (SELECT value FROM json_each(?))`)
      .get(numbers) as Row).n as number;
  return {
    task_runs: count("task_runs"),
    stack_runs: count("stack_runs"),
    records: count("records"),
    logs: count("logs"),
  };
}
