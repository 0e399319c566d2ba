/** A raw message as Gmail's API would show it. */
import { encodeBase64Url } from "./base64.ts";
import { decodeCharset } from "./charset.ts";
import { headerValue } from "./headers.ts";
import { parseMailDate } from "./mail_date.ts";
import type { MessagePart } from "./message.ts";
import { listAttachments, type ListedAttachment } from "./mime_attachments.ts";
import { searchableText } from "./mime_text.ts";
import { type MimeNode, readMimeTree } from "./mime_tree.ts";

export type ParsedAttachment = ListedAttachment;

export interface ParsedMessage {
  /** Gmail's tree: partId "" for the root, "0", "0.1" below; text inline as UTF-8, everything else behind an attachmentId. */
  payload: MessagePart;
  /** The text of the body, HTML without its markup. */
  text: string;
  attachments: ParsedAttachment[];
  /** The Date header, or the newest Received header's date, in ms since 1970. */
  date: number | undefined;
}

/** Reads any bytes; never throws. */
export function parseMessage(raw: Uint8Array): ParsedMessage {
  const tree = readMimeTree(raw);
  const payload = toPayload(tree, "");
  return { payload, text: searchableText(payload), attachments: listAttachments(payload), date: messageDate(tree) };
}

/** The decoded bytes behind a part's `body.attachmentId`, for `attachments.get`. */
export function attachmentBytes(raw: Uint8Array, attachmentId: string): Uint8Array | undefined {
  return findContent(readMimeTree(raw), "", attachmentId);
}

/** An attachment with its bytes, decoded. */
export interface AttachmentBytes {
  filename: string;
  mimeType: string;
  bytes: Uint8Array;
}

/** What `listAttachments` lists, with the bytes; never throws. */
export function attachmentsOf(raw: Uint8Array): AttachmentBytes[] {
  const found: AttachmentBytes[] = [];
  const collect = (node: MimeNode) => {
    const { filename, mimeType, content, children } = node;
    const isMultipart = children.length > 0 && content.length === 0;
    if (!isMultipart && isAttachment(node) && (content.length > 0 || filename !== "")) {
      found.push({ filename, mimeType, bytes: content });
    }
    children.forEach(collect);
  };
  collect(readMimeTree(raw));
  return found;
}

/** Gmail's ids are long and opaque; these are opaque and the same at every reading. */
function attachmentIdOf(partId: string): string {
  return encodeBase64Url(new TextEncoder().encode(`attachment:${partId}`)).replaceAll("=", "");
}

function childId(partId: string, index: number): string {
  return partId === "" ? String(index) : `${partId}.${index}`;
}

function toPayload(node: MimeNode, partId: string): MessagePart {
  const { mimeType, filename, headers, children } = node;
  const part: MessagePart = { partId, mimeType, filename, headers, body: bodyOf(node, partId) };
  if (children.length > 0) part.parts = children.map((child, index) => toPayload(child, childId(partId, index)));
  return part;
}

function bodyOf(node: MimeNode, partId: string): MessagePart["body"] {
  const { content, mimeType, charset } = node;
  if (content.length === 0 && node.filename === "") return { size: 0 };
  if (isAttachment(node)) return { attachmentId: attachmentIdOf(partId), size: content.length };
  // Gmail gives text as UTF-8 whatever the message's own character set; HTML may name its set itself.
  const text = decodeCharset(content, charset ?? (mimeType === "text/html" ? htmlCharset(content) : undefined));
  const data = new TextEncoder().encode(text);
  return { size: data.length, data: encodeBase64Url(data) };
}

function isAttachment({ mimeType, filename, disposition }: MimeNode): boolean {
  return filename !== "" || disposition === "attachment" || !mimeType.startsWith("text/");
}

function htmlCharset(content: Uint8Array): string | undefined {
  const head = new TextDecoder("latin1").decode(content.subarray(0, 1024));
  return /<meta[^>]{0,200}charset\s*=\s*["']?([\w.:-]+)/i.exec(head)?.[1];
}

function findContent(node: MimeNode, partId: string, attachmentId: string): Uint8Array | undefined {
  if (attachmentIdOf(partId) === attachmentId) return isAttachment(node) ? node.content : undefined;
  for (const [index, child] of node.children.entries()) {
    const found = findContent(child, childId(partId, index), attachmentId);
    if (found !== undefined) return found;
  }
  return undefined;
}

function messageDate({ headers }: MimeNode): number | undefined {
  const dated = parseMailDate(headerValue(headers, "date") ?? "");
  // A Received header ends with "; date"; the first one is the newest.
  return dated ?? parseMailDate(headerValue(headers, "received")?.split(";").at(-1) ?? "");
}
