import fc from "fast-check";
import { Keystore } from "../../src/services/keystore/keystore.ts";
import { newestOf } from "../../src/store/run_links.ts";
import type { TaskRun } from "../../src/store/task_runs.ts";
import { Dice, hash32 } from "../../src/workspace/dice.ts";
import { programs } from "../replay/program.ts";
import { chainFaults } from "./chain_rules.ts";
import { type Course, courseOf, firstOf, isSubmitted } from "./course.ts";
import { SimulationFile } from "./file.ts";
import { journalFaults } from "./journal_rules.ts";
import { KEYSTORE_KEY, revealed } from "./owner_process.ts";
import { calmPlan, drawPlan, type Plan } from "./plan.ts";
import { retrace } from "./retrace.ts";
import { taskSource } from "./task_source.ts";
import { type Client, World } from "./world.ts";

/** So many schedules share a program. */
const SHARE = 20;
/** Statements of a program, loops not counted. */
const LARGEST_PROGRAM = 20;

export interface Verdict {
  readonly seed: number;
  /** Source text of the task. */
  readonly program: string;
  readonly plan: Plan;
  /** Everything that happened, in order. */
  readonly trace: readonly string[];
  /** What must not have happened; empty when every promise was kept. */
  readonly violations: readonly string[];
}

/** Runs schedules, each decided by its seed alone. */
export class Simulation implements Disposable {
  readonly #file = new SimulationFile();
  #program: { number: number; kind: Plan["kind"]; source: string; undisturbed: Map<string, Course> } | undefined;

  async run(seed: number): Promise<Verdict> {
    const program = await this.#programOf(Math.floor(seed / SHARE));
    const dice = new Dice("schedule", seed);
    const plan = drawPlan(program.kind, dice);
    const { violations, trace } = await this.#play(plan, dice, program.undisturbed);
    return { seed, program: program.source, plan, trace, violations };
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }

  async #programOf(number: number) {
    if (this.#program?.number === number) return this.#program;
    const dice = new Dice("program", number);
    const kind = dice.chance(0.5) ? "steady" : "racing";
    const source = taskSource(someProgram(number), kind, dice);
    this.#file.clear();
    this.#file.publish(source, `program ${number}`);
    const undisturbed = new Map<string, Course>();
    if (kind === "steady") {
      const { file, clients, violations } = await this.#play(calmPlan(kind), dice);
      if (violations.length > 0) throw new Error(`undisturbed, program ${number} fails: ${violations}\n${source}`);
      for (const { name, id } of clients) undisturbed.set(name, courseOf(file, file.taskRuns.byId(id!)!));
    }
    return this.#program = { number, kind, source, undisturbed };
  }

  async #play(plan: Plan, dice: Dice, undisturbed?: ReadonlyMap<string, Course>): Promise<World> {
    this.#file.clear();
    const world = new World({ plan, stores: this.#file.stores, dice });
    await world.run();
    if (world.violations.length === 0) await this.#judge(world, undisturbed);
    return world;
  }

  async #judge(world: World, undisturbed?: ReadonlyMap<string, Course>): Promise<void> {
    const { file } = world;
    for (const move of this.#file.illegalMoves()) world.violated(move);
    const runs = file.taskRuns.newest({ limit: 100_000 }).reverse();
    for (const fault of [...journalFaults(file, runs), ...chainFaults(file, runs), ...world.budgets.faults()]) {
      world.violated(fault);
    }
    const tops = runs.filter((run) => isSubmitted(file, run) && firstOf(file, run).id === run.id);
    if (tops.length !== world.clients.length) world.violated(`${tops.length} runs for ${world.clients.length} clients`);
    for (const client of world.clients) {
      const run = tops.find(({ id }) => id === client.id);
      if (run === undefined) world.violated(`the run of ${client.name} is lost`);
      else this.#judgeRun(world, client, run, undisturbed?.get(client.name));
    }
    if (world.plan.kind === "steady") return;
    const keystore = new Keystore({ store: file, env: KEYSTORE_KEY });
    for (const run of runs) {
      for (const difference of await retrace(file, run, (json) => revealed(keystore, json))) world.violated(difference);
    }
  }

  #judgeRun(world: World, { name, cancels, hasSignalled }: Client, run: TaskRun, expected: Course | undefined): void {
    const { file } = world;
    const last = newestOf(file, run);
    if (last.idempotencyKey !== name) world.violated(`the run of ${name} has the key ${last.idempotencyKey}`);
    const signals = file.db.prepare("SELECT run FROM signals WHERE signal_id = ?").all(name).map(({ run }) => run);
    if (signals.length > 1 || (hasSignalled && signals[0] !== last.run)) {
      world.violated(`the signal to ${name} is with the runs ${signals}, not with run ${last.run} alone`);
    }
    if (last.status === "cancelled" ? cancels : expected === undefined) return;
    const course = courseOf(file, run);
    if (JSON.stringify(course) === JSON.stringify(expected)) return;
    world.violated(
      `the run of ${name} took another course: ${JSON.stringify(course)}, not ${JSON.stringify(expected)}`,
    );
  }
}

function someProgram(number: number) {
  const sized = programs().filter((program) => sizeOf(program) <= LARGEST_PROGRAM);
  return fc.sample(sized, { seed: hash32("sample", number), numRuns: 1 })[0]!;
}

function sizeOf(part: unknown): number {
  if (typeof part !== "object" || part === null) return 0;
  const own = "type" in part ? 1 : 0;
  return Object.values(part).reduce((sum: number, inner) => sum + sizeOf(inner), own);
}
