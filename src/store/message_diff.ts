import type { StatementSync } from "node:sqlite";
import type { Row } from "./database.ts";
import { Scratch } from "./scratch.ts";

/** Which of the two runs. */
export type Side = 1 | 2;

/** A message as one of the runs has kept it; null is what its row does not say. */
export interface MessageState {
  readonly mailbox: string;
  readonly id: string;
  /** Of the row, by which it is found again. */
  readonly seq: number;
  /** ISO; compared as text. */
  readonly date: string | null;
  /** JSON: a sorted list. */
  readonly labels: string | null;
  /** Labels are compared with those of the same kind only: ids with ids, names with names. */
  readonly labelKind: "ids" | "names" | null;
  readonly folder: string | null;
  readonly read: boolean | null;
}

/** What a run's ledger says of a mailbox, or of something else that it names. */
export interface Reading {
  readonly mailbox: string;
  readonly status: string;
  readonly reason: string;
}

export const CHANGES = ["new", "vanished", "changed", "unknown"] as const;
export type Change = typeof CHANGES[number];

/** What differs: a message (`first`, `second`: its rows, where there are), or with no row a mailbox not read by both. */
export interface Difference {
  readonly change: Change;
  readonly mailbox: string;
  readonly id: string | null;
  readonly first: number | null;
  readonly second: number | null;
  readonly readings: Readings;
}

/** What the ledgers of both say; undefined: nothing. */
export type Readings = Readonly<Record<Side, Omit<Reading, "mailbox"> | undefined>>;

/** One mailbox that either run was to read. */
export interface MailboxDiff {
  readonly mailbox: string;
  readonly counts: Readonly<Record<Change | "same", number>>;
  readonly readings: Readings;
}

/** Rows read at a time. */
const PAGE = 500;
const COLUMNS = ["seq", "date", "labels", "kind", "folder", "read"];

/** Compares the messages that two runs have kept, in whatever number: they are sorted outside of memory. */
export class MessageDiff implements Disposable {
  readonly #db = new Scratch();
  readonly #add: Readonly<Record<Side, StatementSync>>;
  readonly #cover: Readonly<Record<Side, StatementSync>>;
  readonly #reading: StatementSync;

