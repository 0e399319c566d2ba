import { TaskerError } from "../../src/core/errors.ts";
import { EXIT } from "../../src/cli/exit_codes.ts";
import type { Client } from "../../src/server/client.ts";
import { looking } from "../acceptance/journal.ts";
import { type BudgetSight, readBudgets } from "./budget_sight.ts";
import type { Findings } from "./findings.ts";
import type { Processes } from "./processes.ts";
import type { Arrival } from "./service.ts";
import { type BudgetChange, PLENTY, spenderOf, type SpenderPlan, spenderPlan } from "./spender.ts";
import { UnderWay } from "./under_way.ts";

/** Between two spenders, ms; and between two looks. */
const PACE = 3_000;
const AGAIN = 250;
/** How long a spender is given to come to its limit, ms: one that cannot, since nobody works on it, is helped on all the same. */
const PATIENCE = 4_000;

/** A spender, and what is known of its budget. */
export interface Spender {
  readonly plan: SpenderPlan;
  /** The id of its run, once that was acknowledged. */
  id?: string;
  /** What may be spent at the most, whatever becomes of the budget: told before anybody is told of it. */
  allowed: number;
  /** What has come to the service; of bytes what it has sent before the last call came. */
  spent: number;
  isCountedAnew: boolean;
  isRemoved: boolean;
}

/** Submits spenders, and sets, changes and removes their budgets, by the commands for it, whatever state the owner is in. */
export class Spenders {
  readonly #params: SpendersParams;
  readonly #underWay = new UnderWay();
  readonly #spenders = new Map<string, Spender>();
  readonly #seen = new Set<string>();
  /** When a call was first seen to wait for room that is there. */
  readonly #withRoom = new Map<number, BudgetSight>();
  changes = 0;

  constructor(params: SpendersParams) {
    this.#params = params;
  }

  get all(): readonly Spender[] {
    return [...this.#spenders.values()];
  }

  start(): void {
    this.#underWay.add(this.#startAll());
  }

  /** Starts no more; those that are there have all the room that they need. */
  async stop(): Promise<void> {
    await this.#underWay.stop();
  }

  /** A call has come to the service: there must have been room for it. */
  arrived({ key, after }: Arrival): void {
    const spender = this.#spenders.get(spenderOf(key) ?? "");
    if (spender === undefined) return;
    const { plan: { measure, name }, allowed } = spender;
    if (measure === "calls") spender.spent++;
    // Its sender has what was answered before.
    if (measure === "bytes" && after !== "" && !this.#seen.has(after)) {
      this.#seen.add(after);
      spender.spent += JSON.stringify({ token: after }).length;
    }
    const isOver = measure === "calls" ? spender.spent > allowed : spender.spent >= allowed;
    if (!isOver) return;
    this.#params.findings.report(
      "budgets",
      `${key} was called with ${spender.spent} of ${allowed} ${measure} of ${name}`,
    );
  }

