import type { TaskerError } from "../../src/core/errors.ts";
import { isRunEnded } from "../../src/core/states.ts";
import type { ServiceCall } from "../../src/services/contract.ts";
import type { Store } from "../../src/store/store.ts";
import type { TaskRun } from "../../src/store/task_runs.ts";
import type { Dice } from "../../src/workspace/dice.ts";
import { Agenda } from "./agenda.ts";
import { forkedChains } from "./chain_rules.ts";
import { Disturbances } from "./disturbances.ts";
import { OutsideService, usageOf } from "./outside_world.ts";
import { OwnerProcess } from "./owner_process.ts";
import { drawBudget, type Plan } from "./plan.ts";
import { settled } from "./realm_turn.ts";
import { SimulatedClock } from "./simulated_clock.ts";
import { WatchedBudgets } from "./watched_budgets.ts";

/** More events than any schedule needs: who comes here goes in circles. */
const MOST_EVENTS = 30_000;
/** Within this the engine looks again whether a nudge was lost, or commits what has waited for company, ms. */
const SOON = 100;
/** What a client may be told when the owner it asked is in trouble, or the run has ended. */
const REFUSALS = ["NOT_OWNER", "UNAVAILABLE", "DATABASE_UNUSABLE", "CONFLICT"];

/** Somebody who wants a run and does not rest until it has ended. */
export interface Client {
  readonly name: string;
  id: string | undefined;
  /** The owner who was asked for the run. */
  asked: OwnerProcess | undefined;
  /** Asked for it to be cancelled. */
  cancels: boolean;
  /** Was told that its signal is there. */
  hasSignalled: boolean;
}

/** One schedule: owners of one file, one after another, and everything that happens to them, in the order that the seed says. */
export class World {
  readonly trace: string[] = [];
  /** What must not have happened. */
  readonly violations: string[] = [];
  readonly clients: readonly Client[];
  readonly clock = new SimulatedClock();
  readonly agenda = new Agenda();
  readonly budgets = new WatchedBudgets(() => this.file);
  readonly plan: Plan;
  readonly dice: Dice;
  readonly #stores: readonly [Store, Store];
  readonly #forkedChains: () => string[];
  /** Calls that must not be repeated: whether the last attempt was answered. */
  readonly #changes = new Map<string, boolean>();
  /** Without a current owner the next one is on its way. */
  current: OwnerProcess | undefined;
  #owners = 0;
  #events = 0;
  readonly #disturbances = new Disturbances(this);
  #disturbancesLeft: number;

  constructor(params: { plan: Plan; stores: readonly [Store, Store]; dice: Dice }) {
    this.plan = params.plan;
    this.#stores = params.stores;
    this.#forkedChains = forkedChains(params.stores[0]);
    this.dice = params.dice;
    this.#disturbancesLeft = params.plan.disturbances;
    this.clients = params.plan.runs.map((name) => ({
      name,
      id: undefined,
      asked: undefined,
      cancels: false,
      hasSignalled: false,
    }));
  }

  /** A connection that no owner writes through at the moment. */
  get file(): Store {
    return this.#stores[(this.#owners + 1) % 2]!;
  }

