import { isRunEnded } from "../core/states.ts";
import type { RunView } from "../server/api.ts";
import type { Context } from "./context.ts";
import { note } from "./output/errors.ts";
import { plural } from "./output/numbers.ts";

/** How long a process may take to say that it is there, ms. */
const PATIENCE = 2_000;

/** Says so when there are runs that would go on by themselves, and no process that works on them. */
export async function noteIdleRuns(context: Context, database: string, views: readonly RunView[]): Promise<void> {
  const open = views.filter(({ status }) => !isRunEnded(status) && status !== "held");
  if (open.length === 0 || await isWorkedOn(context, database)) return;
  const runs = plural(open.length, "unfinished run", "unfinished runs");
  note(
    context.terminal,
    `no tasker process works on the ${runs} at the moment: \`tasker resume${
      context.databaseArgument(database)
    }\` goes on`,
  );
}

async function isWorkedOn(context: Context, database: string): Promise<boolean> {
  const address = await context.readAddress(database);
  if (address === undefined) return false;
  const client = await context.connect(address);
  return await client.health({ timeout: PATIENCE }).then(() => true, () => false);
}
