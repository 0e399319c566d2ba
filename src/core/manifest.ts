import { isJsonObject, type Json, type JsonObject } from "./json.ts";

/** What a task function declares about itself: its input and everything it may reach. */
export interface Manifest {
  readonly description: string;
  /**
   * JSON Schema of the task's one argument; `"x-flag": { name, aliases }` names a property's command-line flag, and
   * `"x-namespaces": true` says that its values are keystore namespaces which the run may read besides. A property with
   * `"x-run": { besides: […] }` names an earlier run of the task: see `earlierRunProperty`.
   */
  readonly input: JsonObject;
  /** Services the task may call, by canonical name. */
  readonly services: readonly string[];
  /** Keystore namespaces the task may read. */
  readonly namespaces: readonly string[];
  /** Hosts that the `http` service may reach: `example.com`, `*.example.com`, `127.0.0.1:8080`. */
  readonly hosts: readonly string[];
  /** Google methods that write and are allowed, e.g. `gmail.users.messages.trash`. */
  readonly writes: readonly string[];
  /** Whether every run gets a Worker of its own instead of a realm in a shared one. */
  readonly isolation: "realm" | "worker";
  /** Whether `keystore.getKey` gives plain text (then journaled encrypted) instead of an opaque reference. */
  readonly revealSecrets: boolean;
  /**
   * `cleanUp`: how long a cancelled run may take to clean up; `deadline`: when a run must be over, from its submission on. Both in
   * ms, or a text that `parseDuration` reads.
   */
  readonly limits: {
    readonly cleanUp?: number | string;
    readonly deadline?: number | string;
    readonly maxOpenCalls?: number;
    /** Runs of the task at a time; the others wait for their turn. */
    readonly concurrency?: number;
    /** Runs of the task that may begin in a period: `100/min`. */
    readonly rate?: string;
  };
}

/** Every service a task function may name in its manifest, and the names of the earlier system that still work. */
export const SERVICE_NAMES = [
  "gapi",
  "keystore",
  "database",
  "tasks",
  "timer",
  "signals",
  "http",
  "records",
  "log",
  "run",
  "evidence",
] as const;
/** Those whose calls leave this machine. */
export const OUTSIDE_SERVICES = ["gapi", "http"] as const;
export type ServiceName = typeof SERVICE_NAMES[number];

/** Services that reach nothing and are open to every task: durable time, signals, log lines, progress. */
export const OPEN_SERVICES: readonly ServiceName[] = ["timer", "signals", "log", "run"];

export const SERVICE_ALIASES: Readonly<Record<string, ServiceName>> = {
  wrappedgapi: "gapi",
  wrappedkeystore: "keystore",
  wrappedsupabase: "database",
  supabase: "database",
};

/** The canonical name of a service. An unknown name is given back as it is. */
export function canonicalService(name: string): string {
  return Object.hasOwn(SERVICE_ALIASES, name) ? SERVICE_ALIASES[name]! : name;
}

/** Reads what other runs have kept, and lets a run write into a folder that was prepared for it: for who asks for it by name. */
const NAMED_ONLY: readonly ServiceName[] = ["evidence"];

/** What code without a manifest gets: every service that need not be named, namespace `default`, no http hosts, no write methods. */
export const LEGACY_MANIFEST: Manifest = {
  description: "",
  input: { type: "object" },
  services: SERVICE_NAMES.filter((name) => !NAMED_ONLY.includes(name)),
  namespaces: ["default"],
  hosts: [],
  writes: [],
  isolation: "realm",
  revealSecrets: false,
  limits: {},
};

/** The properties of a task's input whose values are keystore namespaces. */
export function namespaceProperties({ input: { properties } }: Manifest): string[] {
  if (!isJsonObject(properties)) return [];
  return Object.keys(properties).filter((name) => {
    const schema = properties[name];
    return isJsonObject(schema) && schema["x-namespaces"] === true;
  });
}

/** The keystore namespaces that an input names. */
export function namespacesOf(manifest: Manifest, input: Json): string[] {
  if (!isJsonObject(input)) return [];
  return namespaceProperties(manifest).flatMap((name) => input[name] ?? []).filter((name) => typeof name === "string");
}

/**
 * The property of a task's input that names an earlier run of the same task, whose rows the run may read: what else the input may
 * say are the properties of `besides`, and all that it does not say is as it was there.
 */
export function earlierRunProperty(
  { input: { properties } }: Manifest,
): { name: string; besides: string[] } | undefined {
  if (!isJsonObject(properties)) return undefined;
  for (const [name, schema] of Object.entries(properties)) {
    const rule = isJsonObject(schema) ? schema["x-run"] : undefined;
    if (!isJsonObject(rule)) continue;
    const besides = Array.isArray(rule.besides) ? rule.besides as readonly Json[] : [];
    return { name, besides: besides.filter((other) => typeof other === "string") };
  }
}

/** The id of the earlier run that an input names. */
export function earlierRunOf(manifest: Manifest, input: Json): string | undefined {
  const property = earlierRunProperty(manifest);
  const id = property === undefined || !isJsonObject(input) ? undefined : input[property.name];
  return typeof id === "string" ? id : undefined;
}

/** One version of a task function, as `publish` makes it and the executor runs it. */
export interface TaskCode {
  readonly name: string;
  readonly version: number;
  /** sha-256 (hex) of `source` and the manifest. */
  readonly hash: string;
  /** A CommonJS module: the task is `module.exports` (or `module.exports.default`). */
  readonly source: string;
  /** The file name that stack traces show. */
  readonly filename: string;
  readonly manifest: Manifest;
}
