import { systemCommand } from "./system_command.ts";

/** Set for the driver that runs apart from the machine. */
const APART = "TASKER_CHAOS_APART";

/** Whether this process has a network and file systems of its own, which it may cut and fill without harm to others. */
export const isApart = Deno.env.get(APART) !== undefined;

/**
 * Runs this program again with a network and mounts of its own and gives its exit code; undefined where that is not
 * possible. It takes no rights that the user does not have: an ordinary user is root only inside of it.
 */
export async function runApart(args: readonly string[]): Promise<number | undefined> {
  const flags = await waysApart();
  if (flags === undefined) return undefined;
  const config = new URL("../deno.json", import.meta.url).pathname;
  const program = new URL("./chaos.ts", import.meta.url).pathname;
  const child = new Deno.Command("unshare", {
    args: [...flags, "--", Deno.execPath(), "run", "-A", "--quiet", "--frozen", "--config", config, program, ...args],
    env: { [APART]: "1" },
    stdin: "null",
  }).spawn();
  // At a terminal the child gets the signal too; twice does no harm.
  const forward = (signal: Deno.Signal) => () => {
    try {
      child.kill(signal);
    } catch { /* it has just ended */ }
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, forward(signal));
  return (await child.status).code;
}

async function waysApart(): Promise<string[] | undefined> {
  const own = ["--net", "--mount"];
  for (const flags of [own, ["--user", "--map-root-user", ...own]]) {
    if (await systemCommand("unshare", ...flags, "--", "true") !== undefined) return flags;
  }
  return undefined;
}
