import { TaskerError } from "../../src/core/errors.ts";
import type { Json } from "../../src/core/json.ts";
import type { Intent, MethodTraits, Outcome, Service, ServiceCall } from "../../src/services/contract.ts";
import { use } from "../../src/services/outgoing.ts";
import { hash32 } from "../../src/workspace/dice.ts";

/** What an outside call comes to in the end: a matter of its place in the program, whatever happens on the way. */
export function answerTo(key: string): Outcome {
  if (hash32("outcome", key) % 5 !== 0) return { type: "result", value: { key, dice: hash32("value", key) % 100 } };
  return { type: "error", error: { name: "OutsideError", code: "FORBIDDEN", message: `no ${key}` } };
}

/** The units that a call may use at the most. */
export const MOST_UNITS = 5;

export interface OutsideUsage {
  readonly units: number;
  readonly bytes: number;
}

/** What an attempt uses; undefined: nothing of it leaves. */
export function usageOf({ args, attempt }: Pick<ServiceCall, "args" | "attempt">): OutsideUsage | undefined {
  const dice = hash32("usage", String(args[0]), attempt);
  return dice % 6 === 0 ? undefined : { units: 1 + dice % MOST_UNITS, bytes: dice % 1_000 };
}

/** What the service asks of its surroundings. */
export interface OutsideWorld {
  now(): number;
  /** A call leaves the engine. */
  issued(call: ServiceCall): void;
  /** The service has answered: its outcome is in the engine's hands. */
  answered(call: ServiceCall): void;
  /** Lets something happen at a moment of the seed's choice. */
  soon(what: string, happen: () => void): void;
  chance(probability: number): boolean;
}

/** The third attempt is answered at once, so that no call uses up its attempts. */
const LAST_TROUBLE = 2;

/**
 * The service outside: `echo` may be repeated, `shared` too but two at a time, `change` must not be. On the way to its
 * answer a call may meet errors to be retried, waits, silence until its time is up, and interruptions.
 */
export class OutsideService implements Service {
  readonly name = "outside";
  readonly local = false;
  readonly #world: OutsideWorld;
  readonly #isCalm: boolean;
  /** Without it no budget counts its calls. */
  readonly intent?: (call: Pick<ServiceCall, "method" | "args">) => Intent;

  constructor(world: OutsideWorld, options: { calm: boolean; isCounted: boolean }) {
    this.#world = world;
    this.#isCalm = options.calm;
    if (options.isCounted) {
      this.intent = ({ method, args }) => ({ method, writes: false, facts: { key: args[0] ?? null } });
    }
  }

  traits({ method, args }: Pick<ServiceCall, "method" | "args">): MethodTraits {
    const repeatable = method !== "change";
    const key = String(args[0]);
    if (this.#isSilent(key) || hash32("bounded", key) % 2 === 0) return { repeatable };
    return { repeatable, timeout: Infinity };
  }

  limit({ method, args }: Pick<ServiceCall, "method" | "args">): { key: string; concurrency: number } | undefined {
    if (method !== "shared") return undefined;
    return { key: `shared by ${hash32("shared", String(args[0])) % 2}`, concurrency: 1 };
  }

  units(): number {
    return MOST_UNITS;
  }

  call(call: ServiceCall): Promise<Outcome> | Outcome {
    this.#world.issued(call);
    const usage = usageOf(call);
    if (usage !== undefined) use("outside.example", usage);
    const key = String(call.args[0]);
    const outcome = this.#outcomeOf(key, call);
    const atOnce = call.attempt > LAST_TROUBLE || hash32("at once", key) % 8 === 0;
    if (outcome !== undefined && atOnce) return this.#answer(call, outcome);
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(call.signal.reason);
      if (outcome === undefined) {
        call.signal.addEventListener("abort", () => this.#world.soon(`${key} gives up`, giveUp));
        return;
      }
      this.#world.soon(`answer to ${key}`, () => {
        if (call.signal.aborted && this.#world.chance(0.5)) return giveUp();
        try {
          resolve(this.#answer(call, outcome));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  #answer(call: ServiceCall, outcome: Outcome): Outcome {
    this.#world.answered(call);
    // To throw is the same as to answer with a final error.
    if (outcome.type !== "error" || outcome.retry !== undefined || outcome.progress !== undefined) return outcome;
    throw new TaskerError("FORBIDDEN", outcome.error.message);
  }

  #isSilent(key: string): boolean {
    return !this.#isCalm && hash32("silent", key) % 12 === 0;
  }

  /** What this attempt comes to; undefined: nothing, ever. */
  #outcomeOf(key: string, { attempt, progress }: ServiceCall): Outcome | undefined {
    if (this.#isCalm) return answerTo(key);
    const waits = (progress ?? 0) as number & Json;
    if (waits < hash32("waits", key) % 5 - 2) {
      const until = this.#world.now() + hash32("until", key, waits) % 150_000;
      return { type: "wait", until, waitingFor: "the outside", progress: waits + 1 };
    }
    if (attempt > LAST_TROUBLE) return answerTo(key);
    if (attempt === 1 && this.#isSilent(key)) return undefined;
    if (attempt > hash32("errors", key) % 5 - 2) return answerTo(key);
    const error = { name: "OutsideError", code: "UNAVAILABLE", message: "try again" };
    if (hash32("named", key) % 2 === 0) return { type: "error", error, retry: {} };
    return { type: "error", error, retry: { at: this.#world.now() + hash32("again", key) % 100_000 } };
  }
}