  constructor() {
    const both = (names: readonly string[]) => ([1, 2] as const).flatMap((side) => names.map((name) => name + side));
    this.#db.exec(
      `CREATE TABLE messages (mailbox TEXT NOT NULL, id TEXT NOT NULL, ${both(COLUMNS).join(", ")},
                              PRIMARY KEY (mailbox, id)) WITHOUT ROWID;
       CREATE TABLE mailboxes (mailbox TEXT PRIMARY KEY, ${both(["status", "reason"]).join(", ")}) WITHOUT ROWID`,
    );
    const upsert = (table: string, key: readonly string[], names: readonly string[], side: Side) => {
      const own = names.map((name) => name + side);
      return this.#db.prepare(
        `INSERT INTO ${table} (${[...key, ...own].join(", ")}) VALUES (${[...key, ...own].map(() => "?").join(", ")})
         ON CONFLICT DO UPDATE SET ${own.map((name) => `${name} = excluded.${name}`).join(", ")}`,
      );
    };
    const of = (make: (side: Side) => StatementSync) => ({ 1: make(1), 2: make(2) });
    this.#add = of((side) => upsert("messages", ["mailbox", "id"], COLUMNS, side));
    this.#reading = this.#db.prepare("SELECT status1, reason1, status2, reason2 FROM mailboxes WHERE mailbox = ?");
    this.#cover = of((side) => upsert("mailboxes", ["mailbox"], ["status", "reason"], side));
  }

  add(side: Side, { mailbox, id, seq, date, labels, labelKind, folder, read }: MessageState): void {
    this.#add[side].run(mailbox, id, seq, date, labels, labelKind, folder, read === null ? null : Number(read));
  }

  /** The mailbox's line of the ledger. */
  cover(side: Side, { mailbox, status, reason }: Reading): void {
    this.#cover[side].run(mailbox, status, reason);
  }

  /**
   * Compares what was added, once. A message that only one run has is new or vanished when the other has read the mailbox to its
   * end, otherwise not known; it is new, too, when it came after the first run had asked.
   *
   * @param start ISO: when the first run asked; null if that is not known
   */
  compare(start: string | null): void {
    this.#db.exec(
      `CREATE TABLE changes (place INTEGER PRIMARY KEY, mailbox TEXT NOT NULL, id TEXT, change TEXT NOT NULL, seq1, seq2);
       CREATE INDEX changes_mailbox ON changes (mailbox, change)`,
    );
    for (const side of [1, 2]) {
      // Of a run that has not come to its end, there may be messages before there is a line of the ledger.
      this.#db.exec(
        `INSERT INTO mailboxes (mailbox, status${side}, reason${side})
         SELECT DISTINCT mailbox, 'unfinished', '' FROM messages WHERE seq${side} IS NOT NULL
         ON CONFLICT DO UPDATE SET status${side} = coalesce(status${side}, 'unfinished'),
                                   reason${side} = coalesce(reason${side}, '')`,
      );
    }
    this.#db.prepare(
      `INSERT INTO changes (mailbox, id, change, seq1, seq2)
       SELECT mailbox, id, change, seq1, seq2 FROM (
         SELECT mailbox, id, seq1, seq2, coalesce(date2, date1) AS date,
           CASE
             WHEN seq1 IS NULL THEN iif(status1 = 'complete' OR date2 >= ?, 'new', 'unknown')
             WHEN seq2 IS NULL THEN iif(status2 = 'complete', 'vanished', 'unknown')
             WHEN (kind1 = kind2 AND labels1 <> labels2) OR folder1 <> folder2 OR read1 <> read2 THEN 'changed'
           END AS change
         FROM messages LEFT JOIN mailboxes USING (mailbox)
         UNION ALL
         SELECT mailbox, NULL, NULL, NULL, NULL, 'unknown' FROM mailboxes WHERE ${SEARCHED} AND NOT ${READ}
       ) WHERE change IS NOT NULL
       ORDER BY mailbox, id IS NOT NULL, ${place("change")}, date DESC, id`,
    ).run(start);
  }

  /** How many messages there are of each change, and how many both runs have whose labels cannot be compared. */
  totals(): Readonly<Record<Change | "same" | "incomparable", number>> {
    const counts = this.#db.prepare("SELECT change, count(id) AS count FROM changes GROUP BY change").all() as Row[];
    const of = (change: Change) => (counts.find((row) => row.change === change)?.count ?? 0) as number;
    const { shared, incomparable } = this.#db.prepare(
      `SELECT count(*) AS shared, coalesce(sum(NOT coalesce(kind1 = kind2, 0)), 0) AS incomparable FROM messages
       WHERE seq1 IS NOT NULL AND seq2 IS NOT NULL`,
    ).get() as { shared: number; incomparable: number };
    const [added, vanished, changed, unknown] = CHANGES.map(of) as [number, number, number, number];
    return { new: added, vanished, changed, unknown, same: shared - changed, incomparable };
  }

  /** How many mailboxes either run was to read, and of these, how many both have read to the end. */
  mailboxTotals(): { searched: number; read: number } {
    const { searched, read } = this.#db.prepare(
      `SELECT count(*) AS searched, coalesce(sum(${READ}), 0) AS read FROM mailboxes WHERE ${SEARCHED}`,
    ).get() as { searched: number; read: number };
    return { searched, read };
  }

  /** What the ledgers say of a mailbox, or of something else that they name. */
  readings(mailbox: string): Readings {
    return readingsOf(this.#reading.get(mailbox) as Row | undefined ?? {});
  }

  /** By mailbox: first the mailbox itself, when it is not known; then its messages by kind of change, the newest first. */
  *differences(): Generator<Difference> {
    const page = this.#db.prepare(
      `SELECT place, mailbox, id, change, seq1, seq2, status1, reason1, status2, reason2
       FROM changes LEFT JOIN mailboxes USING (mailbox) WHERE place > ? ORDER BY place LIMIT ? + 0`,
    );
    for (let after = 0;;) {
      const rows = page.all(after, PAGE) as Row[];
      for (const row of rows) {
        yield {
          change: row.change as Change,
          mailbox: row.mailbox as string,
          id: row.id as string | null,
          first: row.seq1 as number | null,
          second: row.seq2 as number | null,
          readings: readingsOf(row),
        };
      }
      if (rows.length < PAGE) return;
      after = rows.at(-1)!.place as number;
    }
  }

  /** Every mailbox that either run was to read. */
  *mailboxes(): Generator<MailboxDiff> {
    const page = this.#db.prepare(
      `SELECT mailbox, status1, reason1, status2, reason2 FROM mailboxes WHERE ${SEARCHED} AND mailbox > ?
       ORDER BY mailbox LIMIT ? + 0`,
    );
    const counts = this.#db.prepare("SELECT change, count(id) AS count FROM changes WHERE mailbox = ? GROUP BY change");
    const shared = this.#db.prepare(
      "SELECT count(*) AS count FROM messages WHERE mailbox = ? AND seq1 IS NOT NULL AND seq2 IS NOT NULL",
    );
    for (let after = "";;) {
      const rows = page.all(after, PAGE) as Row[];
      for (const row of rows) {
        const mailbox = row.mailbox as string;
        const found = counts.all(mailbox) as Row[];
        const of = (change: Change) => (found.find((one) => one.change === change)?.count ?? 0) as number;
        const same = (shared.get(mailbox) as { count: number }).count - of("changed");
        const [added, vanished, changed, unknown] = CHANGES.map(of) as [number, number, number, number];
        yield { mailbox, counts: { new: added, vanished, changed, unknown, same }, readings: readingsOf(row) };
      }
      if (rows.length < PAGE) return;
      after = rows.at(-1)!.mailbox as string;
    }
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}

/** Whether either run was to read it; who was left out by both is nobody's question. */
const SEARCHED = "(coalesce(status1, 'skipped') <> 'skipped' OR coalesce(status2, 'skipped') <> 'skipped')";
/** Whether both have read it to the end. */
const READ = "coalesce(status1 = 'complete' AND status2 = 'complete', 0)";

function place(change: string): string {
  return `CASE ${change} ${CHANGES.map((name, index) => `WHEN '${name}' THEN ${index}`).join(" ")} END`;
}

function readingsOf(row: Row): Readings {
  const of = (side: Side) => {
    const status = row[`status${side}`] as string | null | undefined;
    return status === null || status === undefined ? undefined : { status, reason: row[`reason${side}`] as string };
  };
  return { 1: of(1), 2: of(2) };
}
