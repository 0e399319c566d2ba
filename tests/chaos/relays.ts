import { type ErrorCode, TaskerError } from "../../src/core/errors.ts";
import type { RunView } from "../../src/server/api.ts";
import type { Client } from "../../src/server/client.ts";
import { Dice } from "../../src/workspace/dice.ts";
import type { Findings } from "./findings.ts";
import { UnderWay } from "./under_way.ts";

/** Between two relays, ms; and before anybody is asked again. */
const PACE = 700;
const AGAIN = 250;
const PATIENCE = 3_000;
const EXCUSES: ReadonlySet<ErrorCode> = new Set(["UNAVAILABLE", "UNAUTHORIZED", "DATABASE_UNUSABLE", "NOT_OWNER"]);

/** Submits relays, retries each that has failed until it comes to its end, and forks some of those that have. */
export class Relays {
  readonly #params: { seed: number; findings: Findings; client: () => Client };
  readonly #underWay = new UnderWay();
  /** What was acknowledged: ids of runs with the names of their relays; of retries and forks also the run that they go on with. */
  readonly acknowledged = new Map<string, { readonly name: string; readonly from?: string }>();

  constructor(params: { seed: number; findings: Findings; client: () => Client }) {
    this.#params = params;
  }

  start(): void {
    this.#underWay.add(this.#submitAll());
  }

  async stop(): Promise<void> {
    await this.#underWay.stop();
  }

  async #submitAll(): Promise<void> {
    for (let index = 0; !this.#underWay.isStopping; index++) {
      this.#underWay.add(this.#follow(`relay${index}`));
      await pause(PACE);
    }
  }

  async #follow(name: string): Promise<void> {
    const dice = new Dice(this.#params.seed, name, 0);
    let id: string = crypto.randomUUID();
    if (!await this.#make(id, { name }, (client) => client.submit({ id, taskName: "relay", input: { name } }))) return;
    for (;;) {
      const ended = await this.#ended(id);
      if (ended === undefined) return;
      const [run, next] = [id, crypto.randomUUID()];
      if (ended.status === "failed") {
        if (!await this.#make(next, { name, from: run }, (client) => client.retry({ id: next, run }))) return;
        id = next;
        continue;
      }
      // Its last call keeps a row: nothing that was answered from outside is asked for again.
      const from = Object.values(ended.calls).reduce((sum, count) => sum + count, 0);
      if (dice.chance(0.5)) {
        await this.#make(next, { name, from: run }, (client) => client.fork({ id: next, run, from }));
      }
      return;
    }
  }

  /** Asks for a run until it is acknowledged; the first attempt may have made it. */
  async #make(
    id: string,
    what: { name: string; from?: string },
    ask: (client: Client) => Promise<unknown>,
  ): Promise<boolean> {
    while (!this.#underWay.isStopping) {
      if (await this.#ask(ask) !== undefined) {
        this.acknowledged.set(id, what);
        return true;
      }
      await pause(AGAIN);
    }
    return false;
  }

  async #ended(id: string): Promise<RunView | undefined> {
    while (!this.#underWay.isStopping) {
      const view = await this.#ask((client) => client.status(id));
      if (view?.endedAt != null) return view;
      await pause(AGAIN);
    }
    return undefined;
  }

  async #ask<T>(ask: (client: Client) => Promise<T>): Promise<T | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => timer = setTimeout(() => resolve(undefined), PATIENCE));
    try {
      return await Promise.race([ask(this.#params.client()), late]);
    } catch (error) {
      if (!(error instanceof TaskerError)) throw error;
      if (!EXCUSES.has(error.code)) {
        this.#params.findings.report("word", `a relay was answered ${error.code}: ${error.message}`);
      }
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
