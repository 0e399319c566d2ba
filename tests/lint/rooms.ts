/** Which folder of `src/` (room) may import which, as the picture in DESIGN and `src/README.md` has it. */
export const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  main: ["cli", "core"],
  cli: ["server", "engine", "services", "publish", "store", "workspace", "mail", "core"],
  server: ["engine", "services", "executor", "publish", "store", "mail", "core"],
  engine: ["services", "executor", "publish", "store", "mail", "core"],
  services: ["store", "mail", "core"],
  executor: ["store", "core"],
  publish: ["store", "core"],
  binary: [],
  workspace: ["mail", "core"],
  store: ["core"],
  mail: ["core"],
  core: [],
};

/** Rooms that decide and do nothing: no `Deno`, no `node:`, no packages. */
export const PURE: readonly string[] = ["core", "mail"];

/** A file of the repository, as far as the rules see it. */
export interface Seat {
  readonly room: string;
  /** Tests and their fixtures may import more, and only they may import fixtures. */
  readonly isTest: boolean;
}

/** Where a file sits, by its path from the root (`src/core/json.ts`); undefined for files that no rule is about. */
export function seatOf(path: string): Seat | undefined {
  const isTest = /(^|\/)([^/]*_)?(test|fixture)\.ts$/.test(path);
  if (path === "main.ts" || path === "main_test.ts") return { room: "main", isTest };
  const room = /^src\/([^/]+)\//.exec(path)?.[1];
  return room === undefined ? undefined : { room, isTest };
}

/** A relative specifier as a path from the root; leading `..` stay. */
export function resolveFrom(path: string, specifier: string): string {
  const parts = path.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.length > 0 && parts.at(-1) !== ".." ? parts.pop() : parts.push("..");
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** Every room that one may reach through those it imports. */
function reachable(room: string): Set<string> {
  const found = new Set<string>();
  const pending = [...(ALLOWED[room] ?? [])];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (!found.has(next)) pending.push(...(ALLOWED[next] ?? []));
    found.add(next);
  }
  return found;
}

function refusedPackage(seat: Seat, specifier: string): string | undefined {
  if (!PURE.includes(seat.room) || seat.isTest) return undefined;
  return `${seat.room} is pure: it may not import "${specifier}"`;
}

/** Why a file (a path from the root) may not import a specifier, or undefined when it may. */
export function refusedImport(path: string, specifier: string): string | undefined {
  const seat = seatOf(path);
  if (seat === undefined) return undefined;
  const { room, isTest } = seat;
  const allowed = ALLOWED[room];
  if (allowed === undefined) return `src/${room} has no place among the rooms: add it to tests/lint/rooms.ts`;
  if (!/^\.\.?\//.test(specifier)) return refusedPackage(seat, specifier);

  const target = resolveFrom(path, specifier);
  const there = seatOf(target);
  if (there === undefined) {
    if (isTest || (target === "deno.json" && ["main", "cli"].includes(room))) return undefined;
    return `${room} may not import ${target}: it is outside of src`;
  }
  if (there.isTest && !isTest) return `${target} is for tests only`;
  if (there.room === room || allowed.includes(there.room)) return undefined;
  if (isTest && (there.room === "workspace" || reachable(room).has(there.room))) return undefined;
  return `${room} may not import ${there.room}: it may import ${allowed.join(", ") || "nothing but itself"}`;
}

/** Whether a file (a path from the root) may use the global `Deno`. */
export function mayUseDeno(path: string): boolean {
  const seat = seatOf(path);
  return seat === undefined || seat.isTest || !PURE.includes(seat.room);
}
