import { amountText, costIn, counts, type Day, dayOf, hasRoom, numberText, type Usage } from "../core/budget.ts";
import { ClockFace } from "../core/clock_face.ts";
import type { IntendedCall } from "../core/policy.ts";
import { blockedBy, type KeptBudget, type Spending } from "../store/budgets.ts";
import { sentArgs } from "../store/gates.ts";
import type { StackRun } from "../store/stack_runs.ts";
import { storedJson } from "../store/stored_json.ts";
import { NOBODY } from "./committer.ts";
import type { LiveRun } from "./live_run.ts";
import type { Parts } from "./parts.ts";
import { intended, refusalOf } from "./policy_gate.ts";

/** A call on its way to be claimed. */
type Claimable = Pick<StackRun, "run" | "service" | "method" | "args" | "gate" | "progress">;

/** What of a budget is spent in one day or run, as this owner has it in memory. */
interface Counter extends Spending {
  readonly budget: KeptBudget;
  readonly span: string;
  /** When the next day begins, ms. */
  readonly until: number | undefined;
  /** Whether calls may wait for it; false is certain. */
  isAwaited: boolean;
  /** The call that was woken last, until it has taken the room or cannot. */
  woken: number | undefined;
  spent: number;
  largest: number;
}

interface Charge {
  readonly counter: Counter;
  readonly cost: number;
}

/** What a call is going to be charged, and the budget that has no room for it. */
export interface Bill {
  readonly charges: readonly Charge[];
  readonly over: Counter | undefined;
}

/** What the bytes of a call are taken for before one was measured. */
const FIRST_BYTES = 64 * 1024;
/** Counters kept in memory. */
const MOST_COUNTERS = 1_000;

/**
 * Keeps outgoing calls within the budgets. A call is charged in the transaction that claims it, so before it can leave, with
 * what it may use at the most; what it has not used is given back when it is over. A death in between leaves it charged.
 */
