import { headerValue, parseAddressList } from "../mail/headers.ts";
import type { MailMessage } from "../mail/message.ts";
import type { ParsedMessage } from "../mail/mime.ts";
import { makeSnippet } from "../mail/snippet.ts";
import { hash32 } from "./dice.ts";
import { GeneratedMessage } from "./generated_message.ts";
import { LabelTable } from "./labels.ts";
import type { MailPlanner } from "./mail_plan.ts";
import { USER_LABELS } from "./mail_plan.ts";
import { messageId, messageTime } from "./message_id.ts";

/** A place in a mailbox's order: newest first, then by id downwards. */
export interface Position {
  /** ms. */
  readonly date: number;
  readonly id: string;
}

export interface MailboxParams {
  /** Primary address. */
  owner: string;
  /** Left out for a mailbox that starts empty. */
  planner?: MailPlanner;
}

/** A message on its way into mailboxes; parsed once, however many it reaches. */
export interface Delivery {
  raw: Uint8Array;
  parsed: ParsedMessage;
  /** ms: its date, if it carries none. */
  receivedAt: number;
}

/** Whether `a` stands before `b`, newest first. */
export function isNewer(a: Position, b: Position): boolean {
  return a.date !== b.date ? a.date > b.date : a.id > b.id;
}

/**
 * One user's mail. Of generated messages only the date is kept; everything else is planned again when asked for. Messages that were
 * added are kept whole.
 */
export class Mailbox {
  readonly owner: string;
  readonly labels: LabelTable;
  readonly #planner: MailPlanner | undefined;
  readonly #salt: number;
  /** Dates of the generated messages by index. */
  #dates: Float64Array | undefined;
  /** All messages, newest first: a generated index, or -1 - n for the n-th added one. */
  #order: Int32Array | undefined;
  readonly #added: MailMessage[] = [];
  readonly #addedById = new Map<string, number>();
  readonly #threadByMessageId = new Map<string, string>();
  readonly #relabelled = new Map<string, string[]>();
  readonly #deleted = new Set<string>();

  constructor(params: MailboxParams) {
    this.owner = params.owner;
    this.#planner = params.planner;
    this.#salt = hash32(params.owner);
    this.labels = new LabelTable(params.planner === undefined ? [] : USER_LABELS);
  }

  #generatedDates(): Float64Array {
    const count = this.#planner?.count ?? 0;
    return this.#dates ??= Float64Array.from({ length: count }, (_none, index) => this.#planner!.dateAt(index));
  }

  #ordered(): Int32Array {
    if (this.#order !== undefined) return this.#order;
    const dates = this.#generatedDates();
    const refs = Int32Array.from({ length: dates.length + this.#added.length }, (_none, at) => (
      at < dates.length ? at : dates.length - at - 1
    ));
    return this.#order = refs.sort((a, b) => (
      this.#dateOf(b) - this.#dateOf(a) || (isNewer(this.#positionOf(a), this.#positionOf(b)) ? -1 : 1)
    ));
  }

  #dateOf(ref: number): number {
    return ref < 0 ? this.#added[-1 - ref]!.internalDate : this.#generatedDates()[ref]!;
  }

  #positionOf(ref: number): Position {
    if (ref < 0) {
      const message = this.#added[-1 - ref]!;
      return { date: message.internalDate, id: message.id };
    }
    const date = this.#generatedDates()[ref]!;
    return { date, id: messageId(date, this.#salt, ref) };
  }

  #at(ref: number): MailMessage {
    if (ref < 0) {
      const message = this.#added[-1 - ref]!;
      const labelIds = this.#relabelled.get(message.id);
      return labelIds === undefined ? message : { ...message, labelIds };
    }
    const plan = this.#planner!.planAt(ref);
    const { id } = this.#positionOf(ref);
    return new GeneratedMessage({
      plan,
      owner: this.owner,
      id,
      threadId: plan.threadRoot === ref ? id : this.#positionOf(plan.threadRoot).id,
      labelIds: this.#relabelled.get(id) ?? plan.labelIds,
    });
  }

  /** All messages, newest first, from behind a position on. */
  *messages(after?: Position): Generator<MailMessage> {
    const order = this.#ordered();
    for (let at = after === undefined ? 0 : this.#firstBehind(order, after); at < order.length; at++) {
      const ref = order[at]!;
      if (this.#deleted.size > 0 && this.#deleted.has(this.#positionOf(ref).id)) continue;
      yield this.#at(ref);
    }
  }

  #firstBehind(order: Int32Array, after: Position): number {
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isNewer(after, this.#positionOf(order[middle]!))) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  get(id: string): MailMessage | undefined {
    if (this.#deleted.has(id)) return undefined;
    const added = this.#addedById.get(id);
    if (added !== undefined) return this.#at(-1 - added);
    const date = messageTime(id);
    if (date === undefined) return undefined;
    // Behind a position just before this id come the messages of the same moment, this one among them.
    const order = this.#ordered();
    for (let at = this.#firstBehind(order, { date: date + 1, id: "" }); at < order.length; at++) {
      const position = this.#positionOf(order[at]!);
      if (position.date !== date) return undefined;
      if (position.id === id) return this.#at(order[at]!);
    }
    return undefined;
  }

  /** Delivers a message as it came; its labels are those of `X-Gmail-Labels`, else INBOX, or SENT for the owner's own. */
  add({ raw, parsed: { payload, text, date }, receivedAt }: Delivery): MailMessage {
    const internalDate = Math.max(0, date ?? receivedAt);
    const ownId = headerValue(payload.headers, "Message-ID")?.trim();
    const id = messageId(internalDate, this.#salt, (this.#planner?.count ?? 0) + this.#added.length);
    const references = `${headerValue(payload.headers, "In-Reply-To") ?? ""} ${
      headerValue(payload.headers, "References") ?? ""
    }`;
    const known = (references.match(/<[^<>\s]+>/g) ?? []).map((one) => this.#threadByMessageId.get(one));
    const threadId = known.find((one) => one !== undefined) ?? id;
    if (ownId !== undefined) this.#threadByMessageId.set(ownId, threadId);
    const message: MailMessage = {
      id,
      threadId,
      labelIds: this.#labelsOf(payload.headers),
      snippet: makeSnippet(text),
      historyId: String(Math.floor(internalDate / 1000)),
      internalDate,
      sizeEstimate: raw.length,
      payload,
      raw,
    };
    this.#addedById.set(id, this.#added.push(message) - 1);
    this.#order = undefined;
    return message;
  }

  #labelsOf(headers: MailMessage["payload"]["headers"]): string[] {
    const takeout = headers.filter(({ name }) => name.toLowerCase() === "x-gmail-labels").map(({ value }) => value);
    if (takeout.length > 0) return this.labels.idsOfTakeout(takeout.join(","));
    const from = parseAddressList(headerValue(headers, "From") ?? "");
    return from.some(({ address }) => address.toLowerCase() === this.owner) ? ["SENT"] : ["INBOX"];
  }

  /** Gives a message other labels. */
  relabel(id: string, labelIds: readonly string[]): void {
    this.#relabelled.set(id, [...labelIds]);
  }

  /** Removes a message for good; false when there is none. */
  delete(id: string): boolean {
    if (this.get(id) === undefined) return false;
    this.#deleted.add(id);
    return true;
  }

  /** How many messages there are. */
  get count(): number {
    return (this.#planner?.count ?? 0) + this.#added.length - this.#deleted.size;
  }
}
