import { systemClock } from "../core/clock.ts";
import type { TaskCode } from "../core/manifest.ts";
import { Executor, type Realm } from "../executor/executor.ts";
import type { SerializedError } from "../core/errors.ts";
import type { Delivery, LogLine, RealmOutcome, TurnReport } from "../executor/messages.ts";
import type { Store } from "../store/store.ts";
import { storedJson } from "../store/stored_json.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { type Beginning, type CallAt, placedWithStack, startWithSites } from "./call_site.ts";
import { type OwnAnswer, OwnAnswers } from "./own_answers.ts";
import { type RecordedCall, RecordedCalls } from "./recorded_calls.ts";
import { endingOf, isSameEnding, recordedEnding, type RunEnding } from "./run_ending.ts";

/** Where a call's answer is from: the journal, the run itself (rows kept, time), or nowhere. */
export interface CallAnswer {
  readonly from: "recorded" | "itself" | "nowhere";
  /** The code of the error that it is. */
  readonly failed?: string;
}

/** A call that today's code makes and the recorded run did not, or the other way round, or with other arguments. */
export type CallChange =
  | { readonly type: "new"; readonly now: CallAt }
  | { readonly type: "missing"; readonly recorded: CallAt }
  | { readonly type: "other arguments"; readonly recorded: CallAt; readonly now: CallAt };

/** What code does with the recorded answers of an earlier run. */
export interface Rehearsal {
  /** Calls that the recorded run has made, too. */
  readonly same: number;
  readonly changes: readonly CallChange[];
  /** Calls that wait for an answer which is not recorded: with them the rehearsal ended. */
  readonly unanswered: readonly CallAt[];
  /** How the recorded run has ended, if its own code ended it; undefined when it is not known. */
  readonly recorded: RunEnding | undefined;
  /** How the code ends; undefined when it does not. */
  readonly now: RunEnding | undefined;
  readonly isSame: boolean;
}

/** A run whose answers are recorded. */
export interface EarlierRun {
  readonly store: Store;
  readonly run: TaskRun;
  /** Opens a result of the keystore that was journaled encrypted. */
  reveal(json: string): string;
  /** Whether calls that were answered with an error have no answer. */
  readonly onlyResults?: boolean;
}

export interface RehearsalParams {
  readonly code: TaskCode;
  /** What the code is started from: a run, also with another input. */
  readonly beginning: Beginning;
  /** Undefined: nothing is recorded. */
  readonly earlier: EarlierRun | undefined;
  /** Hears of every call as it is made. */
  onCall?(call: CallAt, answer: CallAnswer): void;
  /** Hears of every line of `console`. */
  onLog?(line: LogLine): void;
}

/**
 * Runs code with the recorded answers of an earlier run: a call gets the answer of the recorded call that has the
 * same service, method and arguments (of several, in their order). What is left is what has changed. Reads only.
 */
export async function rehearse(params: RehearsalParams): Promise<Rehearsal> {
  const executor = new Executor({ clock: systemClock });
  const play = () => new Stage(params).play(executor);
  try {
    return await (params.earlier === undefined ? play() : params.earlier.store.db.snapshot(play));
  } finally {
    await executor.stop();
  }
}

/** An answer that is on its way: the lower the order, the earlier; of those that only take time, the one that is over first. */
interface Waiting {
  readonly seq: number;
  readonly order: number;
  /** Of the recorded call. */
  readonly recorded?: number;
  readonly own?: OwnAnswer;
}

class Stage {
  readonly #params: RehearsalParams;
  readonly #recorded: RecordedCalls | undefined;
  readonly #own: OwnAnswers;
  readonly #new: CallAt[] = [];
  #waiting: Waiting[] = [];
  #unanswered: CallAt[] = [];
  #same = 0;
  /** Whether the code has had the run continue as a new one, which nothing answers. */
  #continues = false;
  #at: number;

  constructor(params: RehearsalParams) {
    this.#params = params;
    const { earlier, beginning, code } = params;
    this.#recorded = earlier &&
      new RecordedCalls(earlier.store, earlier.run.run, { results: earlier.onlyResults ?? false });
    this.#own = new OwnAnswers(beginning, code);
    this.#at = beginning.startedAt ?? beginning.createdAt;
  }

