import type { CallChange, Rehearsal } from "../../engine/rehearsal.ts";
import { renderCall, renderEndings } from "./difference.ts";
import { plural } from "./numbers.ts";

/** Changes that are told; of more it is said how many there are. */
const TOLD = 20;

/** What has changed between a recorded run and code that was given its answers. */
export function renderRehearsal(what: string, run: string, done: Rehearsal): string {
  const { changes, unanswered, recorded, now } = done;
  if (done.isSame && unanswered.length === 0) {
    return `nothing has changed: ${what} makes the ${plural(done.same, "call")} of run ${run}${
      now === undefined ? "" : `, and it ends as recorded: ${now.type}`
    }\n`;
  }
  const lines = [`${what} with the answers of run ${run}: ${plural(done.same, "call")} as recorded\n`];
  for (const change of changes.slice(0, TOLD)) lines.push(renderChange(change));
  if (changes.length > TOLD) lines.push(`  … and ${plural(changes.length - TOLD, "more change")}\n`);
  for (const call of unanswered.slice(0, TOLD)) lines.push(`  needs a new answer  ${renderCall(call)}\n`);
  if (unanswered.length > TOLD) lines.push(`  … and ${plural(unanswered.length - TOLD, "more call")}\n`);
  if (unanswered.length > 0) {
    lines.push("run the task once, and test against that run\n");
  } else if (recorded !== undefined) {
    lines.push(renderEndings("ended", recorded, "now", now));
  }
  return lines.join("");
}

function renderChange(change: CallChange): string {
  switch (change.type) {
    case "new":
      return `  new      ${renderCall(change.now)}\n`;
    case "missing":
      return `  missing  ${renderCall(change.recorded)}\n`;
    case "other arguments":
      return `  changed  ${renderCall(change.recorded)}\n       to  ${renderCall(change.now)}\n`;
  }
}
