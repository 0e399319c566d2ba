import type { TaskerError } from "../../src/core/errors.ts";
import type { ApprovalView } from "../../src/server/api.ts";
import type { Client } from "../../src/server/client.ts";
import { Dice } from "../../src/workspace/dice.ts";
import type { Findings } from "./findings.ts";

/** A part of the calls that must not be repeated are asked about, the rest are allowed. */
const ASKED = "*.1~*";
export const RULES = [
  { effect: "ask", service: "http", where: [{ of: "method", is: "POST" }, { of: "url", is: ASKED }] },
  { effect: "allow" },
] as const;

/** Whether an errand's call is one that a person is asked about. */
export function isAskedAbout(url: string, method: string | undefined): boolean {
  return method === "POST" && /\.1~/.test(url);
}

/** Between two looks at what waits, ms. */
const PACE = 100;

/** The person who is asked: decides by chance over HTTP, whatever state the owner is in, and now and then twice. */
export class Approver {
  readonly #params: { seed: number; findings: Findings; client: () => Client };
  readonly #stopping = new AbortController();
  #deciding: Promise<void> | undefined;
  /** What was acknowledged: the state of each call by its id. */
  readonly acknowledged = new Map<string, ApprovalView["state"]>();

  constructor(params: { seed: number; findings: Findings; client: () => Client }) {
    this.#params = params;
  }

  start(): void {
    this.#deciding = this.#decideAll();
    this.#deciding.catch(() => {/* whoever stops it is told */});
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#deciding;
  }

  async #decideAll(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      for (const call of await this.#ask((client) => client.approvals()) ?? []) await this.#decide(call);
      await new Promise((resolve) => setTimeout(resolve, PACE));
    }
  }

  async #decide(call: ApprovalView): Promise<void> {
    const { id } = call;
    const dice = new Dice(this.#params.seed, id, 0);
    const isRefused = dice.chance(0.3);
    const edited = dice.chance(0.5) ? { args: [...call.args as [], null] } : {};
    const times = dice.chance(0.2) ? 2 : 1;
    for (let time = 1; time <= times; time++) {
      const view = await this.#ask((client) =>
        isRefused ? client.decide("refuse", { id, reason: "by chance" }) : client.decide("approve", { id, ...edited })
      );
      if (view === undefined) continue;
      const wanted = isRefused ? "refused" : "approved";
      if (view.state !== wanted) this.#params.findings.report("word", `${id} was ${wanted} and is ${view.state}`);
      this.acknowledged.set(id, view.state);
    }
  }

  /** Undefined when there was no answer, or the run had ended. */
  async #ask<T>(ask: (client: Client) => Promise<T>): Promise<T | undefined> {
    try {
      return await ask(this.#params.client());
    } catch (error) {
      const { code, message } = error as TaskerError;
      const excuses = ["UNAVAILABLE", "UNAUTHORIZED", "DATABASE_UNUSABLE", "NOT_OWNER", "CONFLICT"];
      if (!excuses.includes(code)) {
        this.#params.findings.report("processes", `an approval was answered ${code}: ${message}`);
      }
      return undefined;
    }
  }
}
