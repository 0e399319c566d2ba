import { PAGE } from "./plan.ts";
import type { Coverage, Tools } from "./types.ts";

/** Before the earlier run's beginning, s: mail that was there and that Gmail could not find yet. What it did find is left out. */
const OVERLAP = 86_400;

/** A message that an earlier run has found. */
export interface KnownMessage {
  readonly id: string;
  readonly date: string | null;
}

/** An earlier run whose question is asked again, for what has come since. */
export class Earlier {
  /** What it asked, without the time until when. */
  readonly question: string;
  /** From when on mailboxes are searched that it has read to the end, s since 1970. */
  readonly since: number;
  readonly #statuses: ReadonlyMap<string, string>;
  readonly #known: ReadonlyMap<string, ReadonlyMap<string, KnownMessage>>;

  private constructor(of: {
    question: string;
    since: number;
    statuses: ReadonlyMap<string, string>;
    known: ReadonlyMap<string, ReadonlyMap<string, KnownMessage>>;
  }) {
    this.question = of.question;
    this.since = of.since;
    this.#statuses = of.statuses;
    this.#known = of.known;
  }

  /** Reads of the earlier run what is needed: its question, its ledger, and what it has of the time that is searched again. */
  static async read(tools: Tools): Promise<Earlier> {
    const asked = await tools.run.earlier(["summary", "searchQuery"]);
    const [, question = "", start] = /^(?:(.*) )?before:(\d+)$/s.exec(String(asked)) ?? [];
    if (start === undefined) {
      throw Object.assign(new Error(`the earlier run does not say what it asked: ${asked}`), { code: "INVALID_INPUT" });
    }
    const since = Number(start) - OVERLAP;
    const statuses = new Map<string, string>();
    for await (const line of rowsOf<Coverage>(tools, "coverage", { members: ["email", "status", "reason"] })) {
      if (line.email === null) continue;
      const why = line.reason === null ? "" : ` (${line.reason})`;
      statuses.set(line.email.toLowerCase(), line.status === "complete" ? "" : line.status + why);
    }
    const known = new Map<string, Map<string, KnownMessage>>();
    const members = ["mailbox", "id", "date"];
    const recent = { member: "date", atLeast: iso(since) };
    // Of who was skipped there is nothing.
    const unread = [...statuses].filter(([, why]) => why !== "" && !why.startsWith("skipped"));
    const whole = { member: "mailbox", among: unread.map(([mailbox]) => mailbox) };
    for (const where of [recent, ...(unread.length === 0 ? [] : [whole])]) {
      for (const kind of ["message", "known"]) {
        for await (
          const { mailbox, id, date } of rowsOf<KnownMessage & { mailbox: string }>(tools, kind, { members, where })
        ) {
          const name = mailbox.toLowerCase();
          known.set(name, (known.get(name) ?? new Map()).set(id, { id, date }));
        }
      }
    }
    return new Earlier({ question, since, statuses, known });
  }

  /** Why a mailbox is searched from the beginning; undefined when it was read to the end. */
  whyWhole(mailbox: string): string | undefined {
    const why = this.#statuses.get(mailbox.toLowerCase());
    return why === "" ? undefined : why ?? "not there";
  }

  /** The messages by their ids that it has found in a mailbox, as far as they could be found again. */
  known(mailbox: string): ReadonlyMap<string, KnownMessage> {
    return this.#known.get(mailbox.toLowerCase()) ?? new Map();
  }

  /** What the ledger says of a mailbox that is searched for what has come since. */
  sinceOf(mailbox: string): { since?: string; message?: string } {
    const why = this.whyWhole(mailbox);
    return why === undefined
      ? { since: iso(this.since) }
      : { message: `searched from the beginning: for the earlier run it was ${why}` };
  }

  /**
   * Hands on what it had found in a mailbox, as far as the next run will find it again: all, or what is of the time that
   * a run since `start` (s since 1970) searches.
   */
  async keepKnown(tools: Tools, mailbox: string, { start, isAll }: { start: number; isAll: boolean }): Promise<void> {
    const from = iso(start - OVERLAP);
    const known = [...this.known(mailbox).values()]
      .filter(({ date }) => isAll || date === null || date >= from)
      .map((message) => ({ mailbox, ...message }));
    for (let at = 0; at < known.length; at += PAGE) await tools.records.append("known", known.slice(at, at + PAGE));
  }
}

async function* rowsOf<Row>(
  tools: Tools,
  kind: string,
  options: { members: string[]; where?: object },
): AsyncGenerator<Row> {
  for (let after: number | null = 0; after !== null;) {
    const page: { rows: object[]; next: number | null } = await tools.records.earlier(kind, { ...options, after });
    yield* page.rows as Row[];
    after = page.next;
  }
}

/** @param seconds since 1970 */
export function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
