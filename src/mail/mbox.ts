/** mbox files: messages one after another, each after a `From ` line. */
import { type ByteLine, byteLines, concatBytes, startsWithBytes } from "./bytes.ts";

const FROM = new TextEncoder().encode("From ");
const GREATER = 62;

/**
 * The messages of an mbox, byte for byte but for the `>` before a quoted `From `, of which one goes (mboxrd; mboxo files have only one), and the empty
 * line that ends each message. Content-Length headers are not believed: they are wrong as soon as anything touched the file. A `From ` line
 * starts a message when an empty line is before it and it looks like an envelope (a time and a year, or headers follow), so a
 * sentence that starts with "From" stays in its message. Bytes without any such line are one message.
 */
export function* splitMbox(bytes: Uint8Array): Generator<Uint8Array> {
  let start: number | undefined;
  let end = 0;
  let quoted: ByteLine[] = [];
  let afterEmpty = true;
  for (const line of byteLines(bytes)) {
    if (afterEmpty && isSeparator(bytes, line)) {
      if (start !== undefined) yield message(bytes, { start, end: beforeEmptyLine(bytes, start, end), quoted });
      start = line.next;
      quoted = [];
      // Two separators in a row: the first had an empty message, which its own empty body ends.
      afterEmpty = false;
    } else {
      afterEmpty = line.end === line.start;
      if (start === undefined && !afterEmpty) start = line.start;
      if (isQuotedFrom(bytes, line)) quoted.push(line);
    }
    end = line.next;
  }
  if (start !== undefined) yield message(bytes, { start, end: beforeEmptyLine(bytes, start, end), quoted });
}

/** One message as an mboxrd entry, with its `From ` line and the empty line at its end. */
export function formatMboxEntry(params: { raw: Uint8Array; sender: string; date: number }): Uint8Array {
  const sender = params.sender.replace(/\s/g, "") || "-";
  const encode = (text: string) => new TextEncoder().encode(text);
  const chunks: Uint8Array[] = [encode(`From ${sender} ${asctime(params.date)}\n`)];
  for (const line of byteLines(params.raw)) {
    if (startsWithBytes(params.raw, line.start, FROM) || isQuotedFrom(params.raw, line)) chunks.push(encode(">"));
    chunks.push(params.raw.subarray(line.start, line.next));
  }
  if (params.raw.at(-1) !== 10) chunks.push(encode("\n"));
  chunks.push(encode("\n"));
  return concatBytes(chunks);
}

function message(
  bytes: Uint8Array,
  { start, end, quoted }: { start: number; end: number; quoted: ByteLine[] },
): Uint8Array {
  const chunks: Uint8Array[] = [];
  let at = start;
  for (const line of quoted) {
    chunks.push(bytes.subarray(at, line.start));
    at = line.start + 1;
  }
  chunks.push(bytes.subarray(at, end));
  return concatBytes(chunks);
}

/** The end of a message without the one empty line that the format puts after it. */
function beforeEmptyLine(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[end - 1] !== 10) return end;
  const line = bytes[end - 2] === 13 ? end - 2 : end - 1;
  return line > start && bytes[line - 1] === 10 ? line : end;
}

function isQuotedFrom(bytes: Uint8Array, { start, end }: ByteLine): boolean {
  let at = start;
  while (at < end && bytes[at] === GREATER) at++;
  return at > start && startsWithBytes(bytes, at, FROM);
}

function isSeparator(bytes: Uint8Array, { start, end, next }: ByteLine): boolean {
  if (!startsWithBytes(bytes, start, FROM)) return false;
  const text = asciiText(bytes.subarray(start, Math.min(end, start + 400)));
  if (/\s\d{1,2}:\d{2}(?::\d{2})?\b.*\b\d{4}\b/.test(text)) return true;
  return /^From \S+\s*$/.test(text) && /^[!-9;-~]+:/.test(asciiText(bytes.subarray(next, next + 100)));
}

function asciiText(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** "Tue May  5 08:00:00 2026", in UTC */
function asctime(ms: number): string {
  const [weekday = "", day = "", month = "", year = "", clock = ""] = new Date(ms).toUTCString().replace(",", "").split(
    " ",
  );
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${clock} ${year}`;
}
