import type { ServerAddress } from "../../src/server/api.ts";
import { Client } from "../../src/server/client.ts";
import { Contender } from "./contender.ts";

export const root = new URL("../../", import.meta.url).pathname;
const bench = `${root}tests/bench/`;
/** How every program of the bench is started. */
export const DENO_RUN = ["run", "-A", "--quiet", "--frozen", "--config", `${root}tests/deno.json`];
/** The flags of V8 that tasker is compiled with, if any: it is measured with them. */
const { tasks } = JSON.parse(Deno.readTextFileSync(`${root}deno.json`)) as { tasks: { compile: string } };
const V8_FLAGS = /--v8-flags=\S+/.exec(tasks.compile) ?? [];
/** How programs with tasker in them are started, and tasker itself. */
export const TASKER_RUN = [...DENO_RUN, ...V8_FLAGS];
export const TASKER = [
  "run",
  "-A",
  "--quiet",
  "--unstable-lazy-dynamic-imports",
  ...V8_FLAGS,
  "--config",
  `${root}deno.json`,
  `${root}main.ts`,
];

function program(path: string, ...args: string[]): Contender {
  return new Contender(Deno.execPath(), [...TASKER_RUN, `${bench}${path}`, ...args]);
}

/** The engineless loop. */
export function startLimit(): Contender {
  return new Contender(Deno.execPath(), [...DENO_RUN, `${bench}limit/workload.ts`]);
}

/** Tasker's engine and server; on a new file, or on one that is there. */
export function startTasker(database?: string): Contender {
  return program("tasker/workload.ts", ...(database === undefined ? [] : ["--database", database]));
}

const openWorkflow = `${bench}openworkflow/workload.ts`;
const openWorkflowConfig = ["--quiet", "--frozen", "--config", `${bench}openworkflow/deno.json`];

/** OpenWorkflow on its SQLite backend, with its own packages. */
export function startOpenWorkflow(): Contender {
  return new Contender(Deno.execPath(), ["run", "-A", ...openWorkflowConfig, openWorkflow]);
}

/** Whether its packages are there or can be had; the first call fetches them, and says so when they cannot. */
export function hasOpenWorkflow(): Promise<boolean> {
  return known ??= (async () => {
    const args = ["cache", ...openWorkflowConfig, openWorkflow];
    const { success } = await new Deno.Command(Deno.execPath(), { args, stdout: "null" }).output();
    if (!success) console.error("OpenWorkflow's packages cannot be had from npm: it is left out");
    return success;
  })();
}
let known: Promise<boolean> | undefined;

/** A server of tasker's in a process of its own, and a client for it; `unanswered`: the argument it gives no answer to. */
export async function startServer(
  database: string,
  unanswered?: number,
): Promise<{ process: Contender; client: Client }> {
  const process = program("tasker/served.ts", database, ...(unanswered === undefined ? [] : [String(unanswered)]));
  return { process, client: new Client(await process.next<ServerAddress>()) };
}
