import { isRunEnded } from "../core/states.ts";
import type { RunView } from "../server/api.ts";
import type { Client } from "../server/client.ts";
import type { Context } from "./context.ts";
import { note } from "./output/errors.ts";
import { plural } from "./output/numbers.ts";

/** How long a process may take to say that it is there, ms. */
const PATIENCE = 2_000;

/** Says so when there are runs that would go on by themselves, and no process that works on them. */
export async function noteIdleRuns(context: Context, database: string, views: readonly RunView[]): Promise<void> {
  const open = views.filter(({ status }) => !isRunEnded(status) && status !== "held");
  if (open.length === 0 || await ownerOf(context, database) !== undefined) return;
  const runs = plural(open.length, "unfinished run", "unfinished runs");
  note(
    context.terminal,
    `no tasker process works on the ${runs} at the moment: \`tasker resume${
      context.databaseArgument(database)
    }\` goes on`,
  );
}

/** The process that works on the runs of a database, if there is one that answers. */
export async function ownerOf(context: Context, database: string): Promise<Client | undefined> {
  const address = await context.readAddress(database);
  if (address === undefined) return undefined;
  const client = await context.connect(address);
  return await client.health({ timeout: PATIENCE }).then(() => client, () => undefined);
}
