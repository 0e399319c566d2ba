import type { Store } from "../../src/store/store.ts";
import type { TaskRun } from "../../src/store/task_runs.ts";

/** Says what is wrong with the chains of runs that have all ended: with their links, and with what there is once in a chain. */
export function chainFaults(store: Store, runs: readonly TaskRun[]): string[] {
  const chains = Map.groupBy(runs, ({ run, id }) => store.runLinks.get(run).chain ?? id);
  return [...chains.values()].flatMap((links) => linkFaults(store, links));
}

/** Looks for chains of which more than one run has not ended. */
export function forkedChains({ db }: Store): () => string[] {
  const forked = db.prepare(
    `SELECT chain FROM run_links JOIN task_runs USING (run) WHERE chain IS NOT NULL AND ended_at IS NULL
     GROUP BY chain HAVING count(*) > 1`,
  );
  return () => forked.all().map(({ chain }) => chain as string);
}

function linkFaults(store: Store, links: readonly TaskRun[]): string[] {
  const faults: string[] = [];
  for (const [index, link] of links.entries()) {
    const next = links[index + 1];
    if ((link.status === "continued_as_new") !== (next !== undefined)) {
      faults.push(
        `run ${link.run} is ${link.status}, and ${next === undefined ? "nothing" : `run ${next.run}`} goes on`,
      );
    }
    if (next === undefined) continue;
    const asked = askedOf(store, link);
    if (!asked.includes(next.input)) faults.push(`run ${next.run} begins with ${next.input}, asked was ${asked}`);
    if (next.parentRun !== link.parentRun) faults.push(`run ${next.run} is not nested where run ${link.run} was`);
    if (startedBy(store, next) !== startedBy(store, link)) {
      faults.push(`run ${next.run} has lost who started run ${link.run}`);
    }
    if (link.idempotencyKey !== null) faults.push(`run ${link.run} has kept its key, which run ${next.run} has`);
    const left = store.signals.countKept(link.run);
    if (left > 0) faults.push(`run ${link.run} has kept ${left} signals that nobody took`);
  }
  return faults;
}

/** The inputs that a run has asked to go on with: when it does, no such call is answered any more. */
function askedOf(store: Store, { run }: TaskRun): string[] {
  return store.stackRuns.page({ run, after: 0, limit: 100_000 })
    .filter(({ method, status }) => method === "continueAsNew" && status === "cancelled")
    .map(({ args }) => JSON.stringify((JSON.parse(args) as unknown[])[0]));
}

function startedBy(store: Store, { run }: TaskRun): string | null {
  return store.runLinks.get(run).startedBy;
}
