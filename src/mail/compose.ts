/** Writes messages: RFC 5322 and MIME bytes that any reader takes. */
import { encodeBase64 } from "./base64.ts";
import { concatBytes } from "./bytes.ts";
import { addressHeader, foldedHeader, mimeParameter } from "./compose_header.ts";
import type { MailAddress } from "./addresses.ts";
import { formatMailDate } from "./mail_date.ts";

export interface ComposeAttachment {
  filename: string;
  mimeType: string;
  content: Uint8Array;
}

export interface ComposeParams {
  from: MailAddress | string;
  to: (MailAddress | string)[];
  cc?: (MailAddress | string)[];
  subject: string;
  /** ms since 1970 */
  date: number;
  /** With or without angle brackets. */
  messageId: string;
  /** Plain text; or text and HTML, sent as multipart/alternative. Any line ends. */
  body: string | { text: string; html: string };
  attachments?: ComposeAttachment[];
  /** Further headers in order, e.g. List-Id; not ASCII is encoded. */
  headers?: { name: string; value: string }[];
  /** A Message-ID, with or without angle brackets; References is set to it as well. */
  inReplyTo?: string;
}

interface Part {
  headers: string[];
  body: Uint8Array;
}

/**
 * CRLF throughout, ASCII only. The same parameters give the same bytes: boundaries are made from the Message-ID. Text that is ASCII
 * in short lines goes as 7bit, other text as quoted-printable, or as base64 when most of it would be escaped.
 */
export function composeMessage(params: ComposeParams): Uint8Array {
  const { cc = [], attachments = [], headers = [] } = params;
  const boundary = (level: number) => `=_${hash(params.messageId)}_${level}`;
  const text = bodyPart(params.body, boundary(0));
  const whole = attachments.length === 0
    ? text
    : multipart("mixed", boundary(1), [text, ...attachments.map(attachmentPart)]);
  const lines = [
    addressHeader("From", [params.from]),
    addressHeader("To", params.to),
    ...(cc.length > 0 ? [addressHeader("Cc", cc)] : []),
    foldedHeader("Subject", params.subject),
    `Date: ${formatMailDate(params.date)}`,
    `Message-ID: ${angled(params.messageId)}`,
    ...(params.inReplyTo === undefined
      ? []
      : [`In-Reply-To: ${angled(params.inReplyTo)}`, `References: ${angled(params.inReplyTo)}`]),
    ...headers.map(({ name, value }) => foldedHeader(name, value)),
    "MIME-Version: 1.0",
    ...whole.headers,
  ];
  return concatBytes([ascii(`${lines.join("\r\n")}\r\n\r\n`), whole.body]);
}

function bodyPart(body: ComposeParams["body"], boundary: string): Part {
  if (typeof body === "string") return textPart("plain", body);
  return multipart("alternative", boundary, [textPart("plain", body.text), textPart("html", body.html)]);
}

function textPart(subtype: string, body: string): Part {
  const text = body.replace(/\r\n?|\n/g, "\r\n").replace(/(?<!\n)$/, "\r\n");
  const isAscii = /^[\t\r\n\x20-\x7e]*$/.test(text);
  const type = `Content-Type: text/${subtype}; charset=${isAscii ? "us-ascii" : "utf-8"}`;
  // "From " at a line start is escaped by mbox writers on the way; quoted-printable hides it.
  if (isAscii && !/[^\r\n]{77}|^From |[ \t]\r\n/m.test(text)) {
    return { headers: [type, "Content-Transfer-Encoding: 7bit"], body: ascii(text) };
  }
  const bytes = new TextEncoder().encode(text);
  const quoted = quotedPrintable(bytes);
  if (quoted.length <= bytes.length * 1.7) {
    return { headers: [type, "Content-Transfer-Encoding: quoted-printable"], body: ascii(quoted) };
  }
  return { headers: [type, "Content-Transfer-Encoding: base64"], body: ascii(base64Lines(bytes)) };
}

function attachmentPart({ filename, mimeType, content }: ComposeAttachment): Part {
  const headers = [
    `Content-Type: ${mimeType};\r\n ${mimeParameter("name", filename)}`,
    `Content-Disposition: attachment;\r\n ${mimeParameter("filename", filename)}`,
    "Content-Transfer-Encoding: base64",
  ];
  return { headers, body: ascii(base64Lines(content)) };
}

function multipart(subtype: string, boundary: string, parts: Part[]): Part {
  const chunks = parts.flatMap(({ headers, body }) => [
    ascii(`--${boundary}\r\n${headers.join("\r\n")}\r\n\r\n`),
    body,
    ascii("\r\n"),
  ]);
  const headers = [`Content-Type: multipart/${subtype}; boundary="${boundary}"`];
  return { headers, body: concatBytes([...chunks, ascii(`--${boundary}--\r\n`)]) };
}

function base64Lines(bytes: Uint8Array): string {
  return encodeBase64(bytes).replace(/.{76}/g, "$&\r\n").replace(/(?<!\n)$/, "\r\n");
}

/** Of text with CRLF line ends; no line is longer than 76 characters. */
function quotedPrintable(bytes: Uint8Array): string {
  const lines: string[] = [];
  let line = "";
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 13 && bytes[at + 1] === 10) {
      lines.push(line);
      line = "";
      at++;
      continue;
    }
    const atLineEnd = bytes[at + 1] === 13 || at + 1 === bytes.length;
    const startsFrom = line === "" && byte === 70 && bytes[at + 1] === 114 && bytes[at + 2] === 111;
    const plain = byte >= 33 && byte <= 126 && byte !== 61 && !startsFrom ||
      ((byte === 32 || byte === 9) && !atLineEnd);
    const piece = plain ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    if (line.length + piece.length > 75) {
      lines.push(`${line}=`);
      line = "";
    }
    line += piece;
  }
  if (line !== "") lines.push(line);
  return lines.map((text) => `${text}\r\n`).join("");
}

function angled(id: string): string {
  return `<${id.replace(/[<>\s]/g, "")}>`;
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** FNV-1a, 32 bits: enough for boundaries that differ from message to message. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return (value >>> 0).toString(16).padStart(8, "0");
}
