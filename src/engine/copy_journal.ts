import type { Json } from "../core/json.ts";
import { formatLine } from "../services/log.ts";
import { readProgress } from "../services/run.ts";
import type { SharedPart } from "../store/journal_copies.ts";
import type { LogLevel } from "../store/logs.ts";
import type { Store } from "../store/store.ts";
import { storedJson } from "../store/stored_json.ts";

/**
 * Copies calls to a new run in the order in which the task code has seen their answers, and inserts those that are made again;
 * `console` lines are written by the replay of the new run.
 */
export function copyJournal(
  store: Store,
  params: { source: number; run: number; part: SharedPart; now: number },
): void {
  const { source, run, part, now } = params;
  store.journalCopies.copy({ from: source, to: run, ...part });
  for (const { issuedAt, options, hasFailed, ...call } of store.journalCopies.unanswered(source, part)) {
    // One that had failed has all its time again, one that was only open has what is left of it.
    store.stackRuns.insert({
      ...call,
      ...(options === null ? {} : { options }),
      run,
      now: hasFailed ? now : issuedAt,
    });
  }
  for (const { service, method, args, issuedAt } of store.journalCopies.told(run)) {
    const given = storedJson(args) as readonly Json[];
    if (service === "run") store.taskRuns.setProgress(run, JSON.stringify(readProgress(given, issuedAt)));
    else {
      store.logs.append({ run, at: issuedAt, level: method as LogLevel, source: "task", text: formatLine(given) });
    }
  }
}
