import type { DatabaseSync } from "node:sqlite";
import { looking } from "../acceptance/journal.ts";
import type { Findings } from "./findings.ts";
import { callOf, placeOf } from "./journal.ts";
import type { Owners } from "./owners.ts";
import { CONCURRENCY } from "./relay.ts";
import type { Arrival, Service } from "./service.ts";

/** What a look into the file showed. */
export interface Sight {
  readonly owner: { readonly epoch: number; readonly pid: number };
  /** Calls of the service: recorded for good, and in somebody's hands. */
  readonly recorded: number;
  readonly inFlight: number;
  /** Ids of runs that have not ended. */
  readonly unfinished: readonly { readonly id: string; readonly status: string; readonly isRoot: boolean }[];
  /** Frames of any kind that have ended. */
  readonly settled: number;
  /** When the newest run was made, by the owner's clock. */
  readonly newestAt: number;
}

/** Every so manieth call is looked up in the journal in the moment in which it arrives. */
const SAMPLE = 5;
/** How old the sight of a glance may be, ms. */
const GLANCE = 400;

/**
 * Looks into the file from outside while it is worked on, and after each death: tells the service what is recorded, so
 * that it knows what must not be asked for again.
 */
export class Witness {
  readonly #db: string;
  readonly #service: Service;
  readonly #owners: Owners;
  readonly #findings: Findings;
  #last: Sight | undefined;
  #lastAt = 0;
  #newest = 0;
  #open = new Set<number>();
  #recorded = 0;
  #arrivals = 0;

  constructor(params: { db: string; service: Service; owners: Owners; findings: Findings }) {
    this.#db = params.db;
    this.#service = params.service;
    this.#owners = params.owners;
    this.#findings = params.findings;
  }

  /** What the last look showed, unless that was long ago. Nothing is lost when this one fails: there will be others. */
  glance(): Sight {
    if (this.#last !== undefined && performance.now() - this.#lastAt < GLANCE) return this.#last;
    try {
      return this.look();
    } catch (error) {
      if (this.#last === undefined) throw error;
      return this.#last;
    }
  }

  look(): Sight {
    this.#lastAt = performance.now();
    return this.#last = this.#looking((db) => {
      const { epoch, pid } = db.prepare("SELECT epoch, pid FROM owner").get() as { epoch: number; pid: number };
      this.#owners.see({ epoch, pid });
      this.#readCalls(db);
      this.#countRelays(db);
      const unfinished = db.prepare(
        "SELECT id, status, parent_run IS NULL AS isRoot FROM task_runs WHERE ended_at IS NULL ORDER BY run",
      ).all() as unknown as { id: string; status: string; isRoot: number }[];
      const count = (where: string) =>
        Number(db.prepare(`SELECT count(*) AS n FROM stack_runs WHERE ${where}`).get()!.n);
      return {
        owner: { epoch, pid },
        recorded: this.#recorded,
        inFlight: count("ended_at IS NULL AND service = 'http' AND status = 'processing'"),
        unfinished: unfinished.map((run) => ({ ...run, isRoot: run.isRoot === 1 })),
        settled: count("1") - count("ended_at IS NULL"),
        newestAt: Number(
          db.prepare("SELECT created_at AS at FROM task_runs ORDER BY run DESC LIMIT 1").get()?.at ?? 0,
        ),
      };
    });
  }

  /** Calls that have come to their end since the last look. */
  #readCalls(db: DatabaseSync): void {
    const rows = db.prepare(
      `SELECT stack_runs.id, task_runs.id AS runId, seq, service, args, stack_runs.status, task_name AS task
       FROM stack_runs JOIN task_runs USING (run)
       WHERE service = 'http' AND (stack_runs.id > ? OR stack_runs.id IN (SELECT value FROM json_each(?)))`,
    ).all(this.#newest, JSON.stringify([...this.#open]));
    for (const row of rows) {
      const id = Number(row.id);
      this.#newest = Math.max(this.#newest, id);
      if (!["completed", "failed", "cancelled"].includes(String(row.status))) {
        this.#open.add(id);
        continue;
      }
      this.#open.delete(id);
      // What has failed a relay is made again by its retry.
      if (row.status === "cancelled" || (row.status === "failed" && row.task === "relay")) continue;
      this.#recorded++;
      const { key } = callOf({ service: "http", args: JSON.parse(String(row.args)) as unknown[] })!;
      this.#service.isRecorded(key, placeOf(String(row.runId), Number(row.seq)));
    }
  }

  #countRelays(db: DatabaseSync): void {
    const { runs } = db.prepare(
      `SELECT count(*) AS runs FROM task_runs
       WHERE task_name = 'relay' AND admitted_at IS NOT NULL AND ended_at IS NULL AND status <> 'held'
         AND (forked_from IS NULL OR retry_of IS NOT NULL)`,
    ).get() as { runs: number };
    if (runs > CONCURRENCY) this.#findings.report("limits", `${runs} relays are under way, ${CONCURRENCY} may be`);
  }

  /** Before a call is made it is in the journal, and so is the result that it depends on. */
  arrived({ key, after }: Arrival): void {
    if (this.#arrivals++ % SAMPLE !== 0) return;
    const before = after.replace(/:\d+$/, "");
    let found: readonly [call: boolean, dependsOn: boolean];
    try {
      found = this.#looking((db) => [isThere(db, key), after === "" || isThere(db, before, after)]);
    } catch {
      // The file cannot be read on a full disk; other calls will be looked up.
      return;
    }
    const [call, dependsOn] = found;
    if (!call) this.#findings.report("commit", `${key} was called and is not in the journal`);
    if (dependsOn) return;
    this.#findings.report("causality", `${key} was called before the journal had ${after}, the result it depends on`);
  }

  /** Over the moments in which another process makes or removes the files beside the database. */
  #looking<T>(look: (db: DatabaseSync) => T): T {
    for (let attempt = 1;; attempt++) {
      try {
        return looking(this.#db, look);
      } catch (error) {
        if (attempt === 5) throw error;
      }
    }
  }
}

/** Whether the journal has a call, and of it or of what has made it again a result with that token. */
function isThere(db: DatabaseSync, key: string, token = ""): boolean {
  const search = (frames: string) =>
    db.prepare(
      `SELECT 1 FROM ${frames} WHERE service = 'http' AND instr(args, ?) > 0 AND instr(coalesce(result, ''), ?) > 0`,
    ).get(`key=${key}&`, token);
  // Nearly all are among the newest.
  return (search("(SELECT * FROM stack_runs ORDER BY id DESC LIMIT 2000)") ?? search("stack_runs")) !== undefined;
}
