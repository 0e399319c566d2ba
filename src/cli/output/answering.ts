import { parseFrameId } from "../../core/ids.ts";
import type { WaitingView } from "../../server/api.ts";
import { shortId } from "../run_lookup.ts";

/** The command that answers what a run waits for; `db` is the argument that names its database. */
export function howToAnswer({ stackRunId, signal, approval, budget }: WaitingView, db: string): string {
  if (approval) return `approve or refuse it: tasker approvals${db}`;
  if (budget !== undefined) return `raise it: tasker budget set ${budget.name} --${budget.measure} AMOUNT${db}`;
  const { name, schema } = signal!;
  // A name is the task's: in a shell it must be one word that does nothing.
  const word = /^[\w.:@%+=/-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
  const data = schema === undefined ? "" : " --data JSON";
  const fits = schema === undefined ? "" : `   with JSON that fits ${JSON.stringify(schema)}`;
  return `answer it: tasker signal ${shortId(parseFrameId(stackRunId).taskRunId)} ${word}${data}${db}${fits}`;
}
