import { Dice, hash32 } from "./dice.ts";
import type { MailKind } from "./mail_wording.ts";
import { OUTSIDERS, SENDERS, writeSubject } from "./mail_wording.ts";
import type { DirectoryUser } from "./people.ts";

/**
 * What each generated message of a mailbox is: who wrote to whom, when, about what. A plan depends on the seed, the mailbox and the
 * message's index alone, so nothing is kept. A mailbox's messages are, by index: announcements to the whole domain, threads within the
 * owner's team (both the same mail, with the same Message-ID, in every mailbox they reached), and the owner's own mail.
 */

export interface Correspondent {
  name: string;
  address: string;
}

export interface PlannedAttachment {
  filename: string;
  mimeType: string;
  /** Bytes. */
  size: number;
}

export interface MailPlan {
  index: number;
  kind: MailKind;
  /** ms, whole seconds. */
  date: number;
  from: Correspondent;
  to: Correspondent[];
  cc: Correspondent[];
  subject: string;
  /** Without angle brackets. */
  messageId: string;
  inReplyTo: string | undefined;
  /** Index of the first message of the thread. */
  threadRoot: number;
  labelIds: string[];
  attachments: PlannedAttachment[];
  listId: string | undefined;
  /** Hash that the body and attachments are drawn from; the same in every mailbox. */
  contentSeed: number;
}

export interface MailPlannerParams {
  seed: number;
  /** ms: every mail is older. */
  now: number;
  messagesPerUser: number;
  owner: DirectoryUser;
  /** All users of the owner's domain, by position. */
  colleagues: readonly DirectoryUser[];
}

/** Labels that people in generated mailboxes made; `Label_1` is the first. */
export const USER_LABELS: readonly string[] = ["Customers", "Invoices", "Follow up", "Projects/Apollo", "Travel"];

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** How far back mail goes: a year and a half, denser towards now. */
const SPAN = 540 * DAY;
const TEAM_SIZE = 8;

/** Ten consecutive messages of a section fall into threads of these lengths. */
const TEAM_THREADS = [1, 4, 2, 3];
const OWN_THREADS = [1, 1, 1, 2, 1, 1, 3];

/** For each of ten messages: its place within its thread. */
function placesInThread(lengths: readonly number[]): number[] {
  return lengths.flatMap((length) => Array.from({ length }, (_none, place) => place));
}
const TEAM_PLACES = placesInThread(TEAM_THREADS);
const OWN_PLACES = placesInThread(OWN_THREADS);

function correspondent(user: DirectoryUser): Correspondent {
  return { name: `${user.givenName} ${user.familyName}`.trim(), address: user.email };
}

export class MailPlanner {
  readonly count: number;
  readonly #params: MailPlannerParams;
  readonly #team: readonly DirectoryUser[];
  readonly #teamNumber: number;
  readonly #announcements: number;
  /** Where the owner's own mail begins. */
  readonly #ownFrom: number;

  constructor(params: MailPlannerParams) {
    this.#params = params;
    this.count = params.messagesPerUser;
    this.#teamNumber = Math.floor(params.owner.position / TEAM_SIZE);
    this.#team = params.colleagues.slice(this.#teamNumber * TEAM_SIZE, (this.#teamNumber + 1) * TEAM_SIZE);
    this.#announcements = this.count >= 10 ? Math.max(1, Math.floor(this.count * 0.04)) : 0;
    this.#ownFrom = this.#announcements + (this.#team.length > 1 ? Math.floor(this.count * 0.36) : 0);
  }

  /** When the message of an index arrived, ms. */
  dateAt(index: number): number {
    const { root, place, dice } = this.#threadOf(index);
    // Threads end before now: their first message is at least two days old.
    const single = place === 0 && index >= this.#ownFrom && OWN_THREADS[this.#threadNumber(root)] === 1;
    let date = this.#workTime(dice, single ? HOUR : 2 * DAY);
    for (let reply = 0; reply < place; reply++) date += 600_000 + dice.between(0, 5 * 3600) * 1000;
    return date;
  }