  async play(executor: Executor): Promise<Rehearsal> {
    const { beginning, earlier, code } = this.#params;
    const { realm, report } = await executor.start(code, startWithSites(beginning));
    const outcome = await this.#toTheEnd(realm, report);
    realm.drop();
    const now = outcome === undefined ? undefined : endingOf(outcome, code);
    const expected = earlier && recordedEnding(earlier.run);
    const recorded = expected === "none" ? undefined : expected;
    const changes = this.#changes(now !== undefined || this.#continues);
    const isSameEnd = expected === undefined || (recorded === undefined ? now === undefined : now !== undefined &&
      isSameEnding(recorded, now));
    const unanswered = now === undefined && !this.#continues ? this.#unanswered : [];
    return { same: this.#same, changes, unanswered, recorded, now, isSame: changes.length === 0 && isSameEnd };
  }

  async #toTheEnd(realm: Realm, first: TurnReport): Promise<RealmOutcome | undefined> {
    let { turns, outcome } = first;
    for (;;) {
      for (const { calls, logs } of turns) {
        for (const line of logs) this.#params.onLog?.(line);
        for (const call of calls) this.#take(placedWithStack(call, this.#params.code));
      }
      if (outcome !== undefined || this.#continues || this.#waiting.length === 0) return outcome;
      ({ turns, outcome } = await realm.deliver([this.#next()]));
    }
  }

  #take(call: CallAt): void {
    const own = this.#own.answer(call, this.#at);
    const recorded = this.#recorded?.take(call);
    if (recorded === undefined) this.#new.push(call);
    else this.#same++;
    const { seq } = call;
    if (recorded?.order !== undefined) this.#waiting.push({ seq, order: recorded.order, recorded: recorded.seq });
    // What only takes time comes after all that was there at once.
    else if (own !== undefined) this.#waiting.push({ seq, order: own.at > this.#at ? Infinity : 0, own });
    else if (call.service === "run" && call.method === "continueAsNew") this.#continues = true;
    else this.#unanswered.push(call);
    this.#params.onCall?.(call, answerOf(recorded, own));
  }

  #next(): Delivery {
    const next = this.#waiting.reduce((first, one) => isBefore(one, first) ? one : first);
    this.#waiting = this.#waiting.filter((one) => one !== next);
    if (next.own !== undefined) {
      const { at, ok, json } = next.own;
      this.#at = Math.max(this.#at, at);
      return { seq: next.seq, at: this.#at, ok, json };
    }
    const { run, store, reveal } = this.#params.earlier!;
    const frame = store.stackRuns.bySeq(run.run, next.recorded!)!;
    this.#at = Math.max(this.#at, frame.deliveredAt ?? this.#at);
    const json = (frame.result ?? frame.error)!;
    return {
      seq: next.seq,
      at: this.#at,
      ok: frame.status === "completed",
      json: frame.service === "keystore" ? reveal(json) : json,
    };
  }

  /** Without an end of the code nothing is known of what it would have called. */
  #changes(hasEnded: boolean): CallChange[] {
    const missing: CallAt[] = this.#recorded?.rest() ?? [];
    const changes = this.#new.map((now): CallChange => {
      const index = missing.findIndex(({ service, method }) => service === now.service && method === now.method);
      if (index < 0) return { type: "new", now };
      return { type: "other arguments", recorded: missing.splice(index, 1)[0]!, now };
    });
    return hasEnded ? [...changes, ...missing.map((recorded): CallChange => ({ type: "missing", recorded }))] : changes;
  }
}

function answerOf(recorded: RecordedCall | undefined, own: OwnAnswer | undefined): CallAnswer {
  if (recorded?.order !== undefined) return answer("recorded", recorded.failed);
  if (own === undefined) return answer("nowhere", undefined);
  return answer("itself", own.ok ? undefined : (storedJson(own.json) as unknown as SerializedError).code);
}

function answer(from: CallAnswer["from"], failed: string | undefined): CallAnswer {
  return { from, ...(failed === undefined ? {} : { failed }) };
}

function isBefore(one: Waiting, other: Waiting): boolean {
  if (one.order !== other.order) return one.order < other.order;
  return one.own !== undefined && other.own !== undefined && one.own.at < other.own.at;
}
