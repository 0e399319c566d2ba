/** Byte arrays, where Uint8Array itself stops. */

export function concatBytes(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** A line of a text in bytes, by offsets. */
export interface ByteLine {
  start: number;
  /** Before the line end (LF or CRLF). */
  end: number;
  /** Where the next line starts. */
  next: number;
}

export function* byteLines(bytes: Uint8Array): Generator<ByteLine> {
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(10, start);
    const next = newline === -1 ? bytes.length : newline + 1;
    let end = newline === -1 ? bytes.length : newline;
    if (end > start && bytes[end - 1] === 13) end--;
    yield { start, end, next };
    start = next;
  }
}

export function startsWithBytes(bytes: Uint8Array, at: number, prefix: Uint8Array): boolean {
  if (at + prefix.length > bytes.length) return false;
  for (let offset = 0; offset < prefix.length; offset++) {
    if (bytes[at + offset] !== prefix[offset]) return false;
  }
  return true;
}
