import { frameId } from "../../../src/core/ids.ts";
import { isAskedAbout } from "../approver.ts";
import type { Findings } from "../findings.ts";
import { callOf } from "../journal.ts";
import { type Evidence, nameOf } from "./evidence.ts";

/** What a person was to be asked about has left only when they have approved it, and what was acknowledged is kept. */
export function checkPolicy(
  evidence: Evidence,
  acknowledged: ReadonlyMap<string, string>,
  findings: Findings,
): void {
  const { journal, service, runs } = evidence;
  for (const frame of journal.frames) {
    const call = callOf(frame);
    if (call === undefined) continue;
    const state = frame.gate?.state;
    const isAsked = isAskedAbout(frame.args[0] as string, (frame.args[1] as { method?: string }).method);
    const where = `${nameOf(evidence, frame)} (${call.key})`;
    if (isAsked === (state === undefined) && frame.status !== "cancelled") {
      findings.report("policy", `${where} ${isAsked ? "was not asked about" : `is ${state}`}`);
    }
    if (isAsked && state !== "approved" && service.counts.has(call.key)) {
      findings.report("policy", `${where} has left, and is ${state}`);
    }
    const said = acknowledged.get(frameId(runs.get(frame.run)!.id, frame.seq));
    if (said !== undefined && said !== state) findings.report("policy", `${where} was ${said}, and is ${state}`);
  }
}