  /** Lets everything happen until nothing is left to happen. */
  async run(): Promise<void> {
    for (const budget of this.plan.budgets) this.budgets.set(budget);
    this.startOwner();
    do await settled(); while (this.violations.length === 0 && await this.#next());
  }

  soon(owner: object, what: string, happen: () => void | Promise<void>): void {
    this.agenda.add({ what, owner, happen });
  }

  note(what: string): void {
    this.trace.push(`${String(this.clock.elapsed).padStart(8)} ms  ${what}`);
  }

  violated(what: string): void {
    this.note(`VIOLATION: ${what}`);
    this.violations.push(what);
  }

  /** Takes the file over; whoever had it until now is too late from here on. */
  startOwner(): void {
    const number = ++this.#owners;
    this.note(`owner ${number} starts`);
    const { plan } = this;
    const owner = new OwnerProcess({
      number,
      store: this.#stores[number % 2]!,
      clock: this.clock,
      outside: (owner) => [this.#outside(owner)],
      lanes: plan.lanes,
      maxRealms: plan.maxRealms,
      random: () => this.dice.next(),
      soon: (owner, what, happen) => this.soon(owner, `owner ${number}: ${what}`, happen),
      losesNudge: () => this.dice.chance(plan.lostNudges),
      committed: () => this.#committed(number),
      died: (owner) => this.kill(owner, "dies with its commit"),
    });
    this.current = owner;
    void owner.engine.failed.then(async (error) => {
      this.note(`owner ${number} fails: ${(error as Partial<TaskerError>).code}`);
      await owner.engine.stop();
      this.kill(owner, "has stopped");
    });
    for (const client of this.clients) if (client.id === undefined) this.#submitSoon(client);
  }

  /** A process ends at once, and with it everything it has not written. */
  kill(owner: OwnerProcess, how: string): void {
    this.note(`owner ${owner.number} ${how}`);
    this.agenda.forget(owner);
    this.clock.forget(owner);
    this.leave(owner);
  }

  /** The file has no owner any more, if this was its owner: the next one is on its way. */
  leave(owner: OwnerProcess): void {
    if (this.current !== owner) return;
    this.current = undefined;
    this.soon(this, "the next owner", () => this.startOwner());
  }

  /** Asks the owner for something; what it refuses for a good reason is asked again by whoever wants it still. */
  ask(what: string, request: Promise<unknown>, answered: () => void = () => {}): void {
    this.note(what);
    request.then(answered, (error) => {
      this.note(`${what}: refused, ${error.code}`);
      if (!REFUSALS.includes(error.code)) this.violated(`${what} was refused: ${error.message}`);
    });
  }

  unfinished(): TaskRun[] {
    return this.file.taskRuns.unfinished();
  }

  async #next(): Promise<boolean> {
    const { agenda, clock, dice, plan } = this;
    if (++this.#events > MOST_EVENTS) this.violated(`no end after ${MOST_EVENTS} events`);
    if (this.#disturbancesLeft > 0 && dice.chance(0.08)) {
      this.#disturbancesLeft--;
      this.#disturbances.strike();
    } else if (agenda.size > 0 && (clock.timers === 0 || plan.calm || dice.chance(0.92))) {
      const { what, happen } = agenda.take(plan.calm ? undefined : dice);
      this.note(what);
      await happen();
    } else {
      if (agenda.size === 0 && (clock.next ?? Infinity) - clock.elapsed > SOON) {
        for (const fault of this.budgets.idleRoom()) this.violated(fault);
      }
      const awaited = agenda.size === 0 ? this.budgets.awaited() : undefined;
      // Whoever waits for the next day waits long.
      if (awaited !== undefined && (clock.timers === 0 || dice.chance(0.3))) this.changeBudget(awaited);
      else if (clock.timers > 0) clock.fireNext();
      else return this.#wantsMore();
    }
    return true;
  }

  /** Gives the budget more room, or another rule, or takes it away; by default any of those in force, maybe also less room. */
  changeBudget(awaited?: string): void {
    const { budgets, dice, current } = this;
    const budget = awaited === undefined
      ? budgets.inForce[dice.between(0, Math.max(1, budgets.inForce.length))]
      : budgets.inForce.find(({ name }) => name === awaited);
    if (budget === undefined) return;
    const what = dice.next();
    if (what < 0.2) budgets.remove(budget.name);
    else if (what < 0.35) budgets.set(drawBudget(budget.name, dice));
    else {budgets.set({
        ...budget,
        limit: Math.max(1, budget.limit + dice.between(awaited === undefined ? -4 : 5, 25)),
      });}
    this.note(`budgets are changed: ${JSON.stringify(budgets.inForce)}`);
    if (current !== undefined) this.soon(current, "hears of the budgets", () => current.engine.step());
  }

  /** Nothing happens by itself any more: whoever waits asks again. */
  #wantsMore(): boolean {
    const unfinished = this.unfinished();
    const held = unfinished.filter((run) => run.status === "held");
    const { engine } = this.current!;
    for (const { id, run } of held) this.ask(`resume ${run}`, engine.resume(id));
    for (const client of this.clients) if (client.id === undefined) this.violated(`${client.name} got no answer`);
    if (unfinished.length > 0 && held.length === 0) {
      this.violated(
        `runs ${unfinished.map((run) => `${run.run} (${run.status})`)} are stuck: nothing will ever happen`,
      );
    }
    return held.length > 0;
  }

  /** Unless the run is in the file: then only the answer was lost. */
  #submitSoon(client: Client): void {
    const input = { name: client.name };
    this.soon(this, `${client.name} is looked for`, () => {
      const known = this.file.taskRuns.newest({ limit: 100 }).find((run) => run.input === JSON.stringify(input));
      if (known !== undefined) client.id ??= known.id;
      // The next owner is asked when it starts.
      if (client.id !== undefined || this.current === undefined || client.asked === this.current) return;
      client.asked = this.current;
      const submitted = this.current.engine.submit({ taskName: "program", input, idempotencyKey: client.name });
      this.ask(`submit ${client.name}`, submitted.then(({ taskRunId }) => client.id = taskRunId));
    });
  }

  #committed(owner: number): void {
    this.note(`    owner ${owner} commits`);
    for (const chain of this.#forkedChains()) this.violated(`more than one run of the chain ${chain} has not ended`);
  }

  #outside(owner: OwnerProcess): OutsideService {
    return new OutsideService({
      now: () => this.clock.now(),
      issued: (call) => this.#issued(owner, call),
      answered: (call) => {
        if (this.#changes.has(call.frameId)) this.#changes.set(call.frameId, true);
      },
      soon: (what, happen) => this.soon(owner, `owner ${owner.number}: ${what}`, happen),
      chance: (probability) => this.dice.chance(probability),
    }, { calm: this.plan.calm, isCounted: this.plan.budgets.length > 0 });
  }

  /** A call leaves an engine: what the file says at this moment must allow it. */
  #issued(owner: OwnerProcess, call: ServiceCall): void {
    const shown = `${call.method} ${call.args[0]}, attempt ${call.attempt}`;
    this.note(`  → owner ${owner.number} calls ${shown}`);
    // One that was taken over from without noticing yet is kept from writing, not from asking.
    if (owner !== this.current) return;
    const run = this.file.taskRuns.byId(call.taskRunId);
    const seq = Number(call.frameId.slice(call.taskRunId.length + 1));
    const frame = run && this.file.stackRuns.bySeq(run.run, seq);
    if (run === undefined || frame === undefined) return this.violated(`${shown} was made before it was in the file`);
    if (frame.endedAt !== null) return this.violated(`${shown} was made though it was recorded as ${frame.status}`);
    if (frame.status !== "processing") this.violated(`${shown} was made though it was not claimed`);
    for (const fault of this.budgets.issued(call, frame, usageOf(call))) this.violated(`${shown}: ${fault}`);
    if (isRunEnded(run.status)) this.violated(`${shown} was made though its run was ${run.status}`);
    if (run.status === "held") this.violated(`${shown} was made though its run was held`);
    if (call.method !== "change") return;
    if (this.#changes.get(call.frameId) === false) {
      this.violated(`${shown} was made though an earlier one may have happened`);
    }
    this.#changes.set(call.frameId, false);
  }
}
