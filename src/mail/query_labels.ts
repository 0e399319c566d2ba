/** Gmail's own labels by the names the q language has for them. */

/** Values of `in:` → label id. */
export const PLACE_LABELS: ReadonlyMap<string, string> = new Map([
  ["inbox", "INBOX"],
  ["sent", "SENT"],
  ["spam", "SPAM"],
  ["trash", "TRASH"],
  ["drafts", "DRAFT"],
  ["chats", "CHAT"],
  ["snoozed", "SNOOZED"],
]);

/** Values of `label:` that name a system label other than a place or a state. */
export const SYSTEM_LABELS: ReadonlyMap<string, string> = new Map(
  ["personal", "social", "promotions", "updates", "forums"].flatMap((name): [string, string][] => {
    const id = `CATEGORY_${name.toUpperCase()}`;
    return [[id.toLowerCase(), id], [id.toLowerCase().replace("_", "-"), id]];
  }),
);

const SYSTEM_IDS: ReadonlySet<string> = new Set([
  ...["INBOX", "SENT", "SPAM", "TRASH", "DRAFT", "CHAT", "SNOOZED", "UNREAD", "STARRED", "IMPORTANT", "MUTED"],
]);

/** True for a label that a person made: neither a system label, a category nor a star. */
export function isUserLabel(id: string): boolean {
  return !SYSTEM_IDS.has(id) && !/^CATEGORY_|^[A-Z]+_(?:STAR|BANG|GUILLEMET|CHECK|INFO|QUESTION)$/.test(id);
}
