/** RFC 2045 content transfer encodings. */
import { decodeBase64 } from "./base64.ts";

/** Bodies in an encoding that is not known are given as they are. */
export function decodeTransfer(body: Uint8Array, encoding: string | undefined): Uint8Array {
  const name = (encoding ?? "").trim().toLowerCase();
  if (name === "base64") return decodeBase64(body);
  if (name === "quoted-printable") return decodeQuotedPrintable(body);
  return body;
}

const EQUALS = 61;
const LF = 10;
const CR = 13;

/** A `=` that starts neither a hex pair nor a line end stays; white space at line ends, which transport adds, goes. */
export function decodeQuotedPrintable(body: Uint8Array): Uint8Array {
  const out = new Uint8Array(body.length);
  let length = 0;
  /** Output up to here must not be trimmed: it was encoded, or is not white space. */
  let solid = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at] ?? 0;
    if (byte === EQUALS) {
      const high = hexDigit(body[at + 1]);
      const low = hexDigit(body[at + 2]);
      if (high >= 0 && low >= 0) {
        out[length++] = high * 16 + low;
        solid = length;
        at += 2;
        continue;
      }
      const softEnd = softBreakEnd(body, at + 1);
      if (softEnd !== undefined) {
        at = softEnd - 1;
        solid = length;
        continue;
      }
    }
    if (byte === LF || (byte === CR && body[at + 1] === LF)) length = solid;
    out[length++] = byte;
    if (byte !== 32 && byte !== 9) solid = length;
  }
  return out.slice(0, length);
}

/** After a `=`: the offset behind the line end it joins, white space before that line end allowed. */
function softBreakEnd(body: Uint8Array, from: number): number | undefined {
  let at = from;
  while (body[at] === 32 || body[at] === 9) at++;
  if (at >= body.length) return at;
  if (body[at] === CR && body[at + 1] === LF) return at + 2;
  return body[at] === LF ? at + 1 : undefined;
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 48 && byte <= 57) return byte - 48;
  if (byte >= 65 && byte <= 70) return byte - 55;
  if (byte >= 97 && byte <= 102) return byte - 87;
  return -1;
}
