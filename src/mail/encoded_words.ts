/** RFC 2047: `=?utf-8?Q?caf=C3=A9?=` in header values. */
import { decodeBase64Text } from "./base64.ts";
import { concatBytes } from "./bytes.ts";
import { decodeCharset } from "./charset.ts";

interface Piece {
  charset: string;
  bytes: Uint8Array;
}

/** Spaces and question marks inside the encoded text are against the rule and common. */
const ENCODED = /=\?([^?\s=]{1,60})\?([bq])\?([^?\r\n]*(?:\?(?!=)[^?\r\n]*){0,8})\?=/gi;
/** What a display name may not hold unquoted. */
const SPECIALS = /[()<>@,;:\\"[\]]/;

/**
 * The value with its encoded words read. White space between two of them goes; neighbours in one character set are joined as bytes first,
 * because mailers cut characters in two.
 *
 * @param quoteNames for address headers: a decoded name such as `Doe, John` is put in quotes, so that the value still parses; Gmail does so
 */
export function decodeWords(value: string, { quoteNames = false }: { quoteNames?: boolean } = {}): string {
  if (!value.includes("=?")) return value;
  let out = "";
  let at = 0;
  let run: Piece[] = [];
  const flush = () => {
    if (run.length > 0) out += quoteNames ? quoted(decodeRun(run), out) : decodeRun(run);
    run = [];
  };
  for (const match of value.matchAll(ENCODED)) {
    const [whole, charset = "", encoding = "", text = ""] = match;
    const between = value.slice(at, match.index);
    if (run.length === 0 || /\S/.test(between)) {
      flush();
      out += between;
    }
    const bytes = encoding.toLowerCase() === "b" ? decodeBase64Text(text) : decodeQ(text);
    run.push({ charset: charset.toLowerCase(), bytes });
    at = match.index + whole.length;
  }
  flush();
  return out + value.slice(at);
}

function decodeRun(run: readonly Piece[]): string {
  let text = "";
  for (let at = 0; at < run.length;) {
    const { charset } = run[at] ?? { charset: "" };
    const first = at;
    while (run[at]?.charset === charset) at++;
    text += decodeCharset(concatBytes(run.slice(first, at).map(({ bytes }) => bytes)), charset);
  }
  return text;
}

function quoted(text: string, before: string): string {
  const insideQuotes = (before.replace(/\\./g, "").match(/"/g)?.length ?? 0) % 2 === 1;
  const escaped = text.replace(/["\\]/g, "\\$&");
  if (insideQuotes) return escaped;
  return SPECIALS.test(text) ? `"${escaped}"` : text;
}

function decodeQ(text: string): Uint8Array {
  const bytes: number[] = [];
  // Not ASCII here is against the rule; its UTF-8 bytes are as good a reading as any.
  const input = new TextEncoder().encode(text);
  for (let at = 0; at < input.length; at++) {
    const byte = input[at] ?? 0;
    const hex = byte === 61 ? /^[0-9a-f]{2}/i.exec(String.fromCharCode(input[at + 1] ?? 0, input[at + 2] ?? 0)) : null;
    if (hex !== null) {
      bytes.push(parseInt(hex[0], 16));
      at += 2;
    } else bytes.push(byte === 95 ? 32 : byte);
  }
  return Uint8Array.from(bytes);
}
