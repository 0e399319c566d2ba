import { checkChain, problemList } from "./chain.ts";
import { eachRow } from "./each_row.ts";
import { gateOf } from "./gates.ts";
import { digestOf, MOST_UNWRITTEN, MUST_BE_ENTERED, pageOf, type SentEntry } from "./ledger.ts";
import { sha256 } from "./sha256.ts";
import type { Store } from "./store.ts";

/** What a check of a ledger came to. */
export interface LedgerCheck {
  readonly pages: number;
  /** Attempts of calls. */
  readonly entries: number;
  /** The last page's hash; who notes it elsewhere can tell later that nothing before it was changed or cut off. */
  readonly head: string | null;
  /** Calls of runs in the file that were compared with it. */
  readonly calls: number;
  /** In sentences; none when all is right. */
  readonly problems: readonly string[];
}

const CALLED = { row: "page", rows: "pages", chain: "ledger" };

/**
 * Checks the chain of hashes, and that the ledger and the runs in the file say the same: every outside call that was made
 * has an entry, and every entry the arguments that its call has. `noted`: a head that somebody noted earlier.
 */
export function checkLedger(store: Store, noted?: string): LedgerCheck {
  // All that is read is of one moment, whatever an owner writes meanwhile.
  return store.db.savepoint(() => {
    const { problems, tell } = problemList();
    const { rows: pages, head } = checkChain(store.ledger, { tell, noted, called: CALLED });
    const { entries, entered } = checkEntries(store, tell);
    const calls = checkCalls(store, entered, tell);
    return { pages, entries, head, calls, problems };
  });
}

/** The calls of a run that have an entry: one bit each, since there may be millions. */
class CallSet {
  #bits = new Uint8Array(16);

  add(call: number): void {
    const byte = call >> 3;
    if (byte >= this.#bits.length) {
      const grown = new Uint8Array(Math.max(byte + 1, this.#bits.length * 2));
      grown.set(this.#bits);
      this.#bits = grown;
    }
    this.#bits[byte]! |= 1 << (call & 7);
  }

  has(call: number): boolean {
    return ((this.#bits[call >> 3] ?? 0) & (1 << (call & 7))) !== 0;
  }
}

type Entered = Map<string, CallSet>;

function checkEntries(store: Store, tell: (problem: string) => void): { entries: number; entered: Entered } {
  const entered: Entered = new Map();
  const runs = new Map<string, number | undefined>();
  let entries = 0;
  for (const row of store.ledger.each()) {
    const page = pageOf(row);
    if (page === undefined) tell(`page ${row.seq} is none that tasker has written`);
    for (const [index, sent] of (page?.sent ?? []).entries()) {
      entries++;
      if (!runs.has(sent.run)) runs.set(sent.run, store.taskRuns.byId(sent.run)?.run);
      const run = runs.get(sent.run);
      if (run === undefined) continue;
      const calls = entered.get(sent.run) ?? new CallSet();
      calls.add(sent.call);
      entered.set(sent.run, calls);
      if (!isOfCall(store, run, sent)) {
        tell(
          `entry ${page!.seq}.${index + 1}: call ${sent.call} of run ${sent.run} has other arguments in its journal`,
        );
      }
    }
  }
  return { entries, entered };
}

/** A person may have given it other arguments, before or after an attempt. */
function isOfCall(store: Store, run: number, sent: SentEntry): boolean {
  const frame = store.stackRuns.bySeq(run, sent.call);
  // Its run is being taken out of the file.
  if (frame === undefined) return true;
  if (frame.service !== sent.service || frame.method !== sent.method) return false;
  const digest = digestOf(sent);
  const given = gateOf(frame)?.args;
  return sha256(frame.args) === digest || (given !== undefined && sha256(JSON.stringify(given)) === digest);
}

/** A process at work, or one that has died, may have left its last calls to be entered; an orderly stop leaves none. */
function checkCalls(store: Store, entered: Entered, tell: (problem: string) => void): number {
  const rows = eachRow(store.db.prepare(
    `SELECT stack_runs.id, task_runs.id AS run, seq FROM stack_runs JOIN task_runs USING (run)
     WHERE ${MUST_BE_ENTERED} ORDER BY stack_runs.id`,
  ));
  const last = store.ledger.last();
  const through = (last && pageOf(last))?.through ?? 0;
  let mayMiss = store.owner.read().atWork ? MOST_UNWRITTEN : 0;
  let calls = 0;
  for (const { id, run, seq } of rows) {
    calls++;
    if (entered.get(run as string)?.has(seq as number)) continue;
    if ((id as number) > through && mayMiss-- > 0) continue;
    tell(`call ${seq} of run ${run} was made, and has no entry: the ledger was changed or cut off`);
  }
  return calls;
}
