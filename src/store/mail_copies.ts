import type { StatementSync } from "node:sqlite";
import type { Row } from "./database.ts";
import { Scratch } from "./scratch.ts";

/** What is grouped: a copy of a mail in a mailbox. */
export interface CopyRow {
  /** Equal for copies of one mail. */
  readonly mail: string;
  readonly mailbox: string;
  readonly threadId: string | null;
  /** ISO; compared as text. */
  readonly date: string | null;
  /** Not null for what its mailbox has sent: what it is of an earlier mail, and of which if that is known. */
  readonly kin: "answer" | "forward" | null;
  readonly inReplyTo: string | null;
  /** JSON, given back as it is. */
  readonly data: string;
}

/** A copy with what its mailbox has sent later, as far as that was added too. */
export interface GroupedCopy {
  readonly data: string;
  readonly isAnswered: boolean;
  readonly isForwarded: boolean;
}

/** Rows read at a time. */
const PAGE = 500;

/** Groups copies of mails, in whatever number: they are sorted outside of memory. */
export class MailCopies implements Disposable {
  readonly #db = new Scratch();
  readonly #add: StatementSync;
  readonly #send: StatementSync;

  constructor() {
    this.#db.exec(
      `CREATE TABLE copies (mail TEXT NOT NULL, mailbox TEXT NOT NULL, thread TEXT, date TEXT, data TEXT NOT NULL);
       CREATE TABLE sent (mailbox TEXT NOT NULL, thread TEXT, date TEXT, mail TEXT NOT NULL, kin TEXT NOT NULL, reply_to TEXT);
       CREATE INDEX sent_thread ON sent (mailbox, thread);
       CREATE INDEX sent_reply ON sent (mailbox, reply_to)`,
    );
    this.#add = this.#db.prepare("INSERT INTO copies (mail, mailbox, thread, date, data) VALUES (?, ?, ?, ?, ?)");
    this.#send = this.#db.prepare(
      "INSERT INTO sent (mailbox, thread, date, mail, kin, reply_to) VALUES (?, ?, ?, ?, ?, ?)",
    );
  }

  add({ mail, mailbox, threadId, date, kin, inReplyTo, data }: CopyRow): void {
    this.#add.run(mail, mailbox, threadId, date, data);
    if (kin !== null) this.#send.run(mailbox, threadId, date, mail, kin, inReplyTo);
  }

  /** All copies of a mail, the earliest first; the mail in most mailboxes comes first, then the newest. */
  *mails(): Generator<GroupedCopy[]> {
    this.#db.exec(
      `CREATE INDEX IF NOT EXISTS copies_mail ON copies (mail);
       DROP TABLE IF EXISTS mails;
       CREATE TABLE mails (place INTEGER PRIMARY KEY, mail TEXT NOT NULL);
       INSERT INTO mails (mail)
         SELECT mail FROM copies GROUP BY mail ORDER BY count(DISTINCT mailbox) DESC, min(date) DESC, mail`,
    );
    const page = this.#db.prepare("SELECT place, mail FROM mails WHERE place > ? ORDER BY place LIMIT ? + 0");
    // What says of which mail it is an answer is one of that mail only; anything else, of all earlier ones of its thread.
    const kin = (name: string) =>
      `(EXISTS (SELECT 1 FROM sent WHERE sent.mailbox = copies.mailbox AND reply_to = copies.mail AND kin = '${name}')
        OR EXISTS (SELECT 1 FROM sent WHERE sent.mailbox = copies.mailbox AND sent.thread = copies.thread AND kin = '${name}'
             AND sent.mail <> copies.mail AND sent.date >= copies.date AND reply_to IS NULL))`;
    const copies = this.#db.prepare(
      `SELECT data, ${kin("answer")} AS answered, ${kin("forward")} AS forwarded FROM copies WHERE mail = ?
       ORDER BY date, mailbox`,
    );
    for (let after = 0;;) {
      const mails = page.all(after, PAGE) as Row[];
      for (const { mail } of mails) {
        yield (copies.all(mail as string) as Row[]).map(({ data, answered, forwarded }) => ({
          data: data as string,
          isAnswered: answered === 1,
          isForwarded: forwarded === 1,
        }));
      }
      if (mails.length < PAGE) break;
      after = mails.at(-1)!.place as number;
    }
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}
