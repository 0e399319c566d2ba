/** RFC 5322 address lists, as they are really written. */
import { decodeWords } from "./encoded_words.ts";

export interface MailAddress {
  /** The display name, decoded, or "" */
  name: string;
  /** "" when the entry holds none */
  address: string;
}

interface Entry {
  /** Everything outside quotes' marks, comments and angle brackets. */
  phrase: string;
  /** The same with the quotes still on, for `"john doe"@example.com`. */
  bare: string;
  comment: string;
  angle: string | undefined;
}

/**
 * Reads From, To and the like, from the raw or the decoded header value. Group names are dropped and their members kept; a comment serves
 * as the name where there is no other (`bob@example.com (Bob)`); an entry without an address keeps its name. Never throws.
 */
export function parseAddressList(value: string): MailAddress[] {
  const found: MailAddress[] = [];
  let entry = emptyEntry();
  const finish = () => {
    const address = toAddress(entry);
    if (address !== undefined) found.push(address);
    entry = emptyEntry();
  };
  let at = 0;
  let unclosed = 0;
  while (at < value.length) {
    const char = value.charAt(at);
    const opens = char in CLOSING;
    const end = opens && unclosed < MAX_UNCLOSED ? closingOf(value, at) : undefined;
    if (opens && end === undefined) unclosed++;
    if (end !== undefined) {
      const inner = value.slice(at + 1, end);
      if (char === '"') {
        entry.phrase += inner.replace(/\\(.)/gs, "$1");
        entry.bare += value.slice(at, end + 1);
      } else if (char === "(") entry.comment += ` ${inner.replace(/\\(.)/gs, "$1")}`;
      else if (char === "<") entry.angle = inner;
      else {
        entry.phrase += value.slice(at, end + 1);
        entry.bare += value.slice(at, end + 1);
      }
      at = end + 1;
      continue;
    }
    if (char === "," || char === ";") finish();
    else if (char === ":") entry = emptyEntry();
    else {
      entry.phrase += char;
      entry.bare += char;
    }
    at++;
  }
  finish();
  return found;
}

const CLOSING: Readonly<Record<string, string>> = { '"': '"', "(": ")", "<": ">", "[": "]" };

/** After so many quotes and brackets without an end, the rest are ordinary characters: a megabyte of them must not be read a million times. */
const MAX_UNCLOSED = 50;

function emptyEntry(): Entry {
  return { phrase: "", bare: "", comment: "", angle: undefined };
}

/** Where the quote, comment, angle or domain literal that opens at `at` closes; undefined when none opens there or it never closes. */
function closingOf(value: string, at: number): number | undefined {
  const open = value.charAt(at);
  const close = CLOSING[open];
  let depth = 0;
  for (let end = at + 1; end < value.length; end++) {
    const char = value.charAt(end);
    if (char === "\\" && open !== "<") end++;
    else if (char === close) {
      if (depth === 0) return end;
      depth--;
    } else if (char === open && open === "(") depth++;
  }
  return undefined;
}

function toAddress({ phrase, bare, comment, angle }: Entry): MailAddress | undefined {
  const named = tidy(phrase);
  const remark = tidy(comment);
  if (angle !== undefined) {
    // A source route (`@a,@b:user@c`) says how it travelled, not where to.
    const address = angle.replace(/^\s*@[^:]*:/, "").trim();
    return named === "" && remark === "" && address === "" ? undefined : { name: named || remark, address };
  }
  const address = bare.trim();
  if (/^(?:"(?:[^"\\]|\\.)*"|[^\s"@]+)@\S+$/.test(address)) return { name: remark, address };
  // `Bob bob@example.com`, or an angle that never closed.
  const loose = /(?:^|[\s<])([^\s<>"@]{1,200}@[^\s<>"@]{1,255})\s*$/.exec(address);
  if (loose?.[1] !== undefined) {
    return { name: tidy(address.slice(0, loose.index)).replaceAll('"', "") || remark, address: loose[1] };
  }
  return named === "" ? undefined : { name: named, address: "" };
}

function tidy(text: string): string {
  return decodeWords(text).replace(/\s+/g, " ").trim();
}
