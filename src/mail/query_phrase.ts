/** Phrases and nearness in lines of words (`tokenLine`: every word between two spaces). */

/** @param phrase a `tokenLine`; "" is in no line */
export function linesHoldPhrase(lines: readonly string[], phrase: string): boolean {
  return phrase !== "" && lines.some((line) => line.includes(phrase));
}

export interface Nearness {
  /** Both `tokenLine`s. */
  left: string;
  right: string;
  /** How many words apart at most; neighbours are 1 apart. */
  distance: number;
  /** True when `left` must come first. */
  ordered: boolean;
}

export function linesHoldNear(lines: readonly string[], near: Nearness): boolean {
  if (near.left === "" || near.right === "") return false;
  return lines.some((line) => lineHoldsNear(line, near));
}

function lineHoldsNear(line: string, { left, right, distance, ordered }: Nearness): boolean {
  const words = line.trim().split(" ");
  const lefts = spans(words, left);
  const rights = spans(words, right);
  return lefts.some((a) =>
    rights.some((b) => {
      const after = b.first - a.last;
      const before = a.first - b.last;
      return (after >= 1 && after <= distance) || (!ordered && before >= 1 && before <= distance);
    })
  );
}

/** Where a phrase stands, as indexes of its first and last word. */
function spans(words: readonly string[], phrase: string): { first: number; last: number }[] {
  const wanted = phrase.trim().split(" ");
  const found: { first: number; last: number }[] = [];
  for (let first = 0; first + wanted.length <= words.length; first++) {
    if (wanted.every((word, offset) => words[first + offset] === word)) {
      found.push({ first, last: first + wanted.length - 1 });
    }
  }
  return found;
}
