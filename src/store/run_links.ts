import type { Database, Row } from "./database.ts";
import type { Store } from "./store.ts";
import type { TaskRun } from "./task_runs.ts";

/** How a run belongs to others than the one it is nested in. */
export interface RunLink {
  /** Id of the run that has started it. */
  readonly startedBy: string | null;
  /** Id of the first run of its chain; null when no run continues another. */
  readonly chain: string | null;
  /** sha-256 of the input that its chain was submitted with. */
  readonly asked: string | null;
}

const NONE: RunLink = { startedBy: null, chain: null, asked: null };

/** Which runs started others, and which continue each other. Runs of neither kind have no row. Only the engine writes here. */
export class RunLinks {
  readonly #get;
  readonly #put;
  readonly #started;
  readonly #last;
  readonly #previous;
  readonly #next;
  readonly #kept;
  readonly #giveUp;

  constructor(db: Database) {
    this.#get = db.prepare("SELECT started_by, chain, asked FROM run_links WHERE run = ?");
    this.#put = db.prepare(
      `INSERT INTO run_links (run, started_by, chain, asked) VALUES (:run, :startedBy, :chain, :asked)
       ON CONFLICT (run) DO UPDATE SET chain = excluded.chain, asked = excluded.asked`,
    );
    this.#started = db.prepare(
      `SELECT count(*) AS runs FROM task_runs INDEXED BY task_runs_unfinished JOIN run_links USING (run)
       WHERE ended_at IS NULL AND started_by IS NOT NULL`,
    );
    this.#last = db.prepare("SELECT max(run) AS run FROM run_links WHERE chain = ?");
    this.#previous = db.prepare(
      "SELECT id FROM run_links JOIN task_runs USING (run) WHERE chain = ? AND run < ? ORDER BY run DESC LIMIT 1",
    );
    this.#next = db.prepare(
      "SELECT id FROM run_links JOIN task_runs USING (run) WHERE chain = ? AND run > ? ORDER BY run LIMIT 1",
    );
    this.#kept = db.prepare(
      `SELECT task_runs.id AS run, started_by AS by FROM run_links JOIN task_runs USING (run) JOIN task_runs AS starter ON starter.id = started_by
       WHERE starter.ended_at IS NULL AND task_runs.status <> 'continued_as_new'`,
    );
    this.#giveUp = db.prepare("UPDATE task_runs SET idempotency_key = NULL, admitted_at = NULL WHERE run = ?");
  }

  get(run: number): RunLink {
    const row = this.#get.get(run) as Row | undefined;
    if (row === undefined) return NONE;
    return {
      startedBy: row.started_by as string | null,
      chain: row.chain as string | null,
      asked: row.asked as string | null,
    };
  }

  put(run: number, link: RunLink): void {
    this.#put.run({ run, ...link });
  }

  /** A run leaves to the next one of its chain what there is once: its key, and its place among the runs of its task. */
  giveUp(run: number): void {
    this.#giveUp.run(run);
  }

  /** How many runs that others have started have not ended. */
  unfinishedStarted(): number {
    return (this.#started.get() as Row).runs as number;
  }

  /** The runs whose results the runs that have started them may ask for yet: ids of both. */
  startedByUnfinished(): { run: string; by: string }[] {
    return this.#kept.all() as unknown as { run: string; by: string }[];
  }

  /** The newest run of a chain. */
  last(chain: string): number | undefined {
    return ((this.#last.get(chain) as Row).run as number | null) ?? undefined;
  }

  /** Ids of the runs before and after one of a chain, as far as they are still there. */
  neighbours(run: number, chain: string): { previous: string | null; next: string | null } {
    const id = (row: unknown) => (row as Row | undefined)?.id as string | undefined ?? null;
    return { previous: id(this.#previous.get(chain, run)), next: id(this.#next.get(chain, run)) };
  }
}

type Chains = Pick<Store, "taskRuns" | "runLinks">;

/** The run that a run goes on as: the newest of its chain, or itself. */
export function newestOf({ taskRuns, runLinks }: Chains, run: TaskRun): TaskRun {
  const { chain } = runLinks.get(run.run);
  return chain === null ? run : taskRuns.get(runLinks.last(chain)!)!;
}

/** The same by an id. A chain is known by the id of its first run as long as it goes on, also when that one is deleted. */
export function newestById(store: Chains, id: string): TaskRun | undefined {
  const run = store.taskRuns.byId(id);
  if (run !== undefined) return run.status === "continued_as_new" ? newestOf(store, run) : run;
  const last = store.runLinks.last(id);
  return last === undefined ? undefined : store.taskRuns.get(last);
}

/** The id and status of what a run goes on as: cheap to ask often. */
export function whereIs(store: Chains, id: string): Pick<TaskRun, "id" | "status"> | undefined {
  const status = store.taskRuns.statusOf(id);
  return status === undefined || status === "continued_as_new" ? newestById(store, id) : { id, status };
}
