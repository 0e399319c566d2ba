/** RFC 5322 header blocks: bytes to names and values. */
import { startsWithBytes } from "./bytes.ts";
import { decodeUndeclared } from "./charset.ts";
import { decodeWords } from "./encoded_words.ts";
import type { MessageHeader } from "./message.ts";

export { type MailAddress, parseAddressList } from "./addresses.ts";

const FROM = new TextEncoder().encode("From ");
const LF = 10;
const CR = 13;
const COLON = 58;
const ADDRESS_HEADER = /^(?:(?:resent-)?(?:from|to|cc|bcc|sender|reply-to)|delivered-to|return-path|x-original-to)$/i;

/** A header block, and where in the bytes the body starts. */
export interface HeaderBlock {
  headers: MessageHeader[];
  bodyStart: number;
}

/**
 * Reads the headers at the start of a message or part. Folded lines are joined (the line end goes, the white space stays, as in Gmail),
 * encoded words are read, 8-bit bytes are UTF-8 or else windows-1252. A line that is neither a header nor a continuation (an mbox
 * `From ` line, a name without a colon) is passed over; when no empty line ends the block, the body starts at the first such line.
 */
export function readHeaderBlock(bytes: Uint8Array): HeaderBlock {
  const headers: MessageHeader[] = [];
  let firstOddLine: number | undefined;
  /** Where the header being collected starts; -1 when the line before was passed over. */
  let start = -1;
  let end = 0;
  const finish = () => {
    if (start >= 0) headers.push(readHeader(bytes.subarray(start, end)));
    start = -1;
  };
  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(LF, at);
    const next = newline === -1 ? bytes.length : newline + 1;
    let lineEnd = newline === -1 ? bytes.length : newline;
    if (lineEnd > at && bytes[lineEnd - 1] === CR) lineEnd--;
    if (lineEnd === at) {
      finish();
      // Not one header before the empty line: that was the first paragraph of a text.
      return { headers, bodyStart: headers.length === 0 ? firstOddLine ?? next : next };
    }
    const first = bytes[at];
    if (first === 32 || first === 9) {
      if (start >= 0) end = lineEnd;
    } else {
      finish();
      if (isHeaderLine(bytes, at, lineEnd)) {
        start = at;
        end = lineEnd;
      } else if (at > 0 || !isEnvelope(bytes)) firstOddLine ??= at;
    }
    at = next;
  }
  finish();
  return { headers, bodyStart: firstOddLine ?? bytes.length };
}

/** The headers of a block; see `readHeaderBlock`. */
export function parseHeaders(head: Uint8Array): MessageHeader[] {
  return readHeaderBlock(head).headers;
}

/** The first header of that name, whatever its case. */
export function headerValue(headers: readonly MessageHeader[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  return headers.find((header) => header.name.toLowerCase() === wanted)?.value;
}

/** A header's value with its encoded words read; what has been read already stays as it is. */
export function readableHeader({ name, value }: MessageHeader): MessageHeader {
  return { name, value: decodeWords(value, { quoteNames: ADDRESS_HEADER.test(name) }) };
}

/** The `From ` line of an mbox, which some keep at the top of a message. */
function isEnvelope(bytes: Uint8Array): boolean {
  return startsWithBytes(bytes, bytes[0] === 62 ? 1 : 0, FROM);
}

/** A name of printable ASCII and a colon. */
function isHeaderLine(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  for (; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === COLON || byte < 33 || byte > 126) break;
  }
  if (at === start) return false;
  while (bytes[at] === 32 || bytes[at] === 9) at++;
  return at < end && bytes[at] === COLON;
}

function readHeader(bytes: Uint8Array): MessageHeader {
  const colon = bytes.indexOf(COLON);
  const name = decodeUndeclared(bytes.subarray(0, colon)).trim();
  const value = decodeUndeclared(bytes.subarray(colon + 1)).replace(/\r?\n/g, "").trim();
  return readableHeader({ name, value });
}
