import { canonicalJson, type JsonObject } from "../core/json.ts";
import { checkChain, entryOf, problemList } from "./chain.ts";
import type { Row } from "./database.ts";
import { endOfRun } from "./run_end.ts";
import type { Store } from "./store.ts";

/** What a check of an audit log came to. */
export interface AuditCheck {
  readonly entries: number;
  /** The last entry's hash; who notes it elsewhere can tell later that nothing before it was changed or cut off. */
  readonly head: string | null;
  /** Runs of this file that the log was compared with. */
  readonly runs: number;
  /** In sentences; none when all is right. */
  readonly problems: readonly string[];
}

const CALLED = { row: "entry", rows: "entries", chain: "log" };

/**
 * Checks the chain of hashes, and that the log says of every run in the file what its rows say: that it was submitted, and
 * how it ended. `noted`: a head that somebody noted earlier, which the chain must still hold.
 */
export function checkAudit(store: Store, noted?: string): AuditCheck {
  const { problems, tell } = problemList();
  const { rows: entries, head } = checkChain(store.audit, { tell, noted, called: CALLED });
  const runs = checkRuns(store, tell);
  return { entries, head, runs, problems };
}

/** Compares the log with the runs that are still in the file. */
function checkRuns(store: Store, tell: (problem: string) => void): number {
  const runs = store.db.prepare(
    `SELECT run, id, audit FROM task_runs
     WHERE audit IS NOT NULL OR (parent_run IS NULL AND run > (SELECT min(run) FROM task_runs WHERE audit IS NOT NULL))
     ORDER BY run`,
  ).all() as Row[];
  const known = entriesOfRuns(store, tell);
  for (const { run, id, audit } of runs) {
    const entries = known.get(id as string);
    if (entries === undefined || entries.submitted !== audit) {
      tell(`run ${id as string} has no entry of its submission`);
      continue;
    }
    // What is being taken out of the file is not whole any more.
    if (entries.isDiscarded) continue;
    const row = store.taskRuns.get(run as number)!;
    if (row.endedAt === null) continue;
    if (entries.ended === undefined) tell(`run ${row.id} is ${row.status}, and has no entry of its end`);
    else if (entries.ended !== canonicalJson(endOfRun(store, row))) {
      tell(`run ${row.id}: its end, its result or its coverage were changed since they were entered`);
    }
  }
  return runs.length;
}

/** What the log tells of a run. */
interface KnownRun {
  readonly submitted: number;
  ended?: string;
  isDiscarded?: boolean;
}

/** For each run the place of its submission, and what was entered of its end. */
function entriesOfRuns(
  store: Store,
  tell: (problem: string) => void,
): Map<string, KnownRun> {
  const known = new Map<string, KnownRun>();
  for (const row of store.audit.each()) {
    const entry = entryOf(row);
    if (typeof entry?.run !== "string") continue;
    const of = known.get(entry.run);
    const isAgain = entry.event === "submitted" ? of !== undefined : entry.event === "ended" && of?.ended !== undefined;
    if (isAgain) tell(`entry ${row.seq}: run ${entry.run} is entered as ${entry.event} a second time`);
    else if (entry.event === "submitted") known.set(entry.run, { submitted: row.seq });
    else if (entry.event === "ended" && of !== undefined) of.ended = endIn(entry);
    else if (entry.event === "discarded" && of !== undefined) of.isDiscarded = true;
  }
  return known;
}

function endIn(entry: JsonObject): string {
  const { seq: _seq, at: _at, event: _event, run: _run, owner: _owner, ...end } = entry;
  return canonicalJson(end);
}
