import type { Json } from "../core/json.ts";
import { type Folder, FOLDERS, type MailCopy, mailCopy } from "../mail/mail_copy.ts";
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
/** What a table has: numbers, and who holds it at the end, where it may be cut. */
export const MAIL_TABLE = [
  "mailboxes",
  "unread",
  "folders",
  "sent on",
  "date",
  "from",
  "subject",
  "messageId",
  "holders",
];

type Mail = Readonly<Record<Folder | "holders" | "unread" | "read" | "answered" | "forwarded", readonly string[]>> & {
  readonly messageId: string | null;
  /** Of its earliest copy, as its sender and its subject are. */
  readonly date: string | null;
  readonly from: string;
  readonly subject: string;
  readonly mailboxes: number;
};

/** What rows must say for an answer to be seen: one of each. */
const ANSWERS = [["subject"], ["inReplyTo", "threadId"], ["folder", "labels"]] as const;

/** The mails that rows are copies of, each once, with the mailboxes that hold it: who has this, and who has seen it? */
export class Mails implements Disposable {
  readonly #copies = new MailCopies();
  readonly #unseen: readonly string[];
  #unlabelled = 0;

  /** @param columns of the rows, when they were chosen */
  constructor(rows: Iterable<Json>, columns: readonly string[] | undefined) {
    this.#unseen = columns === undefined
      ? []
      : ANSWERS.filter((names) => !names.some((name) => columns.includes(name))).map(([name]) => name);
    for (const row of rows) {
      const copy = mailCopy(row);
      if (copy === undefined) continue;
      const { mailbox, threadId, messageId, date, inReplyTo } = copy;
      // A mail without an id is nobody else's copy.
      const mail = messageId ?? ` ${mailbox} ${copy.id}`;
      const kin = copy.isSent ? copy.kin : null;
      if (copy.folder === null || copy.isRead === null) this.#unlabelled += 1;
      this.#copies.add({ mail, mailbox, threadId, date, kin, inReplyTo, data: JSON.stringify(copy) });
    }
  }

  *each(): Generator<Mail> {
    for (const copies of this.#copies.mails()) yield mailOf(copies);
  }

  /** The same in the columns of a table. */
  *lines(): Generator<Json> {
    for (const mail of this.each()) yield lineOf(mail);
  }

  /** What the rows cannot tell, in sentences. */
  unknown(): string[] {
    return [
      "answered and forwarded: only where the run's rows hold the answer itself, sent later in the same thread; an answer that " +
      "the search did not find cannot be known",
      ...(this.#unseen.length === 0
        ? []
        : [`neither is known here: the run's --columns left out ${this.#unseen.join(", ")}`]),
      ...(this.#unlabelled === 0 ? [] : [
        `of ${
          plural(this.#unlabelled, "copy", "copies")
        } the labels were not kept: whether they are read, or in which folder, is not known`,
      ]),
    ];
  }

  [Symbol.dispose](): void {
    this.#copies[Symbol.dispose]();
  }
}

function mailOf(grouped: readonly GroupedCopy[]): Mail {
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
    ...Object.fromEntries(FOLDERS.map((name) => [name, where(({ folder }) => folder === name)])) as Record<
      Folder,
      string[]
    >,
    answered: where(({ isAnswered }) => isAnswered),
    forwarded: where(({ isForwarded }) => isForwarded),
  };
}

function lineOf(mail: Mail): Json {
  const counted = (names: readonly (Folder | "answered" | "forwarded")[]) =>
    names.filter((name) => mail[name].length > 0).map((name) => `${mail[name].length} ${name}`).join(", ");
  return {
    mailboxes: mail.mailboxes,
    unread: mail.unread.length,
    folders: counted(FOLDERS),
    "sent on": counted(["answered", "forwarded"]),
    // The minute is enough here.
    date: mail.date?.replace(/:\d\d(?:\.\d+)?Z$/, "Z") ?? null,
    from: mail.from,
    subject: mail.subject,
    messageId: mail.messageId,
    holders: mail.holders,
  };
}
