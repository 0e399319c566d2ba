import { isRunEnded, type RunStatus } from "../../core/states.ts";
import type { StackRun } from "../../store/stack_runs.ts";
import type { TaskRun } from "../../store/task_runs.ts";
import { outcomeOf, type RunDiff } from "../run_diff.ts";
import { shortId } from "../run_lookup.ts";
import { renderCall, renderEnding, renderPlaces, short } from "./difference.ts";
import { formatCount, plural } from "./numbers.ts";

/** Characters of what failed, and of a kind's name. */
const LONGEST = { error: 300, kind: 60 } as const;

/** Where two runs part, and in what else they differ. */
export function renderRunDifference(diff: RunDiff): string {
  const { runs, code, input, records } = diff;
  const which = `runs ${shortId(runs[1].id)} and ${shortId(runs[2].id)} of ${runs[1].taskName}`;
  if (diff.isSame) {
    return `same: ${which} have made the same ${plural(diff.calls, "call")} with the same answers, and both are ${
      statusText(runs[1].status)
    }\n`;
  }
  return [
    renderParting(diff, which),
    renderPlaces("input", input),
    ...(code[1].hash === code[2].hash ? [] : [`  code: v${code[1].version} → v${code[2].version}\n`]),
    renderEnds(diff),
    ...[...records].map(([kind, { 1: first, 2: second }]) =>
      `  rows of ${short(kind, LONGEST.kind)}: ${formatCount(first)} → ${formatCount(second)}\n`
    ),
  ].join("");
}

function renderParting({ runs, calls, parting }: RunDiff, which: string): string {
  const same = plural(calls, "call");
  if (parting === undefined) return `${which} differ, but made the same ${same} with the same answers\n`;
  const { 1: first, 2: second } = parting.frames;
  const head = `${which} part at call ${calls + 1}, after ${same} that ${calls === 1 ? "is" : "are"} the same\n`;
  if (parting.type === "call") {
    return head + sides(callText(first, runs[1]), callText(second, runs[2]));
  }
  return `${head}  ${renderCall(first!)}\n${
    renderPlaces("answer", parting.result) || sides(endText(first!), endText(second!))
  }`;
}

function callText(frame: StackRun | undefined, { status }: TaskRun): string {
  if (frame !== undefined) return renderCall(frame);
  return isRunEnded(status) ? "the run ended without a further call" : `no further call yet: ${statusText(status)}`;
}

function renderEnds({ runs, endsAlike, result }: RunDiff): string {
  if (endsAlike) return "";
  return renderPlaces("result", result) || `  end: ${endText(runs[1])} → ${endText(runs[2])}\n`;
}

/** In one line, how a call or a run has ended, or its state. */
function endText(ended: Pick<StackRun, "endedAt" | "result" | "error"> & { readonly status: string }): string {
  const outcome = outcomeOf(ended);
  if (outcome === undefined) return statusText(ended.status);
  if (outcome.type === "completed") return renderEnding(outcome);
  const { code, message } = outcome.error;
  return short(`${ended.status}: ${code}: ${message}`.replace(/\s*\n\s*/g, " "), LONGEST.error);
}

function sides(first: string, second: string): string {
  return `  first   ${first}\n  second  ${second}\n`;
}

function statusText(status: RunStatus | string): string {
  return status.replaceAll("_", " ");
}
