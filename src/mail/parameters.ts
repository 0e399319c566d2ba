/** `Content-Type` and `Content-Disposition` values: the value proper and its parameters (RFC 2045, RFC 2231). */
import { concatBytes } from "./bytes.ts";
import { decodeCharset } from "./charset.ts";
import { decodeWords } from "./encoded_words.ts";

export interface ParameterisedValue {
  /** Lower case, without comments: "text/plain", "attachment". */
  value: string;
  /** Lower-case names; continuations joined, percent-encoding and encoded words read. */
  parameters: Map<string, string>;
}

/** `name=value`, quoted or up to the next semicolon (names with spaces are often left unquoted). */
const PARAMETER = /;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/gs;

interface Segment {
  index: number;
  encoded: boolean;
  text: string;
}

export function parseParameters(header: string): ParameterisedValue {
  const semicolon = header.indexOf(";");
  const head = semicolon === -1 ? header : header.slice(0, semicolon);
  const value = head.replace(/\([^()]*\)/g, "").trim().toLowerCase();
  const parameters = new Map<string, string>();
  const segmented = new Map<string, Segment[]>();
  for (
    const [, rawName = "", quoted, bare = ""] of (semicolon === -1 ? "" : header.slice(semicolon)).matchAll(PARAMETER)
  ) {
    const text = quoted === undefined ? bare.trim() : quoted.replace(/\\(.)/gs, "$1");
    const split = /^([^*]+)(?:\*(\d{1,4}))?(\*)?$/.exec(rawName.toLowerCase());
    const name = split?.[1] ?? rawName.toLowerCase();
    if (split?.[2] === undefined && split?.[3] === undefined) {
      if (!parameters.has(name)) parameters.set(name, decodeWords(text));
      continue;
    }
    const segments = segmented.get(name) ?? [];
    segments.push({ index: Number(split[2] ?? 0), encoded: split[3] !== undefined, text });
    segmented.set(name, segments);
  }
  // The RFC 2231 form wins over a plain one, which is written beside it for old readers.
  for (const [name, segments] of segmented) parameters.set(name, joinSegments(segments));
  return { value, parameters };
}

function joinSegments(segments: Segment[]): string {
  segments.sort((a, b) => a.index - b.index);
  const [first] = segments;
  const marked = first?.encoded === true ? /^([^']*)'[^']*'(.*)$/s.exec(first.text) : null;
  const chunks = segments.map(({ encoded, text }, place) => {
    const own = place === 0 && marked !== null ? marked[2] ?? "" : text;
    return encoded ? percentBytes(own) : new TextEncoder().encode(own);
  });
  return decodeCharset(concatBytes(chunks), marked?.[1]);
}

function percentBytes(text: string): Uint8Array {
  const bytes: number[] = [];
  const input = new TextEncoder().encode(text);
  for (let at = 0; at < input.length; at++) {
    const byte = input[at] ?? 0;
    const hex = byte === 37 ? /^[0-9a-f]{2}/i.exec(String.fromCharCode(input[at + 1] ?? 0, input[at + 2] ?? 0)) : null;
    if (hex !== null) at += 2;
    bytes.push(hex === null ? byte : parseInt(hex[0], 16));
  }
  return Uint8Array.from(bytes);
}
