import { systemClock } from "../core/clock.ts";
import type { TaskCode } from "../core/manifest.ts";
import { isRunEnded } from "../core/states.ts";
import { Executor } from "../executor/executor.ts";
import type { IssuedCall } from "../executor/messages.ts";
import type { SharedPart } from "../store/journal_copies.ts";
import type { Store } from "../store/store.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { type CallAt, callSite, placed, startWithSites } from "./call_site.ts";
import { Divergence, JournalCheck } from "./journal.ts";
import { type JournalReader, replay } from "./replay.ts";
import { endingOf, errorOf, isSameEnding, recordedEnding, type RunEnding } from "./run_ending.ts";

/** Where code first does something else than what is recorded. */
export type Difference =
  /** Another call in the place of a recorded one, or (`now` undefined) none. */
  | { readonly type: "call"; readonly recorded: CallAt; readonly now: CallAt | undefined }
  /** A call of which the journal of a run that has ended knows nothing. */
  | { readonly type: "new call"; readonly now: CallAt }
  /** All calls are the same, and the end is another one; `now` undefined: the code does not end. */
  | { readonly type: "end"; readonly recorded: RunEnding; readonly now: RunEnding | undefined };

/** What a replay without any outside call came to. */
export interface DryReplay {
  /** Calls that are as recorded. */
  readonly calls: number;
  /** Recorded answers that the journal holds for the code. */
  readonly answers: number;
  readonly difference: Difference | undefined;
  /** Of a run that has not ended: the calls that the code makes next. */
  readonly next: readonly CallAt[];
}

export interface DryReplayParams {
  readonly store: Store;
  readonly run: TaskRun;
  /** The code to try; the run's own version when absent. */
  readonly code?: TaskCode;
  /** The part of its journal that the code has to fit; all of it, and its end, when absent. */
  readonly part?: SharedPart;
  /** Opens a result of the keystore that was journaled encrypted. */
  reveal(json: string): string;
  /** How long one turn may compute, ms; 5,000 when absent. */
  readonly tickTimeout?: number;
}

/**
 * Runs code against a run's journal as the engine would after a restart, and stops where that would go on with calls of its
 * own: reads only, and reaches nothing outside. Throws TASK_STALLED when the code computes without end.
 */
export async function dryReplay(params: DryReplayParams): Promise<DryReplay> {
  const { store, run, tickTimeout } = params;
  const executor = new Executor({ clock: systemClock, ...(tickTimeout === undefined ? {} : { tickTimeout }) });
  try {
    return await store.db.snapshot(() => replayWith(executor, { ...params, run: store.taskRuns.get(run.run) ?? run }));
  } finally {
    await executor.stop();
  }
}

async function replayWith(executor: Executor, params: DryReplayParams): Promise<DryReplay> {
  const { store, run } = params;
  const own = store.taskFunctions.get(run.functionId);
  const code = params.code ?? own;
  const stackRuns = journalOf(params);
  const answers = stackRuns.last(run.run).delivery;
  let calls = 0;
  const at = (call: IssuedCall): CallAt => placed(call, code);
  try {
    const beyond = await trace(executor, { ...params, code, same: () => calls++ });
    const difference = params.part === undefined ? endOf(run, code, beyond) : undefined;
    return {
      calls,
      answers,
      difference: difference?.type === "new call" ? { ...difference, now: at(beyond.calls[0]!) } : difference,
      next: isRunEnded(run.status) ? [] : beyond.calls.map(at),
    };
  } catch (error) {
    if (!(error instanceof Divergence)) throw error;
    const { recorded, issued } = error;
    const site = code.hash === own.hash ? undefined : await siteOf(executor, { ...params, code: own }, recorded.seq);
    const difference: Difference = {
      type: "call",
      recorded: { ...recorded, ...(site === undefined ? {} : { at: site }) },
      now: issued === undefined ? undefined : at(issued),
    };
    return { calls, answers, difference, next: [] };
  }
}

type Traced = Awaited<ReturnType<typeof trace>>;

async function trace(
  executor: Executor,
  params: DryReplayParams & { code: TaskCode; same(call: IssuedCall): void },
) {
  const { run, code } = params;
  const stackRuns = journalOf(params);
  const isNew = stackRuns.last(run.run).seq === 0;
  const check = new JournalCheck(stackRuns, run.run, { isEmpty: isNew });
  const { realm, report } = await executor.start(code, startWithSites(run));
  try {
    const done = await replay({
      stackRuns,
      run: run.run,
      isNew,
      check: {
        has(call) {
          const isRecorded = check.has(call);
          if (isRecorded) params.same(call);
          return isRecorded;
        },
        finish: () => check.finish(),
      },
      make: () => Promise.resolve({ realm, report }),
      reveal: ({ seq, service, at, ok, json, cancels }) => ({
        seq,
        at,
        ok,
        ...(cancels ? { cancels } : {}),
        json: service === "keystore" ? params.reveal(json) : json,
      }),
      isWanted: () => true,
      begins: () => {},
    });
    return done!.beyond;
  } finally {
    realm.drop();
  }
}

/** The journal, or the part of it that counts: what was seen before the first failure that is no answer. */
function journalOf({ store: { stackRuns }, part }: DryReplayParams): JournalReader {
  if (part === undefined) return stackRuns;
  const { before, failuresFrom = Infinity } = part;
  const upTo = (delivery: number) => Math.min(delivery, failuresFrom - 1);
  return {
    last(run) {
      const { seq, delivery } = stackRuns.last(run);
      return { seq: Math.min(seq, before - 1), delivery: upTo(delivery) };
    },
    lastCausingDelivery: (run) => upTo(stackRuns.lastCausingDelivery(run)),
    deliveries: (page) => stackRuns.deliveries(page).filter(({ delivery }) => delivery < failuresFrom),
    journal: (page) => stackRuns.journal(page).filter(({ seq }) => seq < before),
  };
}

/** Where the run's own version made a call. */
async function siteOf(
  executor: Executor,
  params: DryReplayParams & { code: TaskCode },
  seq: number,
): Promise<string | undefined> {
  let site: string | undefined;
  try {
    await trace(executor, {
      ...params,
      same: (call) => {
        if (call.seq === seq) site = callSite(call.site, params.code);
      },
    });
  } catch {
    // Its own version need not replay to the end for one line to be known.
  }
  return site;
}

/** What the code does at the end of the journal, if that is something else than the run did. */
function endOf(run: TaskRun, code: TaskCode, beyond: Traced): Difference | undefined {
  const recorded = recordedEnding(run);
  if (recorded === undefined) return undefined;
  const [call] = beyond.calls;
  if (call !== undefined) return { type: "new call", now: call };
  const now = beyond.outcome === undefined ? undefined : endingOf(beyond.outcome, code);
  if (recorded === "none" ? now === undefined : now !== undefined && isSameEnding(recorded, now)) return undefined;
  return { type: "end", recorded: recorded === "none" ? { type: "failed", error: errorOf(run) } : recorded, now };
}
