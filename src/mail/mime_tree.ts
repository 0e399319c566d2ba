/** Reads a message into the tree of its MIME parts. */
import { byteLines, startsWithBytes } from "./bytes.ts";
import { headerValue, readHeaderBlock } from "./headers.ts";
import type { MessageHeader } from "./message.ts";
import { parseParameters } from "./parameters.ts";
import { decodeTransfer } from "./transfer_encoding.ts";

export interface MimeNode {
  headers: MessageHeader[];
  /** Lower case, "text/plain" where nothing valid is declared. */
  mimeType: string;
  charset: string | undefined;
  filename: string;
  /** "inline", "attachment", … or "" */
  disposition: string;
  /** Decoded body; empty for a multipart. */
  content: Uint8Array;
  /** Parts of a multipart; the one message inside a message/rfc822. */
  children: MimeNode[];
}

/** Deeper parts are kept as leaves: no honest message comes near it, and a hostile one must not exhaust the stack. */
const MAX_DEPTH = 30;
/** Of one multipart; the rest of its body is then the last part. */
const MAX_PARTS = 1000;

/** Never throws: what cannot be read as declared is a text/plain leaf with all of the body. */
export function readMimeTree(raw: Uint8Array): MimeNode {
  return readPart(raw, "text/plain", 0);
}

function readPart(bytes: Uint8Array, defaultType: string, depth: number): MimeNode {
  const { headers, bodyStart } = readHeaderBlock(bytes);
  const body = bytes.subarray(bodyStart);
  const type = parseParameters(headerValue(headers, "content-type") ?? "");
  const disposition = parseParameters(headerValue(headers, "content-disposition") ?? "");
  const declared = /^[\w.+-]+\/[\w.+*-]+$/.test(type.value) ? type.value : defaultType;
  const node: MimeNode = {
    headers,
    mimeType: declared,
    charset: type.parameters.get("charset"),
    filename: disposition.parameters.get("filename") ?? type.parameters.get("name") ?? "",
    disposition: disposition.value,
    content: new Uint8Array(0),
    children: [],
  };
  const encoding = headerValue(headers, "content-transfer-encoding");
  if (declared.startsWith("multipart/")) {
    const parts = depth < MAX_DEPTH ? splitParts(body, type.parameters.get("boundary")) : [];
    if (parts.length > 0) {
      const childType = declared === "multipart/digest" ? "message/rfc822" : "text/plain";
      node.children = parts.map((part) => readPart(part, childType, depth + 1));
      return node;
    }
    node.mimeType = "text/plain";
  }
  node.content = decodeTransfer(body, encoding);
  if (isNestedMessage(declared) && depth < MAX_DEPTH && node.content.length > 0) {
    node.children = [readPart(node.content, "text/plain", depth + 1)];
  }
  return node;
}

function isNestedMessage(mimeType: string): boolean {
  return mimeType === "message/rfc822" || mimeType === "message/global" || mimeType === "message/news";
}

/** The bytes between the boundary lines; a missing last boundary ends the last part with the body. */
function splitParts(body: Uint8Array, boundary = ""): Uint8Array[] {
  if (boundary === "") return [];
  const marker = new TextEncoder().encode(`--${boundary}`);
  const parts: Uint8Array[] = [];
  let start: number | undefined;
  let previousEnd = 0;
  for (const line of byteLines(body)) {
    const kind = startsWithBytes(body, line.start, marker)
      ? boundaryKind(body.subarray(line.start + marker.length, line.end))
      : undefined;
    if (kind !== undefined) {
      // The line end before a boundary belongs to the boundary. Two boundaries in a row hold no part.
      if (start !== undefined && line.start > start) parts.push(body.subarray(start, Math.max(start, previousEnd)));
      start = kind === "next" ? line.next : undefined;
      if (kind === "last" || parts.length >= MAX_PARTS - 1) break;
    }
    previousEnd = line.end;
  }
  if (start !== undefined) parts.push(body.subarray(start));
  return parts;
}

function boundaryKind(rest: Uint8Array): "next" | "last" | undefined {
  const last = rest[0] === 45 && rest[1] === 45;
  const blank = rest.subarray(last ? 2 : 0).every((byte) => byte === 32 || byte === 9);
  if (!blank) return undefined;
  return last ? "last" : "next";
}
