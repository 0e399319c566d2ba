import type { Database, Row } from "./database.ts";

/** Which runs were let begin, and when. Only the engine writes here. */
export class Turns {
  readonly #give;
  readonly #underWay;
  readonly #given;

  constructor(db: Database) {
    this.#give = db.prepare("UPDATE task_runs SET admitted_at = ? WHERE run = ?");
    this.#underWay = db.prepare(
      `SELECT count(*) AS runs FROM task_runs INDEXED BY task_runs_admitted_open
       WHERE task_name = ? AND admitted_at IS NOT NULL AND ended_at IS NULL AND status <> 'held'`,
    );
    this.#given = db.prepare(
      `SELECT admitted_at FROM task_runs INDEXED BY task_runs_admitted
       WHERE task_name = ? AND admitted_at <= ? ORDER BY admitted_at DESC LIMIT 1 OFFSET ?`,
    );
  }

  /** Lets a run begin. */
  give(run: number, now: number): void {
    this.#give.run(now, run);
  }

  /** How many runs of a task have been let begin and are under way. */
  underWay(taskName: string): number {
    return (this.#underWay.get(taskName) as Row).runs as number;
  }

  /** When the run was let begin that is the `count`-th newest of a task, up to now; undefined when there are fewer. */
  givenBefore(taskName: string, { now, count }: { now: number; count: number }): number | undefined {
    return (this.#given.get(taskName, now, count - 1) as Row | undefined)?.admitted_at as number | undefined;
  }
}
