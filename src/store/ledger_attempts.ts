import type { Chain } from "./chain.ts";
import { digestOf, type EndEntry, pageOf, type SentEntry } from "./ledger.ts";

/** One attempt of a call: that it was about to leave, and what was seen of its end. */
export interface LedgerAttempt extends Omit<SentEntry, "sha256" | "to"> {
  /** The page of its entry, and its place there: `12.1`. */
  readonly id: string;
  /** Hosts that it may have reached; null: not known. */
  readonly to: readonly string[] | null;
  /** Of the arguments as they were sent (JSON text). */
  readonly sha256: string;
  /** null: nobody has seen it. */
  readonly end: LedgerEnd | null;
  /** `unknown`: it was out when the process died that had sent it. */
  readonly state: "ended" | "unknown" | "out";
}

export interface LedgerEnd extends Pick<EndEntry, "error" | "at"> {
  readonly how: Exclude<EndEntry["how"], "unknown">;
  readonly reached: NonNullable<EndEntry["reached"]>;
}

/**
 * The attempts of a ledger, in the order in which their ends were entered, those without an end at last. `mayEnd`: whether
 * the owner of that epoch may still see the end of what is out. Only what is out at a time is in memory.
 */
export function* attempts(ledger: Pick<Chain, "each">, mayEnd: (epoch: number) => boolean): Generator<LedgerAttempt> {
  const out = new Map<string, Omit<LedgerAttempt, "end" | "state"> & { readonly epoch: number }>();
  for (const row of ledger.each()) {
    const page = pageOf(row);
    // `--verify` names it.
    if (page === undefined) continue;
    for (const [index, sent] of (page.sent ?? []).entries()) {
      const id = `${page.seq}.${index + 1}`;
      out.set(id, { ...sent, id, epoch: page.epoch, sha256: digestOf(sent) });
    }
    for (const { of, to } of page.also ?? []) {
      const attempt = out.get(of);
      if (attempt !== undefined) out.set(of, { ...attempt, to: [...(attempt.to ?? []), to] });
    }
    for (const { of, at, how, error, reached = [] } of page.ended ?? []) {
      const attempt = out.get(of);
      if (attempt === undefined) continue;
      out.delete(of);
      if (how === "unknown") yield { ...attempt, end: null, state: "unknown" };
      else yield { ...attempt, end: { at, how, ...(error === undefined ? {} : { error }), reached }, state: "ended" };
    }
  }
  for (const attempt of out.values()) {
    yield { ...attempt, end: null, state: mayEnd(attempt.epoch) ? "out" : "unknown" };
  }
}

/** Whether it is certain that nothing left with an attempt: it was never made, or asked nobody. */
export function isIdle({ end, to }: LedgerAttempt): boolean {
  if (end === null) return false;
  return end.how === "not made" || (end.reached.length === 0 && (end.how === "waits" || to?.length === 0));
}
