/** Header lines for a message being written: encoded, folded, never more than one line's worth of meaning. */
import type { MailAddress } from "./addresses.ts";
import { encodeBase64 } from "./base64.ts";

/** RFC 5322 asks for lines of at most 78 characters. */
const LINE = 78;
/** Bytes of text in one encoded word, whose whole length RFC 2047 limits to 75. */
const WORD_BYTES = 42;

/** A line end in a value would let it add headers of its own. */
function oneLine(value: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what is taken out
  return value.replace(/[\x00-\x1f\x7f]+/g, " ").trim();
}

export function foldedHeader(name: string, value: string): string {
  return fold(`${name}:`, encodeText(oneLine(value)).split(" "));
}

export function addressHeader(name: string, addresses: readonly (MailAddress | string)[]): string {
  const entries = addresses.map(formatAddress);
  return fold(
    `${name}:`,
    entries.flatMap((entry, index) => `${entry}${index < entries.length - 1 ? "," : ""}`.split(" ")),
  );
}

/** `name="value"`, or the RFC 2231 form when the value is not ASCII. */
export function mimeParameter(name: string, value: string): string {
  const text = oneLine(value);
  if (/^[\x20-\x7e]*$/.test(text)) return `${name}="${text.replace(/["\\]/g, "\\$&")}"`;
  const encoded = encodeURIComponent(text.toWellFormed()).replace(/['()*!]/g, percent);
  const pieces = encoded.match(/(?:%[0-9A-F]{2}|[^%]){1,18}/g) ?? [];
  if (pieces.length === 1) return `${name}*=utf-8''${encoded}`;
  return pieces.map((piece, index) => `${name}*${index}*=${index === 0 ? "utf-8''" : ""}${piece}`).join(";\r\n ");
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
}

function formatAddress(entry: MailAddress | string): string {
  if (typeof entry === "string") return oneLine(entry);
  const name = oneLine(entry.name);
  const address = oneLine(entry.address).replace(/[<>\s]/g, "");
  if (name === "") return address;
  if (!/^[\x20-\x7e]*$/.test(name)) return `${encodedWords(name)} <${address}>`;
  const plain = /^[\w!#$%&'*+\-/=?^`{|}~ ]+$/.test(name) && !name.includes("=?");
  return `${plain ? name : `"${name.replace(/["\\]/g, "\\$&")}"`} <${address}>`;
}

function encodeText(text: string): string {
  // What only looks like an encoded word must be encoded itself, or it would be read as one.
  const plain = /^[\x20-\x7e]*$/.test(text) && !text.includes("=?") &&
    text.split(" ").every((word) => word.length < LINE);
  return plain ? text : encodedWords(text);
}

/** Whole characters in each word, all of them base64. */
function encodedWords(text: string): string {
  const words: string[] = [];
  let bytes: number[] = [];
  const finish = () => {
    words.push(`=?utf-8?B?${encodeBase64(Uint8Array.from(bytes))}?=`);
    bytes = [];
  };
  for (const char of text) {
    const own = new TextEncoder().encode(char);
    if (bytes.length + own.length > WORD_BYTES) finish();
    bytes.push(...own);
  }
  if (bytes.length > 0) finish();
  return words.join(" ");
}

/** Breaks before words, so that every space of the value survives unfolding. */
function fold(name: string, words: readonly string[]): string {
  const lines: string[] = [];
  let line = name;
  for (const word of words) {
    // A line of white space alone would end the header for some readers.
    if (word !== "" && line !== name && line.trim() !== "" && line.length + 1 + word.length > LINE) {
      lines.push(line);
      line = "";
    }
    line += ` ${word}`;
  }
  return [...lines, line].join("\r\n");
}
