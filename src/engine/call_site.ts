import { canonicalService, type TaskCode } from "../core/manifest.ts";
import type { IssuedCall, RunStart } from "../executor/messages.ts";
import { restoreStack } from "../publish/bundle.ts";
import type { JournaledCall } from "../store/stack_runs.ts";
import type { TaskRun } from "../store/task_runs.ts";

/** A call with the place in the code that makes it. `args` is JSON text. */
export interface CallAt extends JournaledCall {
  readonly at?: string;
  /** The way to that place, as stack traces show it. */
  readonly stack?: string;
}

/** A call under the names of the journal, with its place in the code that made it. */
export function placed({ seq, service, method, args, site }: IssuedCall, code: TaskCode): CallAt {
  const call = { seq, service: canonicalService(service), method, args };
  const at = callSite(site, code);
  return at === undefined ? call : { ...call, at };
}

/** The same, with the way to that place. */
export function placedWithStack(call: IssuedCall, code: TaskCode): CallAt {
  const one = placed(call, code);
  return one.at === undefined ? one : { ...one, stack: restoreStack(call.site!, code) };
}

/** What a run begins with. */
export type Beginning = Pick<TaskRun, "id" | "input" | "seed" | "timeZone" | "startedAt" | "createdAt">;

/** What starts a run again as it began, with the places of its calls. */
export function startWithSites(run: Beginning): RunStart {
  const { id, input, seed, startedAt, createdAt } = run;
  return { runId: id, input, seed, startedAt: startedAt ?? createdAt, sites: true };
}

/** Where in the author's own files a call was made: `taskcode/count.js:12:5`. Undefined when its stack does not say. */
export function callSite(stack: string | undefined, code: Pick<TaskCode, "source" | "filename">): string | undefined {
  if (stack === undefined) return undefined;
  return /^\s+at (?:.*\()?(.+:\d+:\d+)\)?$/m.exec(restoreStack(stack, code))?.[1];
}