export class BudgetGate {
  readonly #parts: Parts;
  #budgets: readonly KeptBudget[] = [];
  /** The change of the rules that `#budgets` holds. */
  #change = -1;
  readonly #clocks = new Map<string, { face: ClockFace; day: Day }>();
  readonly #counters = new Map<string, Counter>();
  readonly #unwritten = new Set<Counter>();
  /** Counters that have woken a call. */
  readonly #waking = new Set<Counter>();
  /** What calls in flight were charged, by frame. */
  readonly #charged = new Map<number, readonly Charge[]>();
  /** Of runs: the run that they are nested in at last, and the tasks on the way there. */
  readonly #origins = new WeakMap<LiveRun, { root: string; tasks: readonly string[] }>();
  /** When the first of the budgets is renewed that calls have begun to wait for, ms. */
  #due: number | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Part of every transaction that claims: when the budgets have changed, what waits for them is looked at again. */
  refresh(): void {
    const { store } = this.#parts;
    if (store.owner.rules === this.#change) return;
    this.#change = store.owner.rules;
    this.#budgets = store.budgets.all();
    this.#counters.clear();
    this.#waking.clear();
    store.stackRuns.waits.unblockBudgets();
  }

  /** Part of every transaction, before anything is claimed: room that a woken call may not take any more is the next one's. */
  passOn(): void {
    for (const counter of this.#waking) {
      const frame = this.#parts.store.stackRuns.get(counter.woken!);
      const mayTake = frame?.status === "pending" && frame.blocked === null && frame.readyAt === null;
      if (!mayTake) this.#wakeNext(counter);
    }
  }

  /** What a call is to be charged; undefined when nothing counts it, also when it will fail by itself. */
  bill(frame: Claimable, now: number): Bill | undefined {
    this.refresh();
    if (this.#budgets.length === 0) return undefined;
    const live = this.#parts.runs.get(frame.run);
    const asked = live === undefined ? undefined : this.#asked(live, frame);
    if (asked === undefined) return undefined;
    const { root, tasks } = this.#originOf(live!);
    const charges: Charge[] = [];
    let over: Counter | undefined;
    for (const budget of this.#budgets) {
      if (!counts(budget, tasks, asked.call)) continue;
      const counter = this.#counter(budget, root, now);
      const bytes = counter.largest || FIRST_BYTES;
      const cost = costIn(budget, { calls: 1, units: asked.units, bytes });
      charges.push({ counter, cost });
      if (!hasRoom(budget, { spent: counter.spent, cost })) over ??= counter;
    }
    return charges.length === 0 ? undefined : { charges, over };
  }

  /** Part of the transaction that claims a frame. */
  charge(frame: number, { charges }: Bill): void {
    this.#charged.set(frame, charges);
    for (const { counter, cost } of charges) {
      this.#add(counter, cost);
      this.#wakeNext(counter);
    }
  }

  /** Part of the transaction that has claimed a frame: whether it may be started; otherwise it waits. */
  admit(frame: StackRun, now: number): boolean {
    this.refresh();
    // What the policy has stopped fails and does not leave.
    if (this.#budgets.length === 0 || refusalOf(frame) !== undefined) return true;
    const bill = this.bill(frame, now);
    if (bill === undefined) return true;
    if (bill.over === undefined) {
      this.charge(frame.id, bill);
      return true;
    }
    const { store, runs } = this.#parts;
    store.stackRuns.release(frame.id, { counted: false, unmade: true, ...this.#suspension(bill.over) });
    for (const { counter } of bill.charges) {
      if (counter.woken !== frame.id) continue;
      if (counter === bill.over) this.#offer(counter, undefined);
      else this.#wakeNext(counter);
    }
    const live = runs.get(frame.run);
    if (live !== undefined) runs.touch(live);
    return false;
  }

  /** Keeps a pending frame from being claimed until there is room. */
  suspend(frame: number, over: Counter): void {
    const { waits } = this.#parts.store.stackRuns;
    const { blocked, ...wait } = this.#suspension(over);
    waits.reblock(frame, blocked);
    waits.tellWait(frame, wait);
  }

  /** A claimed call is over or given back. What it has not used is given back with it, what it has used beyond is added. */
  settle(frame: number, live: LiveRun | undefined, usage: Usage): void {
    const charges = this.#charged.get(frame);
    if (charges === undefined) return;
    this.#charged.delete(frame);
    const changed = charges.filter(({ counter, cost }) =>
      usage.bytes > counter.largest || costIn(counter.budget, usage) !== cost
    );
    if (changed.length === 0) return;
    this.#parts.committer.stage({ concerns: live ?? NOBODY, apply: () => this.#correct(changed, usage) });
  }

  /** At the end of every transaction: writes what was counted in it. Gives when the next day begins that calls wait for, ms. */
  write(): number | undefined {
    const { budgets } = this.#parts.store;
    for (const counter of this.#unwritten) budgets.spend(counter.budget.id, counter.span, counter);
    this.#unwritten.clear();
    if (this.#counters.size > MOST_COUNTERS) this.#dropIdle();
    const due = this.#due;
    this.#due = undefined;
    return due;
  }

  #correct(charges: readonly Charge[], usage: Usage): void {
    this.refresh();
    for (const { counter: { budget, span, until }, cost } of charges) {
      // One that was removed, or counts anew, has nothing of it.
      const today = this.#budgets.find(({ id }) => id === budget.id);
      if (today === undefined) continue;
      const counter = this.#counterOf(today, span, until);
      const used = costIn(today, usage);
      counter.largest = Math.max(counter.largest, usage.bytes);
      this.#add(counter, used - cost);
      if (used < cost) this.#wakeNext(counter);
    }
  }

  #add(counter: Counter, cost: number): void {
    counter.spent = Math.max(0, counter.spent + cost);
    this.#unwritten.add(counter);
  }

  /** There may be room for one more: each that is let through wakes the next. */
  #wakeNext(counter: Counter): void {
    if (!counter.isAwaited) return this.#offer(counter, undefined);
    const { waits } = this.#parts.store.stackRuns;
    const reason = blockedBy(counter.budget.name, counter.span);
    const first = waits.firstBlocked(reason);
    if (first === undefined) counter.isAwaited = false;
    else waits.wake(first.id, reason);
    this.#offer(counter, first?.id);
  }

  #offer(counter: Counter, frame: number | undefined): void {
    counter.woken = frame;
    if (frame === undefined) this.#waking.delete(counter);
    else this.#waking.add(counter);
  }

  #dropIdle(): void {
    const { waits } = this.#parts.store.stackRuns;
    for (const [key, { isAwaited, budget, span }] of this.#counters) {
      if (!isAwaited || waits.firstBlocked(blockedBy(budget.name, span)) === undefined) this.#counters.delete(key);
    }
  }

  #suspension(over: Counter): { blocked: string; waitingFor: string; readyAt?: number } {
    const { budget, span, until } = over;
    over.isAwaited = true;
    if (until !== undefined) this.#due = Math.min(until, this.#due ?? Infinity);
    return {
      blocked: blockedBy(budget.name, span),
      waitingFor: wordsOf(over),
      ...(until === undefined ? {} : { readyAt: until }),
    };
  }

  /** What a call would do, and the units that it may use. */
  #asked(live: LiveRun, frame: Claimable): { call: IntendedCall; units: number } | undefined {
    try {
      const { manifest } = live;
      const service = this.#parts.options.services.get(frame.service);
      if (service.intent === undefined || !manifest.services.includes(service.name)) return undefined;
      const progress = frame.progress === null ? undefined : storedJson(frame.progress);
      const call = { method: frame.method, manifest, args: sentArgs(frame), progress };
      const asked = intended(live.code.name, service.name, service.intent(call));
      return { call: asked, units: service.units?.(call) ?? 0 };
    } catch {
      // It cannot be made: its start says why.
      return undefined;
    }
  }