  /** Everything about the message of an index. */
  planAt(index: number): MailPlan {
    if (index < this.#announcements) return this.#announcement(index);
    return index < this.#ownFrom ? this.#teamMail(index) : this.#ownMail(index);
  }

  /** The first message of a message's thread, the message's place in it, and the thread's dice. */
  #threadOf(index: number): { root: number; place: number; dice: Dice } {
    const { seed, owner } = this.#params;
    if (index < this.#announcements) {
      return { root: index, place: 0, dice: new Dice(seed, owner.domain, "announcement", index) };
    }
    if (index < this.#ownFrom) {
      const place = TEAM_PLACES[(index - this.#announcements) % 10]!;
      const root = index - place;
      return { root, place, dice: new Dice(seed, owner.domain, "team", this.#teamNumber, root) };
    }
    const place = OWN_PLACES[(index - this.#ownFrom) % 10]!;
    const root = index - place;
    return { root, place, dice: new Dice(seed, owner.email, "own", root) };
  }

  /** Which of `OWN_THREADS` a thread of the owner's own mail is. */
  #threadNumber(root: number): number {
    let left = (root - this.#ownFrom) % 10;
    let thread = 0;
    while (left > 0) left -= OWN_THREADS[thread++]!;
    return thread;
  }

  #workTime(dice: Dice, youngest: number): number {
    const latest = this.#params.now - youngest;
    const day = Math.floor((latest - SPAN * dice.next() ** 2) / DAY) * DAY;
    let at = day + 6 * HOUR + Math.floor(dice.next() * 13 * 3600) * 1000;
    while (at > latest) at -= DAY;
    return at;
  }

  #announcement(index: number): MailPlan {
    const { seed, owner, colleagues } = this.#params;
    const dice = new Dice(seed, owner.domain, "announcement text", index);
    const sender = colleagues[0] ?? owner;
    const subject = writeSubject("announcement", dice);
    return this.#finish({
      index,
      kind: "announcement",
      from: correspondent(sender),
      to: [{ name: "Everyone", address: `all@${owner.domain}` }],
      subject,
      shared: `${owner.domain}:announcement:${index}`,
      listId: `Everyone <all.${owner.domain}>`,
      category: "CATEGORY_FORUMS",
      attachments: dice.chance(0.2) ? [{ filename: "policy.pdf", mimeType: "application/pdf", size: 4096 }] : [],
    });
  }

  #teamMail(index: number): MailPlan {
    const { seed, owner } = this.#params;
    const { root, place } = this.#threadOf(index);
    const thread = new Dice(seed, owner.domain, "team text", this.#teamNumber, root);
    const subject = writeSubject("team", thread);
    const dice = new Dice(seed, owner.domain, "team sender", this.#teamNumber, index);
    const sender = dice.pick(this.#team);
    const others = this.#team.filter((member) => member !== sender).map(correspondent);
    const direct = dice.between(1, others.length + 1);
    const shared = `${owner.domain}:team:${this.#teamNumber}`;
    return this.#finish({
      index,
      kind: "team",
      from: correspondent(sender),
      to: others.slice(0, direct),
      cc: others.slice(direct),
      subject: place === 0 ? subject : `Re: ${subject}`,
      shared: `${shared}:${index}`,
      repliesTo: place === 0 ? undefined : `${shared}:${index - 1}`,
      attachments: dice.chance(0.15) ? [officeFile(dice)] : [],
    });
  }

  #ownMail(index: number): MailPlan {
    const { seed, owner } = this.#params;
    const { root, place } = this.#threadOf(index);
    const thread = new Dice(seed, owner.email, "own text", root);
    const length = OWN_THREADS[this.#threadNumber(root)]!;
    const kind: MailKind = length > 1 ? "customer" : drawKind(thread);
    const subject = writeSubject(kind, thread);
    const partner = kind === "customer" || kind === "invitation"
      ? thread.pick(OUTSIDERS)
      : thread.pick(SENDERS[kind as keyof typeof SENDERS]);
    const self = correspondent(owner);
    // In a thread the outsider and the owner take turns; who begins is drawn.
    const outgoing = kind === "customer" && (place + (thread.chance(0.3) ? 1 : 0)) % 2 === 1;
    const dice = new Dice(seed, owner.email, "own attachments", index);
    return this.#finish({
      index,
      kind,
      from: outgoing ? self : partner,
      to: [outgoing ? partner : self],
      subject: place === 0 ? subject : `Re: ${subject}`,
      shared: `${owner.email}:own:${index}`,
      repliesTo: place === 0 ? undefined : `${owner.email}:own:${index - 1}`,
      listId: kind === "newsletter" ? `${partner.name} <${partner.address.replace("@", ".")}>` : undefined,
      category: CATEGORIES[kind],
      attachments: attachmentsOf(kind, dice),
    });
  }

