import { Buffer } from "node:buffer";
import { composeMessage } from "../mail/compose.ts";
import { parseHeaders } from "../mail/headers.ts";
import type { MailMessage, MessageHeader, MessagePart } from "../mail/message.ts";
import { parseMessage } from "../mail/mime.ts";
import { makeSnippet } from "../mail/snippet.ts";
import { Dice } from "./dice.ts";
import type { Correspondent, MailPlan, PlannedAttachment } from "./mail_plan.ts";
import { writeBody } from "./mail_wording.ts";

/**
 * A generated message that is written out only as far as somebody looks: labels and date come with the plan, headers and body are made
 * from it in microseconds, the MIME message itself only for `raw` and for the parsed whole.
 */

/** Header names (lower case) that `GeneratedMessage.payload` holds in full without composing the message. */
export const PLANNED_HEADERS: ReadonlySet<string> = new Set([
  "delivered-to",
  "from",
  "to",
  "cc",
  "bcc",
  "subject",
  "date",
  "message-id",
  "in-reply-to",
  "list-id",
]);

function addressText({ name, address }: Correspondent): string {
  return name === "" ? address : `${name} <${address}>`;
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** RFC 5322 date in UTC. */
function dateText(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${WEEKDAYS[date.getUTCDay()]}, ${two(date.getUTCDate())} ${
    MONTHS[date.getUTCMonth()]
  } ${date.getUTCFullYear()} ` +
    `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}

function plannedHeaders(plan: MailPlan, owner: string): MessageHeader[] {
  const headers: MessageHeader[] = [
    { name: "From", value: addressText(plan.from) },
    { name: "To", value: plan.to.map(addressText).join(", ") },
  ];
  if (plan.cc.length > 0) headers.push({ name: "Cc", value: plan.cc.map(addressText).join(", ") });
  headers.push(
    { name: "Subject", value: plan.subject },
    { name: "Date", value: dateText(plan.date) },
    { name: "Message-ID", value: `<${plan.messageId}>` },
  );
  if (plan.inReplyTo !== undefined) headers.push({ name: "In-Reply-To", value: `<${plan.inReplyTo}>` });
  return [...headers, ...furtherHeaders(plan, owner)];
}

function furtherHeaders(plan: MailPlan, owner: string): MessageHeader[] {
  const delivered = plan.from.address === owner ? [] : [{ name: "Delivered-To", value: owner }];
  return plan.listId === undefined ? delivered : [...delivered, { name: "List-Id", value: plan.listId }];
}

/** The bytes of a planned attachment: plausible first bytes, then seeded noise or lines. */
function attachmentContent(plan: MailPlan, number: number): Uint8Array {
  const { mimeType, size } = plan.attachments[number]!;
  const dice = new Dice(plan.contentSeed, "attachment", number);
  if (mimeType.startsWith("text/")) {
    const opening = mimeType === "text/calendar" ? `BEGIN:VCALENDAR\r\nSUMMARY:${plan.subject}\r\n` : "item,amount\r\n";
    let text = opening;
    while (text.length < size) text += `line ${dice.between(0, 10_000)},${dice.between(0, 100_000)}\r\n`;
    return new TextEncoder().encode(text.slice(0, size));
  }
  const words = Uint32Array.from({ length: Math.ceil(size / 4) }, () => dice.between(0, 2 ** 32));
  const bytes = new Uint8Array(words.buffer, 0, size);
  bytes.set(new TextEncoder().encode(mimeType === "application/pdf" ? "%PDF-1.4\n" : "PK\u0003\u0004"));
  return bytes;
}

function bodyOf(plan: MailPlan): string {
  const greeting = plan.to.length === 1 ? plan.to[0]!.name.split(" ")[0]! : "all";
  return writeBody({ kind: plan.kind, greeting, signature: plan.from.name }, new Dice(plan.contentSeed, "body"));
}

function htmlOf(text: string): string {
  const paragraphs = text.trim().split("\n\n").map((block) => `<p>${block.replaceAll("\n", "<br>")}</p>`);
  return `<!doctype html><html><body>${paragraphs.join("")}</body></html>\n`;
}

/** A leaf part whose data is encoded when first read. */
class TextLeaf implements MessagePart {
  readonly headers: MessageHeader[] = [];
  readonly filename = "";
  readonly #text: string;

  constructor(readonly partId: string, readonly mimeType: string, text: string) {
    this.#text = text;
  }

  get body(): { size: number; data: string } {
    const bytes = Buffer.from(this.#text, "utf8");
    return { size: bytes.length, data: bytes.toString("base64url") };
  }
}

function attachmentLeaf(partId: string, attachment: PlannedAttachment): MessagePart {
  const { filename, mimeType, size } = attachment;
  const headers = [{ name: "Content-Disposition", value: `attachment; filename="${filename}"` }];
  return { partId, mimeType, filename, headers, body: { size, attachmentId: partId } };
}

/** Payload made from a plan: the same headers, text and attachment names as the composed message has. */
class PlannedPayload implements MessagePart {
  readonly partId = "";
  readonly filename = "";
  readonly mimeType: string;
  readonly #message: GeneratedMessage;
  #headers: MessageHeader[] | undefined;
  #parts: MessagePart[] | undefined;

  constructor(message: GeneratedMessage) {
    this.#message = message;
    const { plan } = message;
    this.mimeType = plan.attachments.length > 0
      ? "multipart/mixed"
      : plan.kind === "newsletter"
      ? "multipart/alternative"
      : "text/plain";
  }

  get headers(): MessageHeader[] {
    return this.#headers ??= plannedHeaders(this.#message.plan, this.#message.owner);
  }

  get body(): { size: number; data?: string } {
    if (this.mimeType !== "text/plain") return { size: 0 };
    return new TextLeaf("", "text/plain", this.#message.text).body;
  }

  get parts(): MessagePart[] {
    return this.#parts ??= this.#makeParts();
  }

  #makeParts(): MessagePart[] {
    const { plan, text } = this.#message;
    if (this.mimeType === "text/plain") return [];
    const leaf = new TextLeaf("0", "text/plain", text);
    if (this.mimeType === "multipart/alternative") return [leaf, new TextLeaf("1", "text/html", htmlOf(text))];
    return [leaf, ...plan.attachments.map((attachment, number) => attachmentLeaf(String(number + 1), attachment))];
  }
}

export interface GeneratedMessageParams {
  plan: MailPlan;
  /** Primary address of the mailbox. */
  owner: string;
  id: string;
  threadId: string;
  /** Those of the plan, or what they were changed to. */
  labelIds: string[];
}

export class GeneratedMessage implements MailMessage {
  readonly plan: MailPlan;
  readonly owner: string;
  readonly id: string;
  readonly threadId: string;
  readonly labelIds: string[];
  readonly internalDate: number;
  readonly payload: MessagePart;
  #text: string | undefined;
  #raw: Uint8Array | undefined;

  constructor(params: GeneratedMessageParams) {
    this.plan = params.plan;
    this.owner = params.owner;
    this.id = params.id;
    this.threadId = params.threadId;
    this.labelIds = params.labelIds;
    this.internalDate = params.plan.date;
    this.payload = new PlannedPayload(this);
  }

  get text(): string {
    return this.#text ??= bodyOf(this.plan);
  }

  get snippet(): string {
    return makeSnippet(this.text);
  }

  get historyId(): string {
    return String(Math.floor(this.internalDate / 1000));
  }

  /** An estimate from the plan, as the name says; within a tenth or 300 bytes of the composed message. */
  get sizeEstimate(): number {
    const headers = this.payload.headers.reduce((sum, { name, value }) => sum + name.length + value.length + 4, 0);
    const files = this.plan.attachments.reduce((sum, { size }) => sum + Math.ceil(size * 1.37) + 220, 0);
    const text = this.plan.kind === "newsletter" ? this.text.length * 2 + 400 : this.text.length;
    return headers + files + text + 120;
  }

  get raw(): Uint8Array {
    return this.#raw ??= this.#compose();
  }

  /** All headers of the composed message. */
  wholeHeaders(): MessageHeader[] {
    return parseHeaders(this.raw);
  }

  /** The payload as it is parsed from the composed message. */
  wholePayload(): MessagePart {
    return parseMessage(this.raw).payload;
  }

  #compose(): Uint8Array {
    const { plan, text } = this;
    return composeMessage({
      from: plan.from,
      to: plan.to,
      ...(plan.cc.length === 0 ? {} : { cc: plan.cc }),
      subject: plan.subject,
      date: plan.date,
      messageId: plan.messageId,
      body: plan.kind === "newsletter" ? { text, html: htmlOf(text) } : text,
      attachments: plan.attachments.map(({ filename, mimeType }, number) => (
        { filename, mimeType, content: attachmentContent(plan, number) }
      )),
      headers: furtherHeaders(plan, this.owner),
      ...(plan.inReplyTo === undefined ? {} : { inReplyTo: plan.inReplyTo }),
    });
  }
}