  async #startAll(): Promise<void> {
    for (let index = 0; !this.#underWay.isStopping; index++) {
      this.#underWay.add(this.#follow(spenderPlan(this.#params.seed, index)));
      await pause(PACE);
    }
  }

  async #follow(plan: SpenderPlan): Promise<void> {
    const spender: Spender = { plan, allowed: plan.limit, spent: 0, isCountedAnew: false, isRemoved: false };
    this.#spenders.set(plan.name, spender);
    let { per, limit } = plan;
    await this.#set(spender, { per, limit });
    await this.#submit(spender);
    for (const change of plan.changes) {
      if (spender.id !== undefined) await this.#waits(spender);
      // At last there is room, also when it is over.
      if (this.#underWay.isStopping && (change.do === "raise" || change.do === "anew")) continue;
      ({ per, limit } = await this.#change(spender, change, { per, limit }));
    }
  }

  async #change(spender: Spender, change: BudgetChange, { per, limit }: Pick<SpenderPlan, "per" | "limit">) {
    this.changes++;
    switch (change.do) {
      case "raise":
        limit += change.by;
        spender.allowed += change.by;
        await this.#set(spender, { limit });
        break;
      case "anew":
        per = per === "run" ? "day" : "run";
        limit = change.limit;
        spender.allowed += limit;
        spender.isCountedAnew = true;
        await this.#set(spender, { per, limit });
        break;
      case "plenty":
        spender.allowed = PLENTY;
        await this.#set(spender, { limit: PLENTY });
        break;
      case "remove":
        spender.allowed = Infinity;
        spender.isRemoved = true;
        await this.#done(["remove", spender.plan.name]);
    }
    return { per, limit };
  }

  async #set({ plan: { name, measure } }: Spender, { per, limit }: { per?: SpenderPlan["per"]; limit: number }) {
    // Of its service alone: the other calls are of other runs.
    const calls = ["--task", "spender", "--where", `url=*key=${name}.*`];
    const span = per === undefined ? [] : ["--per", per, ...per === "day" ? ["--timezone", noon()] : []];
    await this.#done(["set", name, `--${measure}`, String(limit), ...span, ...calls]);
  }

  /** Until the command says that it is done: on a full disk it says that it is not. */
  async #done(args: readonly string[]): Promise<void> {
    for (;;) {
      const { code } = await this.#params.processes.start("budget", ["budget", ...args]).running.end();
      if (code === EXIT.ok || (args[0] === "remove" && code === EXIT.notFound)) return;
      await pause(AGAIN);
    }
  }

  async #submit(spender: Spender): Promise<void> {
    const { name, how, calls } = spender.plan;
    const id = crypto.randomUUID();
    while (!this.#underWay.isStopping) {
      try {
        await this.#params.client().submit({ id, taskName: "spender", input: { name, how, calls } });
        spender.id = id;
        return;
      } catch (error) {
        if (!(error instanceof TaskerError)) throw error;
        // The owner has ended, or is about to: it may have made the run all the same.
        await pause(AGAIN);
      }
    }
  }

  /** Until it waits for room. */
  async #waits({ plan: { name } }: Spender): Promise<void> {
    const deadline = performance.now() + PATIENCE;
    while (!this.#underWay.isStopping && performance.now() < deadline) {
      if (this.#look()?.waiting.some((call) => call.name === name && !call.hasRoom)) return;
      await pause(AGAIN);
    }
  }

  /** Undefined when the file cannot be read at this moment. */
  #look(): BudgetSight | undefined {
    try {
      const sight = looking(this.#params.db, readBudgets);
      this.#judge(sight);
      return sight;
    } catch (error) {
      if ((error as { code?: string }).code === "ERR_SQLITE_ERROR") return undefined;
      throw error;
    }
  }

  #judge(sight: BudgetSight): void {
    const { findings } = this.#params;
    for (const { name, measure, spent } of sight.spending) {
      const allowed = this.#spenders.get(name)?.allowed ?? 0;
      if (measure === "calls" && spent > allowed) {
        findings.report("budgets", `${spent} calls are spent of ${name}, which had room for ${allowed}`);
      }
    }
    const waiting = sight.isAnyReady ? [] : sight.waiting.filter(({ hasRoom }) => hasRoom);
    for (const frame of this.#withRoom.keys()) {
      if (!waiting.some((call) => call.frame === frame)) this.#withRoom.delete(frame);
    }
    for (const { frame, name } of waiting) {
      const before = this.#withRoom.get(frame) ?? sight;
      const isSame = before.rules === sight.rules && before.epoch === sight.epoch;
      this.#withRoom.set(frame, isSame ? before : sight);
      // Whoever has claimed another call since has seen the budgets as they are.
      if (!isSame || sight.newest === before.newest) continue;
      findings.report("room", `frame ${frame} waits for the budget ${name}, which has room, since others were claimed`);
    }
  }
}

export interface SpendersParams {
  readonly seed: number;
  readonly db: string;
  readonly findings: Findings;
  readonly processes: Processes;
  readonly client: () => Client;
}

/** A zone in which it is about noon: no moved clock makes another day of it. */
function noon(): string {
  const hours = new Date().getUTCHours() - 12;
  return `Etc/GMT${hours < 0 ? "" : "+"}${hours}`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