  #finish(draft: PlanDraft): MailPlan {
    const { seed, owner } = this.#params;
    const date = this.dateAt(draft.index);
    return {
      index: draft.index,
      kind: draft.kind,
      date,
      from: draft.from,
      to: draft.to,
      cc: draft.cc ?? [],
      subject: draft.subject,
      messageId: messageIdOf(seed, draft.shared),
      inReplyTo: draft.repliesTo === undefined ? undefined : messageIdOf(seed, draft.repliesTo),
      threadRoot: this.#threadOf(draft.index).root,
      labelIds: this.#labels(draft, owner),
      attachments: draft.attachments,
      listId: draft.listId,
      contentSeed: hash32(seed, draft.shared, "content"),
    };
  }

  #labels(draft: PlanDraft, owner: DirectoryUser): string[] {
    const { seed, now } = this.#params;
    const dice = new Dice(seed, owner.email, "labels", draft.index);
    const age = now - this.dateAt(draft.index);
    if (draft.kind === "spam") return dice.chance(0.7) ? ["SPAM", "UNREAD"] : ["SPAM"];
    const labels: string[] = [];
    if (draft.from.address === owner.email) labels.push("SENT");
    else {
      if (dice.chance(age < 30 * DAY ? 0.35 : 0.05)) labels.push("UNREAD");
      if (dice.chance(0.2)) labels.push("IMPORTANT");
      if (dice.chance(0.04)) return [...labels, "TRASH"];
      labels.push(draft.category ?? "CATEGORY_PERSONAL");
      if (dice.chance(age < 60 * DAY ? 0.9 : 0.6)) labels.push("INBOX");
    }
    if (dice.chance(0.03)) labels.push("STARRED");
    if (draft.kind === "invoice") labels.push("Label_2");
    else if (dice.chance(0.12)) labels.push(`Label_${1 + dice.between(0, USER_LABELS.length)}`);
    return labels;
  }
}

interface PlanDraft {
  index: number;
  kind: MailKind;
  from: Correspondent;
  to: Correspondent[];
  cc?: Correspondent[];
  subject: string;
  /** Names the mail in the same words in every mailbox that holds it. */
  shared: string;
  repliesTo?: string | undefined;
  listId?: string | undefined;
  category?: string | undefined;
  attachments: PlannedAttachment[];
}

const CATEGORIES: Partial<Record<MailKind, string>> = {
  newsletter: "CATEGORY_PROMOTIONS",
  notification: "CATEGORY_UPDATES",
  invoice: "CATEGORY_UPDATES",
};

function messageIdOf(seed: number, shared: string): string {
  const half = (salt: string) => hash32(seed, shared, salt).toString(36).padStart(7, "0");
  return `${half("left")}${half("right")}@mail.example`;
}

function drawKind(dice: Dice): MailKind {
  const at = dice.next();
  if (at < 0.26) return "customer";
  if (at < 0.44) return "notification";
  if (at < 0.6) return "newsletter";
  if (at < 0.76) return "invoice";
  return at < 0.92 ? "invitation" : "spam";
}

function officeFile(dice: Dice): PlannedAttachment {
  const [filename, mimeType] = dice.pick([
    ["forecast.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
    ["minutes.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
    ["slides.pdf", "application/pdf"],
    ["figures.csv", "text/csv"],
  ]);
  return { filename: filename!, mimeType: mimeType!, size: dice.between(1_000, 24_000) };
}

function attachmentsOf(kind: MailKind, dice: Dice): PlannedAttachment[] {
  if (kind === "invoice") {
    const filename = `invoice-${10_000 + dice.between(0, 90_000)}.pdf`;
    return [{ filename, mimeType: "application/pdf", size: dice.between(2_000, 16_000) }];
  }
  if (kind === "invitation") {
    return [{ filename: "invite.ics", mimeType: "text/calendar", size: dice.between(400, 900) }];
  }
  return kind === "customer" && dice.chance(0.2) ? [officeFile(dice)] : [];
}
