import { TaskerError } from "../core/errors.ts";
import { isRunEnded } from "../core/states.ts";
import { frameId } from "../core/ids.ts";
import { newestById } from "../store/run_links.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { Admission } from "./admission.ts";
import { type Decision, recordDecision } from "./approvals.ts";
import { BudgetGate } from "./budget_gate.ts";
import { beginCancellation, hasBegun } from "./cancellation.ts";
import { Committer, NOBODY } from "./committer.ts";
import { Departures } from "./departures.ts";
import { Discards } from "./discards.ts";
import { HELD } from "./held.ts";
import { type Fork, insertFork } from "./fork.ts";
import { LiveRuns } from "./live_runs.ts";
import type { LiveRun } from "./live_run.ts";
import type { EngineOptions, Parts } from "./parts.ts";
import { PolicyGate } from "./policy_gate.ts";
import { Processor } from "./processor.ts";
import { RealmDriver } from "./realm_driver.ts";
import { recover } from "./recovery.ts";
import { checkLatest, insertRetry, type Retry } from "./retry.ts";
import { Schedules } from "./schedules.ts";
import { cancelledError, Settlement } from "./settlement.ts";
import { sendSignal, type SentSignal, type SignalToSend } from "./signals.ts";
import { insertRun, type Submission } from "./submit.ts";
import { upgrade } from "./upgrade.ts";
import { writeStates } from "./write_states.ts";
import { Watches } from "./watches.ts";

/** Of a result for the calls it causes to share its commit, ms. */
const LONGEST_WAIT = 40;
/** How long a stop waits for calls in flight, ms. */
const STOP_PATIENCE = 5_000;
/** A step that was asked for and not made within this time is made without being asked for, ms. */
const NUDGE_LOST_AFTER = 2_000;

/** The durable engine of one file: the only writer of run state. It is driven by `step()`, which its owner calls after each `nudge()`. */
export class Engine {
  readonly #parts: Parts;
  readonly #discards: Discards;
  readonly #watches: Watches;
  readonly #failure = Promise.withResolvers<Error>();
  /** When the nudge that is on its way was given, ms. */
  #nudgedAt: number | undefined;
  /** Set while somebody looks whether a nudge was lost. */
  #cancelLook: (() => void) | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: EngineOptions) {
    const { store, clock } = options;
    this.#watches = new Watches(store);
    const nudging = { ...options, nudge: () => this.#nudge(options.nudge) };
    const admission = new Admission(store);
    const committer = new Committer({
      store,
      clock,
      epoch: options.epoch,
      longestWait: options.longestWait ?? LONGEST_WAIT,
      beforeCommit: (now, isLeftOut) => {
        const times = [admission.admit(now), store.taskRuns.takeNewDue()];
        parts.processor!.claim(now);
        const renewed = parts.budgets!.write();
        parts.departures!.write(now);
        const changed = writeStates(parts as Parts, isLeftOut);
        return () => {
          for (const time of times) if (time !== undefined) parts.processor!.wakeBy(time);
          if (renewed !== undefined) parts.processor!.wakeAt(renewed);
          if (parts.processor!.hasClaimed) nudging.nudge();
          this.#changed(changed);
        };
      },
      isAwaited: () => parts.processor!.isStarved,
      failed: (error) => this.#fail(error),
    });
    const parts: { -readonly [part in keyof Parts]?: Parts[part] } = {
      options: nudging,
      store,
      clock,
      committer,
      admission,
      runs: new LiveRuns(store),
    };
    parts.driver = new RealmDriver(parts as Parts);
    parts.settlement = new Settlement(parts as Parts);
    parts.gate = new PolicyGate(parts as Parts);
    parts.budgets = new BudgetGate(parts as Parts);
    parts.departures = new Departures(parts as Parts);
    parts.processor = new Processor(parts as Parts);
    parts.schedules = new Schedules(parts as Parts);
    this.#parts = parts as Parts;
    this.#discards = new Discards(this.#parts);
  }

  /** Settles with the error when the engine had to stop by itself: the disk is full, another process took over. */
  get failed(): Promise<Error> {
    return this.#failure.promise;
  }

  /** What submits runs by itself, at the times that were asked for. */
  get schedules(): Schedules {
    return this.#parts.schedules;
  }

  /** Who runs this process. */
  get owner(): string {
    return this.#parts.options.audit.owner;
  }

  get busyLanes(): number {
    return this.#parts.processor.busyLanes;
  }

