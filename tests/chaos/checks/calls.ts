import type { Findings } from "../findings.ts";
import { callOf, type FrameRow, type Journal, tokenOf } from "../journal.ts";
import type { Service } from "../service.ts";
import { type Evidence, nameOf } from "./evidence.ts";

/** Attempts of a call that may be repeated. */
const MOST_ATTEMPTS = 7;

/** Whatever the service was asked for is in the journal, whoever has asked. */
export function checkMade({ frames }: Journal, service: Service, findings: Findings): void {
  const made = new Set(frames.map((frame) => callOf(frame)?.key));
  for (const key of service.counts.keys()) {
    if (!made.has(key)) findings.report("commit", `${key} was called and is not in the journal`);
  }
}

/** The journal's calls beside those that the service has counted. */
export function checkCalls(evidence: Evidence, findings: Findings): void {
  const { calls, doubled, service } = evidence;
  for (const frame of doubled) {
    findings.report("once", `${nameOf(evidence, frame)}: the call ${callOf(frame)!.key} is in the journal twice`);
  }
  for (const [key, frame] of calls) {
    const where = `${nameOf(evidence, frame)} (${key})`;
    const token = tokenOf(frame);
    if (frame.status === "completed") {
      const status = token === undefined ? undefined : service.statusOf(token);
      if (status === undefined) findings.report("once", `${where}: the service never sent the recorded ${token}`);
      if (status !== (frame.result as { status: number }).status) findings.report("once", `${where}: another status`);
      if (!token?.startsWith(`${key}:`)) findings.report("once", `${where}: the recorded ${token} is of another call`);
      if (frame.delivery === null) findings.report("once", `${where}: completed and not delivered`);
    }
    if (frame.status === "failed" && !mayFail(frame)) {
      findings.report("results", `${where} failed with ${frame.error?.code} at attempt ${frame.attempt}`);
    }
    checkOrigin(frame, where);
  }

  /** A post may have an outcome that nobody knows; what may be repeated fails only after all of its attempts. */
  function mayFail({ error, attempt, args, gate }: FrameRow): boolean {
    if (error?.code === "POLICY_REFUSED") return gate?.state === "refused";
    if (error?.code === "UNAVAILABLE" || error?.code === "TIMEOUT") return attempt >= MOST_ATTEMPTS;
    return error?.code === "OUTCOME_UNKNOWN" && (args[1] as { method?: string }).method === "POST";
  }

  /** The call that a call depends on comes before it and is recorded with the very token that it brings. */
  function checkOrigin(frame: FrameRow, where: string): void {
    const { after } = callOf(frame)!;
    if (after === "") return;
    const origin = calls.get(after.replace(/:\d+$/, ""));
    if (origin === undefined || tokenOf(origin) !== after) {
      findings.report("causality", `${where} depends on ${after}, which the journal does not have`);
    } else if (origin.run === frame.run && origin.seq >= frame.seq) {
      findings.report("causality", `${where} comes before seq ${origin.seq}, whose result it depends on`);
    }
  }
}
