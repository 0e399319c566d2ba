import type { Store } from "../../src/store/store.ts";
import { newestOf } from "../../src/store/run_links.ts";
import type { TaskRun } from "../../src/store/task_runs.ts";

/** The table that programs keep their places in, as the file has it. */
export const KEPT = "t_kept";

/**
 * What a run of a steady program comes to, with what it goes on as and everything nested in these; the order of answers has
 * no say in it.
 */
export interface Course {
  readonly status: string;
  readonly result: string | null;
  readonly error: string | null;
  readonly records: readonly string[];
  readonly lines: readonly string[];
  readonly rows: readonly string[];
}

export function courseOf(store: Store, run: TaskRun): Course {
  const runs = linksOf(store, run).flatMap((link) => family(store, link));
  const name = (JSON.parse(run.input) as { name: string }).name;
  const { status, result, error } = newestOf(store, run);
  return {
    status,
    result,
    error: error === null ? null : withoutStack(error),
    records: runs.flatMap((each) => [...store.records.each({ run: each })].map(({ data }) => JSON.stringify(data)))
      .sort(),
    lines: runs.flatMap((each) => taskLines(store, each)).sort(),
    rows: keptPlaces(store).filter((place) => place.startsWith(`${name}.`)).sort(),
  };
}

/** Whether no other run has made it, or the first of its chain. */
export function isSubmitted(store: Store, { run, parentRun }: TaskRun): boolean {
  return parentRun === null && store.runLinks.get(run).startedBy === null;
}

/** The first run of the chain that a run is in: itself, as a rule. */
export function firstOf(store: Store, run: TaskRun): TaskRun {
  const { chain } = store.runLinks.get(run.run);
  return chain === null ? run : store.taskRuns.byId(chain)!;
}

/** Numbers of the runs that go on with each other from this one on. */
function linksOf(store: Store, first: TaskRun): number[] {
  const links = store.db.prepare("SELECT run FROM run_links WHERE chain = ? ORDER BY run").all(first.id);
  return links.length === 0 ? [first.run] : links.map(({ run }) => run as number);
}

/** A run and those nested in it, ended ones too. */
function family(store: Store, top: number): number[] {
  const rows = store.db.prepare(
    `WITH RECURSIVE family (run) AS (
       SELECT ? UNION ALL SELECT task_runs.run FROM task_runs JOIN family ON task_runs.parent_run = family.run
     ) SELECT run FROM family`,
  ).all(top);
  return rows.map((row) => row.run as number);
}

/** What the task's code has printed. */
export function taskLines(store: Store, run: number): string[] {
  return store.logs.page({ run, after: 0, limit: 100_000 }).filter(({ source }) => source === "task")
    .map(({ level, text }) => `${level} ${text}`);
}

/** The rows of that table. */
export function keptPlaces(store: Store): string[] {
  const table = store.db.prepare("SELECT name FROM sqlite_schema WHERE name = ?").get(KEPT);
  if (table === undefined) return [];
  return store.db.prepare(`SELECT place FROM ${KEPT}`).all().map((row) => row.place as string);
}

function withoutStack(error: string): string {
  const { code, message } = JSON.parse(error) as { code: string; message: string };
  return `${code}: ${message}`;
}
