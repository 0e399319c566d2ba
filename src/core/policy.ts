import { matchesGlob } from "./glob.ts";
import { isJsonObject, type Json, type JsonObject } from "./json.ts";

/** What may become of an outgoing call: it is made, it fails, or it waits until a person has said which of the two. */
export const POLICY_EFFECTS = ["allow", "deny", "ask"] as const;
export type PolicyEffect = typeof POLICY_EFFECTS[number];

/** Which calls something is about: patterns in which `*` stands for anything. */
export interface CallPatterns {
  readonly task: string;
  readonly service: string;
  readonly method: string;
  /** All of them must hold. */
  readonly where: readonly Condition[];
}

/** That something that a call says is as a pattern; of a list, that one of its items is. */
export interface Condition {
  /** The place of the value: `userId`, `body.title`. */
  readonly of: string;
  readonly is: string;
}

export interface PolicyRule extends CallPatterns {
  /** From 1; never given again to another rule. */
  readonly id: number;
  readonly effect: PolicyEffect;
}

/** A call as rules speak of it. */
export interface IntendedCall {
  readonly task: string;
  readonly service: string;
  /** Under the one name that the service knows it by. */
  readonly method: string;
  /** Whether it changes something outside. */
  readonly writes: boolean;
  /** What the call says, by name. */
  readonly facts: JsonObject;
}

export interface Verdict {
  readonly effect: PolicyEffect;
  /** The rule that decides; none: what holds without rules. */
  readonly rule: PolicyRule | undefined;
}

/** The first rule that fits decides. Without one, a person is asked about what writes, and the rest is allowed. */
export function decide(rules: readonly PolicyRule[], call: IntendedCall): Verdict {
  const rule = rules.find((candidate) => fits(candidate, call));
  return { effect: rule?.effect ?? (call.writes ? "ask" : "allow"), rule };
}

export function fits(patterns: CallPatterns, call: IntendedCall): boolean {
  return matchesGlob(call.task, patterns.task) && matchesGlob(call.service, patterns.service) &&
    matchesGlob(call.method, patterns.method) && patterns.where.every(({ of, is }) => holds(call.facts, of, is));
}

function holds(facts: JsonObject, of: string, is: string): boolean {
  const values = valueAt(facts, of);
  return (Array.isArray(values) ? values as readonly Json[] : [values]).some((value) =>
    value !== undefined && value !== null &&
    matchesGlob(typeof value === "object" ? JSON.stringify(value) : String(value), is)
  );
}

function valueAt(facts: JsonObject, path: string): Json | undefined {
  // A name with a dot in it, such as a header's, before a path.
  if (Object.hasOwn(facts, path)) return facts[path];
  for (let dot = path.indexOf("."); dot > 0; dot = path.indexOf(".", dot + 1)) {
    const name = path.slice(0, dot);
    const inner = Object.hasOwn(facts, name) ? facts[name] : undefined;
    if (isJsonObject(inner)) return valueAt(inner, path.slice(dot + 1));
  }
}

/** A rule in the words that make it. */
export function ruleText({ effect, ...patterns }: Omit<PolicyRule, "id">): string {
  return [effect, ...patternWords(patterns)].join(" ");
}

/** Patterns as flags; those that fit everything are left out. */
export function patternWords({ task, service, method, where }: CallPatterns): string[] {
  const named = Object.entries({ task, service, method }).filter(([, pattern]) => pattern !== "*");
  return [
    ...named.flatMap(([name, pattern]) => [`--${name}`, quoted(pattern)]),
    ...where.flatMap(({ of, is }) => ["--where", quoted(`${of}=${is}`)]),
  ];
}

function quoted(text: string): string {
  return /^[\w.@:/=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
