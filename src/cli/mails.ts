import type { Json } from "../core/json.ts";
import { FOLDERS, type MailCopy, mailCopy } from "../mail/mail_copy.ts";
import { type GroupedCopy, MailCopies } from "../store/mail_copies.ts";
import { plural } from "./output/numbers.ts";

/** What is said of a mail, in this order: lists are of mailboxes. */
export const MAIL_COLUMNS = [
  "messageId",
  "date",
  "from",
  "subject",
  "mailboxes",
  "holders",
  "unread",
  "read",
  ...FOLDERS,
  "answered",
  "forwarded",
] as const;
/** What a table shows of it. */
export const MAIL_TABLE = ["date", "from", "subject", "messageId", "mailboxes", "unread", "holders"];

/** The mails that rows are copies of, each once, with the mailboxes that hold it: who has this, and who has seen it? */
export class Mails implements Disposable {
  readonly #copies = new MailCopies();
  #unlabelled = 0;

  constructor(rows: Iterable<Json>) {
    for (const row of rows) {
      const copy = mailCopy(row);
      if (copy === undefined) continue;
      const { mailbox, threadId, messageId, date, inReplyTo } = copy;
      // A mail without an id is nobody else's copy.
      const mail = messageId ?? ` ${mailbox} ${copy.id}`;
      const kin = copy.isSent ? copy.kin : null;
      if (copy.folder === null) this.#unlabelled += 1;
      this.#copies.add({ mail, mailbox, threadId, date, kin, inReplyTo, data: JSON.stringify(copy) });
    }
  }

  *each(): Generator<Json> {
    for (const copies of this.#copies.mails()) yield mailOf(copies);
  }

  /** What the rows cannot tell, in sentences. */
  unknown(): string[] {
    return [
      "answered and forwarded: only where the run's rows hold the answer itself, sent later in the same thread; an answer that " +
      "the search did not find cannot be known",
      ...(this.#unlabelled === 0 ? [] : [
        `of ${plural(this.#unlabelled, "copy", "copies")} the labels were not kept: neither read nor folder is known`,
      ]),
    ];
  }

  [Symbol.dispose](): void {
    this.#copies[Symbol.dispose]();
  }
}

function mailOf(grouped: readonly GroupedCopy[]): Json {
  const copies = grouped.map((copy) => ({ ...copy, ...JSON.parse(copy.data) as MailCopy }));
  const first = copies[0]!;
  const where = (isMeant: (copy: typeof first) => boolean | null) => [
    ...new Set(copies.filter((copy) => isMeant(copy) === true).map(({ mailbox }) => mailbox)),
  ];
  const holders = where(() => true);
  return {
    messageId: first.messageId,
    date: first.date,
    from: first.from,
    subject: first.subject,
    mailboxes: holders.length,
    holders,
    unread: where(({ isRead }) => isRead === false),
    read: where(({ isRead }) => isRead),
    ...Object.fromEntries(FOLDERS.map((name) => [name, where(({ folder }) => folder === name)])),
    answered: where(({ isAnswered }) => isAnswered),
    forwarded: where(({ isForwarded }) => isForwarded),
  };
}
