import type { Realm } from "../executor/executor.ts";
import type { Delivery, IssuedCall, LogLine, RealmOutcome, TurnReport } from "../executor/messages.ts";
import type { StackRuns } from "../store/stack_runs.ts";
import type { JournalCheck } from "./journal.ts";

/** Outcomes given to a realm in one message. */
export const BATCH = 256;

/** What turns of a realm caused, each call with the delivery that it followed. */
export interface Caused {
  readonly calls: readonly (IssuedCall & { readonly causedBy: number })[];
  readonly logs: readonly LogLine[];
  readonly outcome?: RealmOutcome;
}

export type Recorded = ReturnType<StackRuns["deliveries"]>[number];

/** What a replay reads. */
export type JournalReader = Pick<StackRuns, "last" | "lastCausingDelivery" | "deliveries" | "journal">;

export interface ReplayParams {
  readonly stackRuns: JournalReader;
  readonly run: number;
  /** The run is known to have made no call. */
  readonly isNew: boolean;
  readonly check: Pick<JournalCheck, "has" | "finish">;
  /** Makes the realm and runs its first turn. Without a realm it is not wanted any more. */
  make(): Promise<{ report: TurnReport; realm: Realm | undefined }>;
  /** What the realm gets to see of an outcome. */
  reveal(settled: Recorded): Delivery;
  /** Whether somebody waits for this replay still. */
  isWanted(): boolean;
  /** Called where turns begin that were not taken before. */
  begins(): void;
}

/**
 * Runs a run's code from its beginning to the last recorded delivery, comparing every call with the journal; gives what goes
 * beyond it, and undefined when it is not wanted any more. Throws NON_DETERMINISM (a Divergence), and what `deliver` of a
 * realm throws.
 */
export async function replay(params: ReplayParams): Promise<{ beyond: Caused; upTo: number } | undefined> {
  const { stackRuns, run, isNew, check } = params;
  const calls: Caused["calls"][number][] = [];
  const logs: LogLine[] = [];
  let outcome: RealmOutcome | undefined;
  const compare = (done: Caused) => {
    calls.push(...done.calls.filter((call) => !check.has(call)));
    logs.push(...done.logs);
    outcome = done.outcome;
  };
  const upTo = isNew ? 0 : stackRuns.last(run).delivery;
  const taken = isNew ? 0 : Math.min(upTo, stackRuns.lastCausingDelivery(run));
  if (isNew) params.begins();
  const { report, realm } = await params.make();
  compare(caused(report, [{ delivery: 0 }]));
  if (realm === undefined) return undefined;
  // One message ahead, so that the realm works while what it did before is compared.
  let ahead = Promise.resolve(NOTHING);
  for (let done = 0; done < upTo && outcome === undefined && params.isWanted();) {
    const isTaken = done < taken;
    if (!isTaken) params.begins();
    const limit = Math.min(BATCH, (isTaken ? taken : upTo) - done);
    const page = stackRuns.deliveries({ run, after: done, limit });
    done = page.at(-1)!.delivery;
    const before = ahead;
    const deliveries = page.map((settled) => params.reveal(settled));
    ahead = realm.deliver(deliveries, { taken: isTaken }).then((report) => caused(report, page));
    ahead.catch(() => {/* heard of below, unless the replay has failed before */});
    compare(await before);
  }
  if (outcome === undefined) compare(await ahead);
  if (!params.isWanted()) return undefined;
  check.finish();
  return { beyond: { calls, logs, ...(outcome === undefined ? {} : { outcome }) }, upTo };
}

const NOTHING: Caused = { calls: [], logs: [] };

/** What a report says, given the deliveries that its turns were for: one each, or all of them one. */
export function caused({ turns, outcome }: TurnReport, deliveries: readonly { readonly delivery: number }[]): Caused {
  const last = deliveries.at(-1)?.delivery ?? 0;
  const calls = turns.flatMap((turn, index) => {
    const causedBy = turns.length === deliveries.length || outcome !== undefined ? deliveries[index]!.delivery : last;
    return turn.calls.map((call) => ({ ...call, causedBy }));
  });
  return { calls, logs: turns.flatMap((turn) => turn.logs), ...(outcome === undefined ? {} : { outcome }) };
}