  #originOf(live: LiveRun): { root: string; tasks: readonly string[] } {
    const known = this.#origins.get(live);
    if (known !== undefined) return known;
    const tasks = [live.code.name];
    let root = live.id;
    for (let above = live.parentRun; above !== null;) {
      const run = this.#parts.store.taskRuns.get(above)!;
      tasks.push(run.taskName);
      root = run.id;
      above = run.parentRun;
    }
    const origin = { root, tasks };
    this.#origins.set(live, origin);
    return origin;
  }

  #counter(budget: KeptBudget, root: string, now: number): Counter {
    if (budget.per === "run") return this.#counterOf(budget, root, undefined);
    const { date, until } = this.#today(budget.timeZone, now);
    return this.#counterOf(budget, date, until);
  }

  #counterOf(budget: KeptBudget, span: string, until: number | undefined): Counter {
    const key = `${budget.id} ${span}`;
    let counter = this.#counters.get(key);
    if (counter === undefined) {
      const kept = this.#parts.store.budgets.spending(budget.id, span);
      counter = { budget, span, until, isAwaited: false, woken: undefined, ...kept };
      this.#counters.set(key, counter);
    }
    return counter;
  }

  #today(timeZone: string, now: number): Day {
    const known = this.#clocks.get(timeZone);
    if (known !== undefined && known.day.from <= now && now < known.day.until) return known.day;
    const face = known?.face ?? new ClockFace(timeZone);
    const day = dayOf(face, now);
    this.#clocks.set(timeZone, { face, day });
    return day;
  }
}

/** What a person who looks at a waiting run is told. */
function wordsOf({ budget: { name, measure, limit, per }, spent }: Counter): string {
  const span = per === "run" ? "in this run" : "today";
  const left = spent >= limit ? "" : ": too little for the next call";
  return `room in the budget ${name} (${numberText(measure, spent)} of ${
    amountText(measure, limit)
  } used ${span}${left})`;
}