  /** Takes up what an earlier owner left; `died`: it was at work when it ended. Throws what is wrong with the file. */
  start(died: boolean): void {
    try {
      recover(this.#parts, died);
    } catch (error) {
      throw this.#parts.committer.fail(error);
    }
    this.#parts.options.nudge();
    this.#parts.schedules.start();
  }

  /** One step of the stack processor. */
  step(): void {
    this.#nudgedAt = undefined;
    this.#parts.processor.step();
  }

  /** Commits a new run. Throws NOT_FOUND, INVALID_INPUT, CONFLICT. */
  async submit(submission: Submission): Promise<{ taskRunId: string; stackRunId: string }> {
    const { committer, store, admission, options: { audit } } = this.#parts;
    return await committer.commit((now) => insertRun(store, { ...submission, audit, admission, now }), NOBODY);
  }

  /** Commits a run that shares the journal of another one up to a call. Throws NOT_FOUND, INVALID_INPUT, CONFLICT. */
  async fork(fork: Fork): Promise<{ taskRunId: string; stackRunId: string }> {
    const { committer, store, runs, driver, options: { audit } } = this.#parts;
    const { id, run, isNew } = await committer.commit((now) => insertFork(store, { ...fork, audit, now }), NOBODY);
    const live = isNew ? runs.get(run) : undefined;
    if (live !== undefined && live.status !== "held") {
      live.marked = true;
      driver.open(live);
    }
    return { taskRunId: id, stackRunId: frameId(id, 0) };
  }

  /** Commits a run that goes on with a failed one from its failed call. Throws NOT_FOUND, INVALID_INPUT, CONFLICT, NON_DETERMINISM. */
  async retry(retry: Retry): Promise<{ taskRunId: string; stackRunId: string }> {
    if (retry.latest) await checkLatest(this.#parts, retry.run);
    const { committer, store, admission, options: { audit } } = this.#parts;
    const id = await committer.commit((now) => insertRetry(store, { ...retry, audit, admission, now }), NOBODY);
    return { taskRunId: id, stackRunId: frameId(id, 0) };
  }

  /** Keeps a signal for a run, and wakes the calls that wait for it. Throws NOT_FOUND, INVALID_INPUT, TOO_LARGE, CONFLICT. */
  async signal(signal: SignalToSend): Promise<SentSignal> {
    const { committer, store } = this.#parts;
    return await committer.commit((now) => sendSignal(store, signal, now), NOBODY);
  }

  /**
   * Cancels a run and what is nested in it: its calls fail with a CancelledError, and it may clean up for a while. `now`: it
   * ends without. Throws NOT_FOUND, CONFLICT when it has ended already.
   */
  async cancel(id: string, options: { now?: boolean } = {}): Promise<void> {
    const live = this.#unfinished(id);
    const { committer, processor, settlement } = this.#parts;
    const error = cancelledError("the run was cancelled");
    if (hasBegun(live) && live.phase !== "ending" && !options.now) {
      committer.stage(beginCancellation(this.#parts, live, error));
    } else {
      processor.abortRun(live, "the run is cancelled");
      settlement.end(live, { type: "cancelled", error });
    }
    const committed = committer.commit(() => {});
    committer.flush();
    await committed;
    // Another end may have been on its way before.
    const row = this.#parts.store.taskRuns.get(live.run)!;
    if (row.status === "continued_as_new") return await this.cancel(id, options);
    if (row.status !== "cancelling" && row.status !== "cancelled") throw ended(row);
  }

  /** Stops a run until it is resumed. What its calls in flight have so far is kept. */
  async hold(id: string): Promise<void> {
    const { committer } = this.#parts;
    const top = this.#unfinished(id);
    if (top.status === "cancelling") {
      throw new TaskerError("CONFLICT", `run ${id} is being cancelled: it cannot be held`, {
        hint: `\`tasker cancel ${id} --now\` ends it without its clean-up`,
      });
    }
    const stop = () => {
      const top = this.#parts.runs.get(this.#row(id).run);
      const family = top === undefined ? [] : [top, ...this.#nestedIn(top.run)];
      for (const live of family) this.#stopRun(live);
      return family;
    };
    stop();
    await committer.commit(() => {
      // Again, for what was being nested, or continued as new, at that moment.
      for (const live of stop()) this.#writeHeld(live);
    });
    this.#parts.processor.passKeysOn();
  }

  /** Lets a held run go on. A run that is not held goes on by itself. */
  async resume(id: string): Promise<void> {
    const { committer, store, runs, driver, admission } = this.#parts;
    const row = this.#row(id);
    if (isRunEnded(row.status)) throw ended(row);
    if (row.status !== "held") return;
    const begun = await committer.commit(() => {
      const begun: LiveRun[] = [];
      for (const held of this.#heldFamily(row)) {
        const { run } = held;
        store.taskRuns.goesOn(held);
        const live = runs.get(run)!;
        store.stackRuns.waits.unblockRun(run, HELD);
        if (live.rootStatus === "pending") {
          // It begins when it is claimed, and is read again then.
          store.taskRuns.move(run, "queued");
          admission.queue(store.taskRuns.get(run)!);
          runs.forget(live);
          continue;
        }
        store.taskRuns.move(run, "running");
        store.taskRuns.setLive(run, true);
        live.status = "running";
        live.marked = true;
        runs.touch(live);
        begun.push(live);
      }
      return begun;
    });
    for (const live of begun) driver.open(live);
  }

  /** Gives a held run the newest version of its task: see `upgrade`. */
  async upgrade(id: string, by?: string): Promise<void> {
    await upgrade(this.#parts, this.#row(id).id, by);
  }

  /** Takes a slice of runs that have ended out of the file: see `Discards`. Gives what is left of them. */
  discard(ids: readonly string[], by?: string): Promise<string[]> {
    return this.#discards.discard(ids, by);
  }

  /** Lets a call go on that waits for a person, or has it fail; giving the same decision again does nothing. Throws NOT_FOUND, CONFLICT. */
  async decide(decision: Decision): Promise<void> {
    const { committer, store, runs, options } = this.#parts;
    await committer.commit((now) => {
      const live = runs.get(recordDecision(store, options.services, decision, now).run);
      if (live !== undefined) runs.touch(live);
    }, NOBODY);
  }

  /** Calls `changed` after every commit that touched the run, or what it goes on as, until the returned function is called. */
  watch(id: string, changed: (isAtRest: boolean) => void): () => void {
    return this.#watches.add(id, changed);
  }

  /** Runs that are neither ended nor held, nor wait for nothing but a person. */
  activeRuns(): number {
    const { taskRuns, gates, stackRuns } = this.#parts.store;
    const isAnybodyAsked = gates.asked({ after: 0, limit: 1 }).length > 0 ||
      stackRuns.waits.blockedBy("budget").length > 0;
    return taskRuns.unfinished()
      .filter((run) => run.status !== "held" && !(isAnybodyAsked && gates.isAllThatIsOpen(run.run))).length;
  }

  /** Ends in order: calls in flight are aborted and keep what they have, everything is committed. Idempotent. */
  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  async #stop(): Promise<void> {
    const { processor, schedules, committer, runs, store, departures } = this.#parts;
    this.#cancelLook?.();
    schedules.stop();
    await processor.stop(STOP_PATIENCE);
    departures.stop();
    committer.stage({ apply: () => store.taskRuns.clearLive() });
    committer.flush();
    committer.stop();
    for (const live of [...runs]) runs.forget(live);
  }

  #nudge(nudge: () => void): void {
    if (this.#nudgedAt !== undefined || this.#stopping !== undefined || this.#parts.committer.stopped) return;
    this.#nudgedAt = this.#parts.clock.now();
    if (this.#cancelLook === undefined) this.#lookAfter(NUDGE_LOST_AFTER);
    nudge();
  }

  /** One timer for all nudges: nearly every one has been followed by its step long before. */
  #lookAfter(ms: number): void {
    this.#cancelLook = this.#parts.clock.after(ms, () => {
      this.#cancelLook = undefined;
      if (this.#nudgedAt === undefined) return;
      const left = this.#nudgedAt + NUDGE_LOST_AFTER - this.#parts.clock.now();
      if (left > 0 && left < NUDGE_LOST_AFTER) this.#lookAfter(left);
      else this.step();
    });
  }

  #changed(runs: Iterable<LiveRun>): void {
    this.#parts.options.committed?.(runs);
    this.#watches.tell(this.#parts.runs.withThoseAround(runs));
  }

  /** Nothing can be committed any more: every realm may have seen what is not recorded, so all of them are dropped. */
  #fail(error: Error): void {
    const { processor, schedules, runs, departures } = this.#parts;
    this.#cancelLook?.();
    schedules.stop();
    departures.stop();
    processor.halt();
    for (const live of [...runs]) {
      processor.abortRun(live, "the engine has stopped");
      runs.forget(live);
    }
    this.#failure.resolve(error);
  }

  /** The run, or what it goes on as. */
  #row(id: string): TaskRun {
    const row = newestById(this.#parts.store, id);
    if (row === undefined) {
      throw new TaskerError("NOT_FOUND", `there is no run ${id}`, { hint: "`tasker runs` lists them" });
    }
    return row;
  }

  #unfinished(id: string): LiveRun {
    const row = this.#row(id);
    const live = this.#parts.runs.get(row.run);
    if (live === undefined) throw ended(row);
    return live;
  }

  #nestedIn(run: number): LiveRun[] {
    return this.#parts.store.nestedRuns.open(run)
      .flatMap((child) => [this.#parts.runs.get(child.run)!, ...this.#nestedIn(child.run)]);
  }

  #stopRun(live: LiveRun): void {
    // One whose end is staged ends.
    if (live.phase === "ending" || live.status === "held" || live.status === "cancelling") return;
    live.status = "held";
    live.marked = false;
    live.park();
    this.#parts.processor.abortRun(live, "the run is held");
  }

  #writeHeld(live: LiveRun): void {
    const { store, runs, admission } = this.#parts;
    if (live.status !== "held") return;
    store.stackRuns.waits.blockRun(live.run, HELD);
    if (store.stackRuns.move(live.rootFrame, "pending_resume")) live.rootStatus = "pending_resume";
    store.taskRuns.move(live.run, "held");
    if (live.parentRun === null) admission.ask(live.code.name);
    store.taskRuns.setLive(live.run, false);
    runs.touch(live);
  }

  #heldFamily(row: TaskRun): TaskRun[] {
    const children = this.#parts.store.nestedRuns.open(row.run).filter((child) => child.status === "held");
    return [row, ...children.flatMap((child) => this.#heldFamily(child))];
  }
}

function ended(row: TaskRun): TaskerError {
  return new TaskerError("CONFLICT", `run ${row.id} has ended already: ${row.status}`, {
    hint: `see it with \`tasker show ${row.id}\``,
  });
}
