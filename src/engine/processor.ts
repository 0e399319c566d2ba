import { serializeError } from "../core/errors.ts";
import type { Outcome } from "../services/contract.ts";
import type { NewStackRun, StackRun } from "../store/stack_runs.ts";
import type { Store } from "../store/store.ts";
import { attempt } from "./attempt.ts";
import { checkOptions, keysOf, optionsOf } from "./call_options.ts";
import { endOverdue } from "./cancellation.ts";
import { NOBODY } from "./committer.ts";
import { type DepartureEnd, endOf, NOT_MADE } from "./departures.ts";
import { KeyLimits } from "./key_limits.ts";
import type { LiveRun } from "./live_run.ts";
import type { Parts } from "./parts.ts";
import { Interruption, Outcomes } from "./outcomes.ts";
import { refusalOf } from "./policy_gate.ts";
import { serviceCall } from "./service_call.ts";
import { starting } from "./started.ts";
import { WakeTimer } from "./wake_timer.ts";

/** Local frames claimed in one step. */
const LOCAL_BATCH = 256;
/** When nothing can happen for longer than this, realms are dropped: a replay costs less than keeping them, ms. */
const LONG_WAIT = 60_000;
/** Of one attempt unless its service says otherwise, ms. */
const ATTEMPT_TIMEOUT = 30_000;

/**
 * The sequential stack processor. A frame is claimed in the transaction that makes it ready, when there is a lane for it;
 * the step that follows through the server starts it, and ends. All of its work is found in rows.
 */
