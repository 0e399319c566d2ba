/** Gmail's message ids: 16 hex digits, the first 11 of which tell the millisecond. */

const TIME_DIGITS = 11;
const SUFFIX_MASK = 0xfffff;

/**
 * The id of a mailbox's message. Within one mailbox ids differ for up to 2²⁰ messages: the suffix is the index times an odd number, so
 * it repeats only after all others have been used.
 */
export function messageId(date: number, mailboxSalt: number, index: number): string {
  const suffix = (Math.imul(index, 0x9e3b1) + mailboxSalt) & SUFFIX_MASK;
  return Math.max(0, date).toString(16).padStart(TIME_DIGITS, "0") + suffix.toString(16).padStart(5, "0");
}

/** The millisecond an id tells; undefined when it is no id. */
export function messageTime(id: string): number | undefined {
  return /^[0-9a-f]{16}$/.test(id) ? Number.parseInt(id.slice(0, TIME_DIGITS), 16) : undefined;
}
