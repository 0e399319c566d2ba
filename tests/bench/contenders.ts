import { Contender } from "./contender.ts";

export const root = new URL("../../", import.meta.url).pathname;
/** How every program of the bench is started. */
export const DENO_RUN = ["run", "-A", "--quiet", "--frozen", "--config", `${root}tests/deno.json`];

export function program(path: string, ...args: string[]): Contender {
  return new Contender(Deno.execPath(), [...DENO_RUN, `${root}tests/bench/${path}`, ...args]);
}

/** The engineless loop. */
export function startLimit(): Contender {
  return program("limit/workload.ts");
}

/** Tasker's engine and server; on a new file, or on one that is there. */
export function startTasker(database?: string): Contender {
  return program("tasker/workload.ts", ...(database === undefined ? [] : ["--database", database]));
}
