import { TaskerError } from "../../core/errors.ts";
import { METHOD_TABLE } from "./method_table.ts";

export type ApiName = "gmail" | "admin" | "reports";

/** A method that is known before any package is loaded. */
export interface KnownMethod {
  readonly kind: "known";
  readonly path: string;
  readonly api: ApiName;
  /** HTTP verb. Everything but GET writes. */
  readonly verb: string;
  /** Full scope URLs. */
  readonly scopes: readonly string[];
}

/** A method of another Google API, known once its discovery document has been read: `drive.v3.files.list`. */
export interface DiscoveredMethod {
  readonly kind: "discovered";
  readonly path: string;
  readonly api: string;
  readonly version: string;
  /** Resources and, last, the method. */
  readonly segments: readonly string[];
}

/** A method of the service itself. */
export interface LocalMethod {
  readonly kind: "local";
  readonly path: LocalName;
}

export type Method = KnownMethod | DiscoveredMethod | LocalMethod;

export const LOCAL_METHODS = [
  "gmail.users.messages.getMany",
  "gmail.users.messages.saveMany",
  "checkCredentials",
  "getQuota",
  "getTokenInfo",
  "clearTokenCache",
] as const;
/** Those that ask for many messages of one mailbox. */
export const MANY_METHODS: readonly string[] = LOCAL_METHODS.slice(0, 2);
export type LocalName = typeof LOCAL_METHODS[number];

const SCOPE_PREFIX = "https://www.googleapis.com/auth/";
const SEGMENT = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const VERSION = /^(?:[a-z]+_)?v\d+(?:[a-z]+\d*)?$/;
/** The generated clients' own names: `admin.directory_v1.users.list`, `gmail.v1.users.messages.list`. */
const LONG_NAMES: Readonly<Record<string, ApiName>> = {
  "gmail.v1.": "gmail",
  "admin.directory_v1.": "admin",
  "admin.reports_v1.": "reports",
};

export function scopeUrl(scope: string): string {
  return scope.startsWith("https://") ? scope : SCOPE_PREFIX + scope;
}

const known: ReadonlyMap<string, KnownMethod> = new Map(
  METHOD_TABLE.flatMap(([resource, verb, scope, names]) =>
    names.split(" ").map((name) => {
      const path = `${resource}.${name}`;
      const api = resource.split(".")[0] as ApiName;
      return [path, { kind: "known", path, api, verb, scopes: [scopeUrl(scope)] } satisfies KnownMethod] as const;
    })
  ),
);

/** Every method known without a discovery document. */
export function knownMethods(): readonly KnownMethod[] {
  return [...known.values()];
}

/** The method a dotted path names; throws METHOD_UNKNOWN with the nearest known one. */
export function findMethod(path: string): Method {
  const local = LOCAL_METHODS.find((name) => name === path);
  if (local !== undefined) return { kind: "local", path: local };
  const found = known.get(path) ?? known.get(shortName(path));
  if (found !== undefined) return found;

  const segments = path.split(".");
  const [api, version, ...rest] = segments;
  const discoverable = segments.length >= 3 && segments.every((segment) => SEGMENT.test(segment)) &&
    VERSION.test(version!) && !Object.keys(LONG_NAMES).some((prefix) => path.startsWith(prefix));
  if (discoverable) return { kind: "discovered", path, api: api!, version: version!, segments: rest };

  const nearest = nearestName(path, [...known.keys(), ...LOCAL_METHODS]);
  throw new TaskerError("METHOD_UNKNOWN", `The gapi service has no method ${JSON.stringify(path.slice(0, 120))}.`, {
    hint: nearest === undefined
      ? "Name it like gmail.users.messages.list, admin.users.list, reports.activities.list or drive.v3.files.list."
      : `Did you mean ${nearest}?`,
  });
}

function shortName(path: string): string {
  for (const [prefix, api] of Object.entries(LONG_NAMES)) {
    if (path.startsWith(prefix)) return `${api}.${path.slice(prefix.length)}`;
  }
  return path;
}

/** The candidate with the fewest edits to `path`, when it is near enough to be meant. */
export function nearestName(path: string, candidates: readonly string[]): string | undefined {
  if (path.length > 120) return undefined;
  let best: { name: string; distance: number } | undefined;
  for (const name of candidates) {
    const distance = editDistance(path.toLowerCase(), name.toLowerCase());
    if (best === undefined || distance < best.distance) best = { name, distance };
  }
  return best !== undefined && best.distance <= Math.max(2, path.length / 3) ? best.name : undefined;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substituted = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substituted, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
