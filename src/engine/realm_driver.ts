import type { CallOptions } from "../core/call_options.ts";
import { serializeError, TaskerError } from "../core/errors.ts";
import { canonicalService } from "../core/manifest.ts";
import type { Delivery, TurnReport } from "../executor/messages.ts";
import { asTaskerError } from "../store/file_errors.ts";
import { JournalCheck } from "./journal.ts";
import type { LiveRun, Settled } from "./live_run.ts";
import { Openings } from "./openings.ts";
import type { Parts } from "./parts.ts";
import { BATCH, type Caused, caused, replay } from "./replay.ts";
import { TurnGate } from "./turn_gate.ts";

/** Realms made at a time: of runs that start, and of runs whose journal is replayed. Others wait, without a realm. */
const STARTS = 6;
const REPLAYS = 4;
/** So much of a suspect's turn is early, ms. */
const EARLY = 100;
/** A realm that stalled is tried once more alone, then its run fails. */
const MAX_STALLS = 2;
const MAX_LOST_REALMS = 5;

/** Gives realms their outcomes and takes the calls they cause: opens, replays, feeds and parks the realms of runs. */
export class RealmDriver {
  readonly #parts: Parts;
  readonly #gate = new TurnGate();
  readonly #starts = new Openings(STARTS);
  readonly #replays = new Openings(REPLAYS);

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Makes the run's realm, from its journal when it has one, and lets it go on. */
  open(live: LiveRun): void {
    // A retry may have an answer before it has begun.
    if (live.phase !== "parked" || live.status === "held" || live.rootStatus === "pending" || this.#mustWait(live)) {
      return;
    }
    live.phase = "opening";
    live.lastTurn = -1;
    this.#parts.runs.touch(live);
    this.#parts.runs.use(live);
    this.#mark(live);
    const { generation } = live;
    const openings = live.lastDelivery === 0 && !live.suspect ? this.#starts : this.#replays;
    openings.add(() => this.#open(live, generation));
  }

  /** Gives the realm what has settled since its last turn. */
  pump(live: LiveRun): void {
    if (live.phase === "parked" && live.inbox.length > 0) return this.open(live);
    if (live.phase !== "idle" || live.inbox.length === 0 || this.#mustWait(live)) return;
    const batch = live.inbox.splice(0, BATCH);
    live.phase = "busy";
    this.#parts.runs.touch(live);
    this.#parts.runs.use(live);
    const deliver = async (begins: () => void) => {
      begins();
      const report = await live.realm!.deliver(batch.map((settled) => this.#revealed(settled)));
      return caused(report, batch);
    };
    void this.#turn(live, deliver, (done) => {
      this.#answered(live);
      live.lastTurn = batch.at(-1)!.delivery;
      this.#take(live, done);
    });
  }

  /** A cancelled run is told when what is nested in it has been cleaned up. */
  #mustWait(live: LiveRun): boolean {
    if (live.status !== "cancelling") return false;
    return this.#parts.store.nestedRuns.open(live.run).some(({ status }) => status === "cancelling");
  }

  /** What the realm gets to see of an outcome. */
  #revealed({ service, seq, at, ok, json, cancels }: Omit<Settled, "delivery">): Delivery {
    return {
      seq,
      at,
      ok,
      ...(cancels ? { cancels } : {}),
      json: service === "keystore" ? this.#parts.options.reveal(json) : json,
    };
  }

