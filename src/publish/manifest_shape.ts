import { isJsonObject, type Json } from "../core/json.ts";
import { parseDuration } from "../core/duration.ts";
import { canonicalService, LEGACY_MANIFEST, type Manifest, SERVICE_ALIASES, SERVICE_NAMES } from "../core/manifest.ts";
import { didYouMean } from "../core/did_you_mean.ts";
import { parseRate } from "../core/rate.ts";
import type { Path } from "./literal.ts";

/** One thing that is wrong with a manifest, and where. */
export interface Fault {
  readonly path: Path;
  /** Whether the key itself is wrong, and not what it holds. */
  readonly atKey: boolean;
  readonly problem: string;
  readonly hint: string;
}

const SERVICES: readonly string[] = SERVICE_NAMES;
const A_RATE = 'a count and a period, such as "100/min"';
const KEYS = Object.keys(LEGACY_MANIFEST);
const LIMIT_KEYS = ["maxOpenCalls", "concurrency", "rate"];
const KEY_HINTS: Readonly<Record<string, string>> = {
  description: "One sentence that says what the task does.",
  input: 'A JSON Schema of the task\'s argument: { type: "object", properties: {…} }.',
  services: `A list of: ${SERVICE_NAMES.join(", ")}.`,
  namespaces: 'Keystore namespaces, e.g. ["default"].',
  hosts: 'Hosts that tools.http may reach, without scheme or path: "example.com", "*.example.com", "127.0.0.1:8080".',
  writes: 'Google methods that change something, with their API: "gmail.users.messages.trash".',
  isolation: '"realm" or "worker".',
  revealSecrets: "true or false.",
  limits:
    '{ maxOpenCalls: a whole number from 1, concurrency: runs at a time, rate: "100/min", cleanUp and deadline: durations such as "30s" }.',
};
const HOST =
  /^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?(:\d{1,5})?$|^\[[0-9a-f:.]+\](:\d{1,5})?$/i;
const METHOD = /^[a-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)+$/;
const NAMESPACE = /^[A-Za-z0-9][\w.-]{0,63}$/;

/** Checks a manifest's value and fills in what it leaves out: either the manifest or the first fault. */
export async function readManifest(value: Json): Promise<{ manifest: Manifest } | { fault: Fault }> {
  if (!isJsonObject(value)) {
    const hint = 'Write { description: "…", … }.';
    return { fault: { path: [], atKey: false, problem: "the manifest is not an object", hint } };
  }
  const v = await import("valibot");
  const list = (item: RegExp, what: string) => v.array(v.pipe(v.string(), v.regex(item, what)));
  const duration = v.union([
    v.pipe(v.number(), v.integer("a whole number of milliseconds"), v.minValue(0, "not negative")),
    v.pipe(v.string(), v.check((text) => parseDuration(text) !== undefined, "a duration such as 30s or 2 h")),
  ], "a duration such as 30s, or milliseconds");
  const atLeastOne = v.pipe(v.number(), v.integer("a whole number"), v.minValue(1, "at least 1"));
  const limits = v.strictObject({
    cleanUp: v.exactOptional(duration),
    deadline: v.exactOptional(duration),
    maxOpenCalls: v.exactOptional(atLeastOne),
    concurrency: v.exactOptional(atLeastOne),
    rate: v.exactOptional(v.pipe(v.string(), v.check((text) => parseRate(text) !== undefined, A_RATE))),
  });
  const known = v.picklist([...SERVICE_NAMES, ...Object.keys(SERVICE_ALIASES)]);
  const schema = v.strictObject({
    description: v.exactOptional(v.string(), LEGACY_MANIFEST.description),
    input: v.exactOptional(v.record(v.string(), v.custom<Json>(() => true)), LEGACY_MANIFEST.input),
    services: v.exactOptional(v.array(known), []),
    namespaces: v.exactOptional(list(NAMESPACE, "a namespace"), ["default"]),
    hosts: v.exactOptional(list(HOST, "a host"), []),
    writes: v.exactOptional(list(METHOD, "a dotted method"), []),
    isolation: v.exactOptional(v.picklist(["realm", "worker"]), "realm"),
    revealSecrets: v.exactOptional(v.boolean(), false),
    limits: v.exactOptional(limits, {}),
  });
  const parsed = v.safeParse(schema, value, { abortEarly: true });
  if (parsed.success) {
    const services = [...new Set(parsed.output.services.map(canonicalService))];
    return { manifest: { ...parsed.output, services } };
  }
  const issue = parsed.issues[0];
  const path = (issue.path ?? []).map(({ key }) => key as string | number);
  return { fault: explain(path, issue) };
}

/** A fault in words; `issue` is valibot's. */
function explain(
  path: Path,
  issue: { type: string; expected: string | null; received: string; message: string },
): Fault {
  const last = path.at(-1);
  if (issue.type === "strict_object" && issue.expected === "never") {
    const keys = path[0] === "limits" && path.length === 2 ? LIMIT_KEYS : KEYS;
    const problem = `the manifest has no "${path.join(".")}"`;
    return { path, atKey: true, problem, hint: didYouMean(String(last), keys) };
  }
  const where = path.map((part) => typeof part === "number" ? `[${part}]` : `.${part}`).join("").slice(1);
  const received = issue.received.length > 80 ? `${issue.received.slice(0, 80)}…` : issue.received;
  if (path[0] === "services" && path.length === 2 && received.startsWith('"')) {
    // valibot puts text between quotes as it is.
    const hint = didYouMean(issue.received.slice(1, -1), SERVICES);
    return { path, atKey: false, problem: `there is no service ${received}`, hint };
  }
  const wanted =
    issue.type === "regex" || issue.type === "integer" || issue.type === "check" || issue.type === "min_value"
      ? issue.message
      : issue.expected?.replace(/^Object$/, "an object").replace(/^Array$/, "a list") ?? "something else";
  const problem = `the manifest's ${where} is ${received}, and should be ${wanted}`;
  return { path, atKey: false, problem, hint: KEY_HINTS[String(path[0])] ?? "See the README on manifests." };
}
