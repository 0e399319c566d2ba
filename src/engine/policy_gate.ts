import { TaskerError } from "../core/errors.ts";
import { decide, type IntendedCall, type PolicyRule, ruleText, type Verdict } from "../core/policy.ts";
import type { Intent, ServiceCall } from "../services/contract.ts";
import { APPROVAL, type Gate, gateOf, sentArgs } from "../store/gates.ts";
import type { StackRun } from "../store/stack_runs.ts";
import type { LiveRun } from "./live_run.ts";
import type { Parts } from "./parts.ts";

/** A call on its way to be claimed. */
type Claimable = Pick<StackRun, "run" | "seq" | "service" | "method" | "args" | "gate">;

/** Says of outgoing calls, in the transactions that claim them, whether the policy lets them through. */
export class PolicyGate {
  readonly #parts: Parts;
  #rules: readonly PolicyRule[] = [];
  /** The change of the rules that `#rules` holds. */
  #change = -1;
  /** The change after which waiting calls were looked at again. */
  #lookedAgain = -1;
  /** Why rules could not be asked about a call that is on its way to its start. */
  readonly #untold = new Map<string, unknown>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Whether rules were changed since calls were last claimed. */
  isOutdated(): boolean {
    const { owner } = this.#parts.store;
    owner.epoch();
    return owner.rules !== this.#lookedAgain;
  }

  /** Part of every transaction that claims: when the rules have changed, what a person was asked about is looked at again. */
  refresh(): void {
    const { store } = this.#parts;
    if (store.owner.rules === this.#lookedAgain) return;
    this.#lookedAgain = store.owner.rules;
    store.stackRuns.waits.unblockAll(APPROVAL);
  }

  /** What stops a call; undefined when nothing does, also when it cannot be told what the call would do: `checkTold`. */
  stops(frame: Claimable, now: number): Gate | undefined {
    const live = this.#parts.runs.get(frame.run);
    if (live === undefined) return undefined;
    this.#read();
    const before = gateOf(frame);
    if (before?.state === "refused") return before;
    let verdict: Verdict | undefined;
    try {
      verdict = this.#decide(live, frame);
    } catch (error) {
      this.#untold.set(keyOf(frame), error);
      return undefined;
    }
    if (verdict === undefined) return undefined;
    const { effect, rule } = verdict;
    // A person has let it through, but no person lets through what a rule denies.
    if (effect === "allow" || (effect === "ask" && before?.state === "approved")) return undefined;
    const words = rule === undefined ? null : { id: rule.id, text: ruleText(rule) };
    return { state: effect === "ask" ? "asked" : "denied", rule: words, at: before?.at ?? now };
  }

  /** Throws why rules could not be asked about a call: it was let through to fail of that, as its start does as a rule. */
  checkTold(frame: Pick<StackRun, "run" | "seq">): void {
    const key = keyOf(frame);
    if (!this.#untold.has(key)) return;
    const error = this.#untold.get(key);
    this.#untold.delete(key);
    throw error;
  }

  /** Part of the transaction that has claimed a frame: the frame if it may be started, if only to fail. */
  admit(frame: StackRun, now: number): StackRun | undefined {
    const { store, runs } = this.#parts;
    const gate = this.stops(frame, now);
    if (gate?.state === "asked") {
      store.stackRuns.release(frame.id, { counted: false, unmade: true, waitingFor: waitingFor(frame, gate) });
      this.shut(frame, gate);
      const live = runs.get(frame.run);
      if (live !== undefined) runs.touch(live);
      return undefined;
    }
    if (gate === undefined && (frame.gate === null || gateOf(frame)!.state === "approved")) return frame;
    if (gate?.state !== "refused") store.gates.set(frame.id, gate);
    return { ...frame, gate: gate === undefined ? null : JSON.stringify(gate) };
  }

  /** Keeps a pending frame from being claimed until a person has decided. */
  shut(frame: Pick<StackRun, "id" | "service" | "method">, gate: Gate): void {
    this.#parts.store.gates.ask(frame.id, gate, waitingFor(frame, gate));
  }

  #read(): void {
    const { store } = this.#parts;
    if (store.owner.rules === this.#change) return;
    this.#change = store.owner.rules;
    this.#rules = store.policy.all();
  }

  /** Undefined when the policy has nothing to say of the call. Throws what keeps it from being told what the call would do. */
  #decide(live: LiveRun, frame: Claimable): Verdict | undefined {
    const service = this.#parts.options.services.get(frame.service);
    if (service.intent === undefined || !live.manifest.services.includes(service.name)) return undefined;
    const call = asCall(live, frame);
    const intent = intended(live.code.name, service.name, service.intent(call));
    // Nobody is asked about what the task's manifest does not allow.
    if (intent.writes) service.traits(call);
    return decide(this.#rules, intent);
  }
}

function keyOf({ run, seq }: Pick<StackRun, "run" | "seq">): string {
  return `${run}.${seq}`;
}

/** A call for a service to look at; its arguments are parsed when they are. */
function asCall({ manifest }: LiveRun, frame: Claimable): Pick<ServiceCall, "method" | "args" | "manifest"> {
  return {
    method: frame.method,
    manifest,
    get args() {
      return sentArgs(frame);
    },
  };
}

/** A call of a task as rules speak of it; what it says is read once, by the first rule that has a condition. */
export function intended(task: string, service: string, intent: Intent): IntendedCall {
  const { method, writes } = intent;
  let facts: IntendedCall["facts"] | undefined;
  return {
    task,
    service,
    method,
    writes,
    get facts() {
      return facts ??= intent.facts;
    },
  };
}

/** What a person who looks at a waiting run is told. */
function waitingFor({ service, method }: Pick<StackRun, "service" | "method">, { rule }: Gate): string {
  return `a person's approval of ${service}.${method} (${
    rule === null ? "it writes" : `rule ${rule.id}: ${rule.text}`
  })`;
}

/** Why a claimed call is not made, as its task is told. */
export function refusalOf(frame: StackRun): TaskerError | undefined {
  const gate = gateOf(frame);
  if (gate === undefined || gate.state === "approved") return undefined;
  const call = `${frame.service}.${frame.method}`;
  const rule = gate.rule === null ? {} : { rule: gate.rule.id };
  if (gate.state === "denied") {
    return new TaskerError("POLICY_DENIED", `${call} is denied by rule ${gate.rule!.id}: ${gate.rule!.text}`, {
      hint: `\`tasker policy list\` shows the rules, \`tasker policy remove ${gate.rule!.id}\` takes this one away`,
      details: rule,
    });
  }
  const { by, reason } = gate;
  return new TaskerError("POLICY_REFUSED", `${by} has refused ${call}${reason === undefined ? "" : `: ${reason}`}`, {
    details: { ...rule, by: by!, ...(reason === undefined ? {} : { reason }) },
  });
}