  /** Drops the realms idle for longest, down to the limit. */
  #evict(): void {
    const { executor, maxRealms } = this.#parts.options;
    this.#park(executor.stats().realms - maxRealms);
  }

  /** Drops the realms of all runs that wait. */
  parkIdle(): void {
    this.#park(Infinity);
  }

  #park(atMost: number): void {
    let excess = atMost;
    if (excess <= 0) return;
    const { committer, store } = this.#parts;
    for (const live of this.#parts.runs) {
      if (excess <= 0) return;
      if (!live.quiescent || live.realm === undefined) continue;
      live.park();
      live.marked = false;
      this.#parts.runs.touch(live);
      committer.stage({
        apply: () => {
          if (!live.marked) store.taskRuns.setLive(live.run, false);
        },
      });
      excess--;
    }
  }

  /** Before any of its code runs: should the process die of it, the row says whose code it may have been. */
  #mark(live: LiveRun): void {
    const { committer, store } = this.#parts;
    if (live.marked) return;
    live.marked = true;
    committer.quickly(() => store.taskRuns.setLive(live.run, true));
  }

  async #open(live: LiveRun, generation: number): Promise<void> {
    if (live.generation !== generation) return;
    await this.#turn(live, (begins) => this.#replay(live, generation, begins), (done) => {
      this.#take(live, done);
      this.#evict();
    });
  }

  /**
   * Runs the code up to the last committed delivery; gives what goes beyond the journal. `begins` is called where turns
   * begin that were not taken before.
   */
  async #replay(live: LiveRun, generation: number, begins: () => void): Promise<Caused> {
    const { store, committer } = this.#parts;
    // Without a turn of the event loop when there is none: what a commit has begun works while that is written.
    if (live.making !== undefined) await live.making;
    // What this run has staged belongs to the journal that is replayed.
    if (live.lastSeq > 0) committer.flush();
    if (live.generation !== generation) return NOTHING;
    const isNew = live.lastSeq === 0;
    const done = await replay({
      stackRuns: store.stackRuns,
      run: live.run,
      isNew,
      check: new JournalCheck(store.stackRuns, live.run, { isEmpty: isNew }),
      make: async () => ({ report: await this.#make(live, isNew), realm: live.realm }),
      reveal: (settled) => this.#revealed(settled),
      isWanted: () => live.generation === generation,
      begins,
    });
    if (done === undefined) return NOTHING;
    live.inbox = live.inbox.filter((settled) => settled.delivery > done.upTo);
    live.lastTurn = done.upTo;
    return done.beyond;
  }

  /** The realm of a run and its first turn. When the run was parked meanwhile, the realm is gone again. */
  async #make(live: LiveRun, isNew: boolean): Promise<TurnReport> {
    const { generation } = live;
    const { stackRuns } = this.#parts.store;
    const completed = isNew ? {} : { completed: { upTo: live.lastSeq, except: stackRuns.notCompleted(live.run) } };
    const making = (async () => {
      const { realm, report } = await this.#parts.options.executor.start(live.code, { ...live.start, ...completed });
      if (live.generation === generation) live.realm = realm;
      else realm.drop();
      return report;
    })();
    const made = live.making = making.catch(() => {}).finally(() => {
      if (live.making === made) live.making = undefined;
    });
    return await making;
  }

  /**
   * One stretch of task code at work, and what is staged because of it: only then may a commit go ahead without waiting
   * for it. A suspect's runs alone and leaves a mark when it takes long.
   */
  async #turn(
    live: LiveRun,
    work: (begins: () => void) => Promise<Caused>,
    take: (done: Caused) => void,
  ): Promise<void> {
    const { generation } = live;
    const alone = live.suspect;
    this.#parts.committer.realmBegins();
    try {
      const done = await this.#gate.run(async () => {
        // Its realm may have been dropped while it waited for the turns of others.
        if (live.generation !== generation) return NOTHING;
        return await (alone ? this.#marked(live, work) : work(() => {}));
      }, { alone });
      if (live.generation !== generation) return;
      live.phase = "idle";
      take(done);
    } catch (error) {
      if (live.generation === generation) this.#realmFailed(live, error);
    } finally {
      this.#parts.committer.realmAnswered();
    }
  }

  /**
   * A turn that leaves a mark while it runs: if the process dies in it, the mark counts. Who is killed from outside a few
   * times dies early in the turn as a rule, or in what goes before it and has done no harm before: the replay of turns
   * that were taken. So deaths there weigh less.
   */
  async #marked(live: LiveRun, work: (begins: () => void) => Promise<Caused>): Promise<Caused> {
    const { clock, committer, store } = this.#parts;
    const { deaths, earlyDeaths } = live;
    const mark = (counts: { deaths: number; earlyDeaths: number }) => {
      committer.quickly(() => store.taskRuns.setDeaths(live.run, counts));
    };
    mark({ deaths, earlyDeaths: earlyDeaths + 1 });
    let unset: (() => void) | undefined;
    const begins = () => {
      unset ??= clock.after(EARLY, () => mark({ deaths: deaths + 1, earlyDeaths }));
    };
    const wasDelivery = live.phase === "busy";
    try {
      const done = await work(begins);
      if (wasDelivery || live.lastDelivery === 0) live.suspect = false;
      return done;
    } finally {
      unset?.();
      if (!live.suspect) live.deaths = live.earlyDeaths = 0;
      mark(live);
    }
  }

  #answered(live: LiveRun): void {
    live.lostRealms = 0;
    if (live.stalls > 0) {
      live.stalls = 0;
      this.#parts.committer.stage({ apply: () => this.#parts.store.taskRuns.count(live.run, "stalls", 0) });
    }
  }

  /** Stages what a turn caused: its log lines, its calls, and the run's end when it was the last. */
  #take(live: LiveRun, { calls, outcome, ...done }: Caused): void {
    const { store, committer, runs, settlement } = this.#parts;
    runs.touch(live);
    const logs = done.logs.filter((line) => line.index >= live.logLines);
    live.logLines += logs.length;
    live.openCalls += calls.length;
    live.lastSeq = calls.at(-1)?.seq ?? live.lastSeq;
    const logLines = live.logLines;
    const told: (() => void)[] = [];
    committer.stage({
      concerns: live,
      apply: (now) => {
        // The run around it may have ended in this very transaction, and taken this one along.
        if (live.parentRun !== null && store.taskRuns.get(live.run)?.endedAt !== null) return;
        for (const { at, level, text } of logs) {
          store.logs.append({ run: live.run, at, level, source: "task", text });
        }
        if (logs.length > 0) store.taskRuns.setLogLines(live.run, logLines);
        for (const call of calls) {
          if (call.causedBy <= (live.cancellation?.after ?? -1)) told.push(this.#insertCancelled(live, call, now));
          else {
            const tell = this.#insert(live, call, now);
            if (tell !== undefined) told.push(tell);
          }
        }
      },
      after: () => told.forEach((tell) => tell()),
    });
    if (outcome !== undefined) {
      settlement.end(live, outcome);
    } else if (live.openCalls === 0 && live.quiescent) {
      settlement.end(live, { type: "failed", error: serializeError(nothingToWaitFor()) });
    } else {
      this.pump(live);
    }
  }

  /** What it gives back tells the realm of an answer that is there already. */
  #insert(live: LiveRun, call: Caused["calls"][number], now: number): (() => void) | undefined {
    const frame = {
      run: live.run,
      seq: call.seq,
      service: canonicalService(call.service),
      method: call.method,
      args: call.args,
      priority: live.priority,
      ...(call.options === undefined ? {} : optionColumns(call.options)),
      causedBy: call.causedBy,
      now,
    };
    const json = live.sharedAnswers?.take(frame);
    if (json === undefined) return void this.#parts.processor.enqueue(frame);
    const { id } = this.#parts.store.stackRuns.insertClaimed({ ...frame, lane: false });
    return this.#parts.settlement.settleInside(live, { ...frame, id }, { status: "completed", json }, now);
  }

  /** A call of code that did not know yet that its run is cancelled. */
  #insertCancelled(live: LiveRun, call: Caused["calls"][number], now: number): () => void {
    const { store, settlement } = this.#parts;
    const { seq, method, args, causedBy } = call;
    const service = canonicalService(call.service);
    const id = store.stackRuns.insert({ run: live.run, seq, service, method, args, lane: false, causedBy, now });
    const json = JSON.stringify(live.cancellation!.error);
    return settlement.settleInside(live, { id, seq, service }, { status: "cancelled", json }, now);
  }

  #realmFailed(live: LiveRun, thrown: unknown): void {
    const { committer, store, settlement } = this.#parts;
    const error = asTaskerError(store.db.path, thrown);
    const code = error instanceof TaskerError ? error.code : "INTERNAL";
    if (code === "UNAVAILABLE") return;
    if (code.startsWith("DATABASE_")) return void committer.fail(error);
    live.park();
    if (code === "TASK_STALLED" && live.stalls + 1 < MAX_STALLS) {
      live.stalls++;
      live.suspect = true;
      const stalls = live.stalls;
      committer.stage({
        apply: () => store.taskRuns.count(live.run, "stalls", stalls),
        after: () => this.open(live),
      });
    } else if (code === "ISOLATE_LOST" && ++live.lostRealms <= MAX_LOST_REALMS) {
      committer.stage({ apply: () => {}, after: () => this.open(live) });
    } else {
      settlement.end(live, { type: "failed", error: serializeError(error) });
    }
  }
}

function optionColumns(options: string): { options: string; priority?: number } {
  const { priority } = JSON.parse(options) as CallOptions;
  return { options, ...(priority === undefined ? {} : { priority }) };
}

const NOTHING: Caused = { calls: [], logs: [] };

export function nothingToWaitFor(): TaskerError {
  return new TaskerError("NOTHING_TO_WAIT_FOR", "the task waits for something that can never happen: no call is open", {
    hint: "a promise that nothing settles was awaited; only calls through `tools` can be waited for",
  });
}
