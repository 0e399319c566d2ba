import { systemClock } from "../core/clock.ts";
import type { TaskCode } from "../core/manifest.ts";
import { Executor, type Realm } from "../executor/executor.ts";
import type { Delivery, RealmOutcome, TurnReport } from "../executor/messages.ts";
import { sha256 } from "../store/audit.ts";
import type { Store } from "../store/store.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { type CallAt, placed, startWithSites } from "./call_site.ts";
import { canonical } from "./journal.ts";
import { type OwnAnswer, OwnAnswers } from "./own_answers.ts";
import { endingOf, isSameEnding, recordedEnding, type RunEnding } from "./run_ending.ts";

const PAGE = 500;

/** Where a call's answer is from: the journal, the run itself (rows kept, time), or nowhere. */
export type AnswerFrom = "recorded" | "itself" | "nowhere";

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

export interface RehearsalParams {
  readonly store: Store;
  readonly run: TaskRun;
  readonly code: TaskCode;
  reveal(json: string): string;
  /** Hears of every call as it is made. */
  onCall?(call: CallAt, answer: AnswerFrom): void;
}

/**
 * Runs code with the input of an earlier run and its recorded answers: a call gets the answer of the recorded call that has the
 * same service, method and arguments (of several, in their order). What is left is what has changed. Reads only.
 */
export async function rehearse(params: RehearsalParams): Promise<Rehearsal> {
  const executor = new Executor({ clock: systemClock });
  try {
    return await params.store.db.snapshot(() => new Stage(params).play(executor));
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
  readonly #recorded: RecordedCalls;
  readonly #own: OwnAnswers;
  readonly #new: CallAt[] = [];
  #waiting: Waiting[] = [];
  #unanswered: CallAt[] = [];
  #same = 0;
  #at: number;

  constructor(params: RehearsalParams) {
    this.#params = params;
    this.#recorded = new RecordedCalls(params.store, params.run);
    this.#own = new OwnAnswers(params.run, params.code);
    this.#at = params.run.startedAt ?? params.run.createdAt;
  }

  async play(executor: Executor): Promise<Rehearsal> {
    const { run, code } = this.#params;
    const { realm, report } = await executor.start(code, startWithSites(run));
    const outcome = await this.#toTheEnd(realm, report);
    realm.drop();
    const now = outcome === undefined ? undefined : endingOf(outcome, code);
    const expected = recordedEnding(run);
    const recorded = expected === "none" ? undefined : expected;
    const changes = this.#changes(now !== undefined);
    const isSameEnd = expected === undefined || (recorded === undefined ? now === undefined : now !== undefined &&
      isSameEnding(recorded, now));
    const unanswered = now === undefined ? this.#unanswered : [];
    return { same: this.#same, changes, unanswered, recorded, now, isSame: changes.length === 0 && isSameEnd };
  }

  async #toTheEnd(realm: Realm, first: TurnReport): Promise<RealmOutcome | undefined> {
    let { turns, outcome } = first;
    for (;;) {
      for (const turn of turns) for (const call of turn.calls) this.#take(placed(call, this.#params.code));
      if (outcome !== undefined || this.#waiting.length === 0) return outcome;
      ({ turns, outcome } = await realm.deliver([this.#next()]));
    }
  }

  #take(call: CallAt): void {
    const own = this.#own.answer(call, this.#at);
    const recorded = this.#recorded.take(call);
    if (recorded === undefined) this.#new.push(call);
    else this.#same++;
    const { seq } = call;
    if (recorded?.order !== undefined) this.#waiting.push({ seq, order: recorded.order, recorded: recorded.seq });
    // What only takes time comes after all that was there at once.
    else if (own !== undefined) this.#waiting.push({ seq, order: own.at > this.#at ? Infinity : 0, own });
    else this.#unanswered.push(call);
    const from = recorded?.order !== undefined ? "recorded" : own !== undefined ? "itself" : "nowhere";
    this.#params.onCall?.(call, from);
  }

  #next(): Delivery {
    const next = this.#waiting.reduce((first, one) => isBefore(one, first) ? one : first);
    this.#waiting = this.#waiting.filter((one) => one !== next);
    if (next.own !== undefined) {
      const { at, ok, json } = next.own;
      this.#at = Math.max(this.#at, at);
      return { seq: next.seq, at: this.#at, ok, json };
    }
    const { run, store, reveal } = this.#params;
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
    const missing = this.#recorded.rest();
    const changes = this.#new.map((now): CallChange => {
      const index = missing.findIndex(({ service, method }) => service === now.service && method === now.method);
      if (index < 0) return { type: "new", now };
      return { type: "other arguments", recorded: missing.splice(index, 1)[0]!, now };
    });
    return hasEnded ? [...changes, ...missing.map((recorded): CallChange => ({ type: "missing", recorded }))] : changes;
  }
}

function isBefore(one: Waiting, other: Waiting): boolean {
  if (one.order !== other.order) return one.order < other.order;
  return one.own !== undefined && other.own !== undefined && one.own.at < other.own.at;
}

interface RecordedCall {
  readonly seq: number;
  /** Its place among the answers; undefined when it was never answered. */
  readonly order: number | undefined;
}

/** The calls of a journal, found by what they ask. */
class RecordedCalls {
  readonly #store: Store;
  readonly #run: number;
  readonly #byCall = new Map<string, RecordedCall[]>();

  constructor(store: Store, { run }: TaskRun) {
    this.#store = store;
    this.#run = run;
    for (let after = 0;;) {
      const page = store.stackRuns.page({ run, after, limit: PAGE });
      for (const frame of page) {
        if (frame.seq === 0) continue;
        const key = keyOf(frame);
        // Settled when its run ended: an answer that came last of all.
        const last = frame.status === "completed" ? Number.MAX_SAFE_INTEGER : undefined;
        const calls = this.#byCall.get(key) ?? [];
        calls.push({ seq: frame.seq, order: frame.delivery ?? last });
        this.#byCall.set(key, calls);
      }
      if (page.length < PAGE) break;
      after = page.at(-1)!.seq;
    }
  }

  /** The first recorded call like this one that was not taken before. */
  take(call: CallAt): RecordedCall | undefined {
    return this.#byCall.get(keyOf(call))?.shift();
  }

  /** Those that nobody took, in order of issue. */
  rest(): CallAt[] {
    const left = [...this.#byCall.values()].flat().map(({ seq }) => seq).sort((a, b) => a - b);
    return left.map((seq) => {
      const { service, method, args } = this.#store.stackRuns.bySeq(this.#run, seq)!;
      return { seq, service, method, args };
    });
  }
}

function keyOf({ service, method, args }: { service: string; method: string; args: string }): string {
  return sha256(JSON.stringify([service, method, canonical(args)]));
}