export class Processor {
  readonly #parts: Parts;
  readonly #keys = new KeyLimits();
  readonly #timer: WakeTimer;
  readonly #outcomes: Outcomes;
  readonly #inFlight = new Set<Promise<void>>();
  #busyLanes = 0;
  /** Claimed with a commit, to be started by the next step. */
  #claimed: StackRun[] = [];
  /** The run served last, of local frames and of outside calls: the next step goes on after it. */
  #after = { local: 0, outside: 0 };
  #stopping = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#timer = new WakeTimer({ clock: parts.clock, wake: () => this.step() });
    this.#outcomes = new Outcomes(parts);
  }

  get busyLanes(): number {
    return this.#busyLanes;
  }

  /**
   * Part of every transaction of the group that issues a call: it is claimed as it is inserted when nothing is ready that
   * would come before it and there is a lane for it.
   */
  enqueue(frame: Omit<NewStackRun, "lane">): void {
    const { store, options, gate, budgets, departures } = this.#parts;
    const lane = this.#needsLane(frame.service);
    const stopped = lane ? gate.stops({ ...frame, gate: null }, frame.now) : undefined;
    if (stopped?.state === "asked") {
      const id = store.stackRuns.insert({ ...frame, lane });
      return gate.shut({ ...frame, id }, stopped);
    }
    const mustWait = this.#stopping || store.stackRuns.mayBeReady(lane) ||
      (lane && this.#busyLanes >= options.lanes) || stopped !== undefined;
    if (mustWait) {
      store.stackRuns.insert({ ...frame, lane });
      return;
    }
    const bill = lane ? budgets.bill({ ...frame, gate: null, progress: null }, frame.now) : undefined;
    if (bill?.over !== undefined) return budgets.suspend(store.stackRuns.insert({ ...frame, lane }), bill.over);
    if (lane) this.#busyLanes++;
    this.#after[lane ? "outside" : "local"] = frame.run;
    const claimed = store.stackRuns.insertClaimed({ ...frame, lane });
    if (bill !== undefined) budgets.charge(claimed.id, bill);
    if (lane) departures.leaves(claimed, { isNew: true });
    this.#claimed.push(claimed);
  }

  /** Whether calls of a service hold a lane; an unknown service fails without one. */
  #needsLane(service: string): boolean {
    try {
      return !this.#parts.options.services.get(service).local;
    } catch {
      return false;
    }
  }

  /** Part of every transaction of the group: claims the ready frames that there are lanes for. */
  claim(now: number): void {
    if (this.#stopping) return;
    const { store, gate, budgets } = this.#parts;
    gate.refresh();
    budgets.refresh();
    budgets.passOn();
    const local = store.stackRuns.claim({ lane: false, limit: LOCAL_BATCH, after: this.#after.local, now });
    this.#after.local = local.after;
    for (const frame of local.frames) {
      if (frame.seq > 0 || !this.#begin(frame.run, now)) this.#claimed.push(frame);
    }
    this.#claimOutside(now);
  }

  /** What the policy or a budget stops leaves its lane, and a key that it was next for, to what comes behind it. */
  #claimOutside(now: number): void {
    const { store, options, gate, budgets, departures } = this.#parts;
    for (;;) {
      const limit = options.lanes - this.#busyLanes;
      const { frames, after } = store.stackRuns.claim({ lane: true, limit, after: this.#after.outside, now });
      this.#after.outside = after;
      const admitted = frames.map((frame) => gate.admit(frame, now))
        .filter((frame) => frame !== undefined && budgets.admit(frame, now)) as StackRun[];
      this.#busyLanes += admitted.length;
      for (const frame of admitted) departures.leaves(frame, { isNew: false });
      this.#claimed.push(...admitted);
      if (admitted.length === frames.length) return;
      for (const key of this.#keys.idle()) this.#unblockFirst(store, key);
    }
  }

  /** Whether most lanes are free while calls wait to be claimed. */
  get isStarved(): boolean {
    if (this.#stopping) return false;
    return this.#parts.store.stackRuns.mayBeReady(true) && this.#busyLanes * 2 <= this.#parts.options.lanes;
  }

  /** After such a transaction: whether there is something for a step to start. */
  get hasClaimed(): boolean {
    return this.#claimed.length > 0;
  }

  /** One step: starts what is claimed; with nothing claimed, looks whether something has become ready by itself. */
  step(): void {
    if (!this.#stopping) this.#parts.committer.reading(() => this.#step());
  }

  #step(): void {
    const { store, clock, committer, admission } = this.#parts;
    const claimed = this.#claimed.splice(0);
    for (const frame of claimed) this.#start(frame);
    const now = clock.now();
    const due = earlier(store.stackRuns.waits.nextDue(), store.taskRuns.nextDue());
    if (due !== undefined && due <= now) {
      for (const run of store.taskRuns.due(now)) endOverdue(this.#parts, run);
      committer.stage({
        apply: () => {
          store.stackRuns.waits.promote(now);
          admission.askQueued();
        },
        after: () => this.step(),
      });
      return committer.flush();
    }
    this.#timer.set(due);
    // What was started is committed when it is over; what belongs to runs that have ended starts nothing.
    if (claimed.length > 0 && (committer.isPending || this.#inFlight.size > 0)) return;
    if (this.#parts.gate.isOutdated() || store.stackRuns.hasReady(this.#busyLanes < this.#parts.options.lanes)) {
      committer.stage({ concerns: NOBODY, apply: () => {} });
    } else if (this.#busyLanes === 0 && due !== undefined && due - now > LONG_WAIT) this.#parts.driver.parkIdle();
  }

  /** Something is due then, ms. */
  wakeBy(due: number): void {
    if (!this.#stopping) this.#timer.noLaterThan(due);
  }

  /** A frame that was next for a key may not take it: it was of a run that has ended or is held, or waits for something else. */
  passKeysOn(): void {
    const { committer, store } = this.#parts;
    const idle = this.#keys.idle();
    if (idle.length === 0 || this.#stopping) return;
    committer.stage({
      concerns: NOBODY,
      apply: () => {
        for (const key of idle) this.#unblockFirst(store, key);
      },
    });
  }

  /** A pending local call's outcome, for a run that ends; undefined when it is no local call. */
  performLocal(live: LiveRun, frame: StackRun): Outcome | undefined {
    if (frame.lane) return undefined;
    try {
      const service = this.#parts.options.services.get(frame.service);
      const call = serviceCall(live, frame, new AbortController().signal);
      checkOptions(service, optionsOf(frame));
      service.traits(call);
      const outcome = service.call(call) as Outcome;
      return outcome.type === "start" ? starting(this.#parts, live, outcome) : outcome;
    } catch (error) {
      return { type: "error", error: serializeError(error) };
    }
  }

  /** The calls in flight of a run that is held go back to the queue and keep what they have. */
  abortRun(live: LiveRun, reason: string): void {
    for (const controller of live.inFlight.values()) controller.abort(new Interruption("CANCELLED", reason));
  }

  /** Starts nothing more. */
  halt(): void {
    this.#stopping = true;
    this.#timer.stop();
  }

  /** Claims nothing more, aborts what may be repeated, and waits up to `patience` ms for the rest. */
  async stop(patience: number): Promise<void> {
    this.halt();
    for (const frame of this.#claimed.splice(0)) this.#giveBack(frame);
    for (const live of this.#parts.runs) this.abortRun(live, "tasker is stopping");
    let cancel = () => {};
    const late = new Promise<void>((resolve) => cancel = this.#parts.clock.after(patience, resolve));
    await Promise.race([Promise.allSettled([...this.#inFlight]), late]);
    cancel();
  }

  /**
   * The claim of a root frame starts its run, in the same transaction. The code of a new one is at work while that is
   * committed: what it asks for is part of a later commit, so nobody has seen of it what is lost with this one. True then.
   */
  #begin(run: number, now: number): boolean {
    const { store, runs } = this.#parts;
    store.taskRuns.move(run, "running", now);
    store.taskRuns.setLive(run, true);
    const live = runs.get(run);
    if (live === undefined || !live.isNew) return false;
    this.#open(live);
    return true;
  }

  #open(live: LiveRun): void {
    if (live.status !== "cancelling") live.status = "running";
    live.rootStatus = "processing";
    live.marked = true;
    this.#parts.driver.open(live);
  }

  /** A frame that was claimed and not started. A run whose end is on its way to the file takes its frames along. */
  #giveBack(frame: StackRun): void {
    if (frame.lane) this.#busyLanes--;
    const used = this.#parts.departures.over(frame, NOT_MADE);
    const live = this.#parts.runs.get(frame.run);
    this.#parts.budgets.settle(frame.id, live, used);
    if (live !== undefined && live.phase !== "ending") this.#outcomes.release(live, frame, { counted: false });
  }

  #start(frame: StackRun): void {
    const live = this.#parts.runs.get(frame.run);
    const isVoid = live === undefined || live.phase === "ending" || live.status === "held" || live.hasCancelled(frame);
    if (isVoid) return this.#giveBack(frame);
    if (frame.seq === 0) {
      this.#open(live);
    } else if (frame.lane) {
      const done = this.#perform(live, frame).finally(() => this.#inFlight.delete(done));
      this.#inFlight.add(done);
    } else {
      this.#settleLocal(live, frame);
    }
  }

  #settleLocal(live: LiveRun, frame: StackRun): void {
    const outcome = this.performLocal(live, frame)!;
    this.#outcomes.take(live, frame, outcome);
  }

  async #perform(live: LiveRun, frame: StackRun): Promise<void> {
    const controller = new AbortController();
    const taken: string[] = [];
    let isMade = false;
    let end: DepartureEnd = NOT_MADE;
    try {
      const service = this.#parts.options.services.get(frame.service);
      const options = optionsOf(frame);
      checkOptions(service, options);
      const call = serviceCall(live, frame, controller.signal);
      this.#parts.gate.checkTold(frame);
      const refusal = refusalOf(frame);
      if (refusal !== undefined) throw refusal;
      const { repeatable, timeout = ATTEMPT_TIMEOUT } = service.traits(call);
      for (const { key, concurrency } of keysOf(service, call, options)) {
        // What it has taken so far is freed below, and goes to whoever queues for it.
        if (!this.#keys.tryTake(key, concurrency)) return this.#queueFor(live, frame, key);
        taken.push(key);
      }
      isMade = true;
      if (repeatable) live.inFlight.set(frame.id, controller);
      const departure = this.#parts.departures.of(frame);
      const made = { clock: this.#parts.clock, service, call, departure, controller, repeatable };
      const outcome = await attempt({ ...made, timeout: options.timeout ?? timeout });
      end = endOf(outcome);
      this.#outcomes.take(live, frame, outcome, controller.signal);
    } catch (thrown) {
      const error = serializeError(thrown);
      end = { how: isMade ? "failed" : "not made", error: error.code };
      this.#outcomes.take(live, frame, { type: "error", error }, controller.signal);
    } finally {
      const used = this.#parts.departures.over(frame, end);
      // In the commit of what has come of it.
      this.#parts.budgets.settle(frame.id, live, used);
      live.inFlight.delete(frame.id);
      this.#busyLanes--;
      for (const key of taken) this.#freeKey(key);
      // It may have been next for a key that it has not taken.
      if (!isMade) this.passKeysOn();
      // What is staged now claims for the lane that is free; nothing is when the run has ended meanwhile.
      if (!this.#parts.committer.isPending) this.#parts.options.nudge();
    }
  }

  /** A frame waits until then, which is committed. */
  wakeAt(at: number): void {
    if (this.#stopping) return;
    this.#timer.noLaterThan(at);
    if (at - this.#parts.clock.now() > LONG_WAIT) this.#parts.options.nudge();
  }

  #queueFor(live: LiveRun, frame: StackRun, key: string): void {
    this.#keys.queue(key);
    this.#outcomes.release(live, frame, {
      blocked: `key ${key}`,
      waitingFor: `${key} (other calls are in flight)`,
      counted: false,
    });
  }

  #freeKey(key: string): void {
    this.#keys.free(key);
    if (this.#stopping || !this.#keys.isQueuedFor(key)) return;
    const { committer, store } = this.#parts;
    // Staged behind what the call itself has staged, so that a frame released a moment ago is seen.
    committer.stage({ apply: () => this.#unblockFirst(store, key) });
  }

  #unblockFirst(store: Store, key: string): void {
    if (!store.stackRuns.waits.unblockFirst(`key ${key}`)) this.#keys.nobodyQueues(key);
  }
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}
