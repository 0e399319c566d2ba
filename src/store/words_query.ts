import { TaskerError } from "../core/errors.ts";

/** Scripts that put no blanks between words. */
const UNSPACED = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/gu;

/** Text as it is indexed: in scripts without blanks each character is a word, so that a part of a sentence is found as a phrase. */
export function indexedText(text: string): string {
  return text.replace(UNSPACED, " $& ");
}

/**
 * What people write to find rows, as FTS5 wants it: all words must be there, in any order; `"several words"` stand together;
 * `gran*` is a beginning; `-word` must not be there; `OR` parts alternatives. Throws USAGE when nothing is looked for.
 */
export function wordsQuery(words: string): string {
  const alternatives: { all: string[]; none: string[] }[] = [{ all: [], none: [] }];
  for (const [, minus, phrase, word] of words.matchAll(/(-?)(?:"([^"]*)(?:"|$)|([^\s"]+))/g)) {
    if (word === "OR" && minus === "") alternatives.push({ all: [], none: [] });
    else {
      const term = termOf(phrase ?? word!);
      if (term !== undefined) alternatives.at(-1)![minus === "" ? "all" : "none"].push(term);
    }
  }
  if (alternatives.some(({ all }) => all.length === 0)) {
    throw new TaskerError("USAGE", `--grep ${JSON.stringify(words)} names no word that is to be found`, {
      hint: `write words (all must be there), "words together", begin*, -without or one OR another`,
    });
  }
  return alternatives.map(({ all, none }) => {
    const found = `(${all.join(" AND ")})`;
    return none.length === 0 ? found : `(${found} NOT (${none.join(" OR ")}))`;
  }).join(" OR ");
}

function termOf(text: string): string | undefined {
  if (!/[\p{L}\p{N}]/u.test(text)) return undefined;
  const phrase = `"${indexedText(text).replaceAll('"', "")}"`;
  return text.endsWith("*") ? `${phrase} *` : phrase;
}
