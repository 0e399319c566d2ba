import { isRunEnded } from "../../src/core/states.ts";
import type { TaskRun } from "../../src/store/task_runs.ts";
import { firstOf, isSubmitted } from "./course.ts";
import type { OwnerProcess } from "./owner_process.ts";
import type { Disturbance } from "./plan.ts";
import type { World } from "./world.ts";

const HOUR = 3_600_000;

/** How often each may strike in one schedule, where more would be a reason to fail a run. */
const MOST: Partial<Record<Disturbance, number>> = { stall: 1, loss: 3, jump: 2 };
/** A run is failed that was at work, alone, at the deaths of three processes. */
const MOST_ENDS = 3;
const ENDS: readonly Disturbance[] = ["kill", "last commit", "refused commit", "refused part", "takeover"];

/** Lets disturbances strike that are in the schedule's mixture. */
export class Disturbances {
  readonly #world: World;
  readonly #struck: Disturbance[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** One by chance, if it is possible at this moment. */
  strike(): void {
    const { plan, dice, current } = this.#world;
    if (plan.kinds.length === 0 || current === undefined) return;
    const kind = dice.pick(plan.kinds);
    const isEnd = ENDS.includes(kind);
    const before = this.#struck.filter((struck) => isEnd ? ENDS.includes(struck) : struck === kind).length;
    if (before >= (isEnd ? MOST_ENDS : MOST[kind] ?? Infinity)) return;
    this.#struck.push(kind);
    this.#do(kind, current);
  }

  #do(kind: Disturbance, owner: OwnerProcess): void {
    const world = this.#world;
    switch (kind) {
      case "kill":
        return world.kill(owner, "is killed");
      case "last commit":
      case "refused commit":
      case "refused part":
        world.note(`owner ${owner.number}: the next transaction is to meet: ${kind}`);
        return owner.breakCommit(kind);
      case "takeover":
        return world.startOwner();
      case "stop":
        world.note(`owner ${owner.number} is told to stop`);
        return void owner.stop().then(() => world.kill(owner, "has stopped"));
      case "hold":
        return this.#hold(owner);
      case "resume":
        return this.#resume(owner);
      case "cancel":
        return this.#cancel(owner);
      case "signal":
        return this.#signal(owner);
      case "budget":
        return world.changeBudget();
      case "jump": {
        const ms = world.dice.between(-HOUR, HOUR);
        world.note(`the clock jumps by ${ms} ms`);
        return world.clock.jump(ms);
      }
      case "stall":
      case "loss":
        world.note(`owner ${owner.number}: the next turn meets: ${kind}`);
        return owner.host.disturb(kind);
    }
  }

  #hold(owner: OwnerProcess): void {
    const world = this.#world;
    const run = this.#any((run) => run.status !== "held");
    if (run === undefined) return;
    world.ask(`hold ${run.run}`, owner.engine.hold(run.id), () => {
      const { status } = world.file.taskRuns.get(run.run)!;
      if (status !== "held" && !isRunEnded(status)) world.violated(`run ${run.run} was held and is ${status}`);
    });
  }

  #resume(owner: OwnerProcess): void {
    const run = this.#any((run) => run.status === "held");
    if (run !== undefined) this.#world.ask(`resume ${run.run}`, owner.engine.resume(run.id));
  }

  /** One that nobody waits for: it stays with the run, or with the one that it goes on as. */
  #signal(owner: OwnerProcess): void {
    const world = this.#world;
    const client = world.dice.pick(world.clients);
    const { id, name } = client;
    if (id === undefined) return;
    const sent = owner.engine.signal({ id, name: "stays", data: null, signalId: name });
    world.ask(`signal to ${name}`, sent, () => client.hasSignalled = true);
  }

  /** Of nested and started runs only where the course may be any. */
  #cancel(owner: OwnerProcess): void {
    const world = this.#world;
    const run = this.#any((run) => world.plan.kind === "racing" || isSubmitted(world.file, run));
    if (run === undefined) return;
    const { input } = firstOf(world.file, run);
    const client = world.clients.find(({ name }) => input === JSON.stringify({ name }));
    if (client !== undefined) client.cancels = true;
    const now = world.dice.chance(0.2);
    world.ask(`cancel ${run.run}${now ? " now" : ""}`, owner.engine.cancel(run.id, { now }), () => {
      const { status } = world.file.taskRuns.get(run.run)!;
      if (status !== "cancelling" && !isRunEnded(status)) {
        world.violated(`run ${run.run} was cancelled and is ${status}`);
      }
    });
  }

  #any(which: (run: TaskRun) => boolean): TaskRun | undefined {
    const runs = this.#world.unfinished().filter(which);
    return runs.length === 0 ? undefined : this.#world.dice.pick(runs);
  }
}
