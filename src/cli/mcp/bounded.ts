import { jsonText } from "../output/json.ts";

/** Characters of JSON that one answer holds: a model reads all of it. */
export const LONGEST_ANSWER = 40_000;

/** A value, or the beginning of its JSON when that is longer than `most` characters. */
export function bounded(value: unknown, most: number): unknown {
  const json = jsonText(value) as string | undefined;
  if (json === undefined || json.length <= most) return value;
  return { beginning: json.slice(0, most), characters: json.length };
}

/** A page of what fits into one answer: the items, each bounded, and the place after which the next page begins. */
export interface Page<ITEM, PLACE> {
  readonly items: readonly ITEM[];
  readonly next: PLACE | null;
}

/** Takes items, each with its place, until `limit` are there or the answer is full; the first one always fits. */
export function page<ITEM, PLACE>(
  all: Iterable<{ readonly item: ITEM; readonly place: PLACE }>,
  limit: number,
): Page<unknown, PLACE> {
  const items: unknown[] = [];
  let last: PLACE | null = null;
  let length = 0;
  for (const { item, place } of all) {
    if (items.length >= limit) return { items, next: last };
    const shown = bounded(item, LONGEST_ANSWER / 4);
    length += jsonText(shown).length;
    if (items.length > 0 && length > LONGEST_ANSWER) return { items, next: last };
    items.push(shown);
    last = place;
  }
  return { items, next: null };
}
