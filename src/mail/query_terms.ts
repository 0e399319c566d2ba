/**
 * What counts as a word when a query is compared with a message.
 *
 * Text is folded (NFKD, Latin, Greek and Cyrillic accents dropped, lower case), so `resume` finds "Résumé" and `strasse` finds
 * "Straße". A word is a run of letters and digits. Scripts written without spaces have no such runs to go by: there every
 * character is a word of its own, which makes a query for several of them a search for that sequence.
 * There is no stemming: `invoice` does not find "invoices". (Gmail stems a little, and `+word` switches that off.)
 */

const ACCENTS = /[\u0300-\u036f]/g;
const UNSPACED = "[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}ー]";
const WORDS = new RegExp(`${UNSPACED}\\p{M}*|(?:(?!${UNSPACED})[\\p{L}\\p{N}\\p{M}])+`, "gu");

/** Folds case, compatibility forms and accents away. */
export function foldText(text: string): string {
  return text.normalize("NFKD").replace(ACCENTS, "").normalize("NFC").toLowerCase().replaceAll("ß", "ss");
}

/** The words of a text in order, folded. */
export function textTokens(text: string): string[] {
  return foldText(text).match(WORDS) ?? [];
}

/** True when the text holds at least one word, so that a query term made of it can be looked for at all. */
export function hasWord(text: string): boolean {
  return textTokens(text).length > 0;
}

/**
 * A text as one line of words with a space on both sides of each, so that a phrase is a substring: " see you at ten ".
 * Empty for a text without words.
 */
export function tokenLine(text: string): string {
  const tokens = textTokens(text);
  return tokens.length === 0 ? "" : ` ${tokens.join(" ")} `;
}

/** A label's name as the q language writes it: "Work/Big Deals (EU)" → "work-big-deals--eu-". */
export function labelQueryForm(name: string): string {
  return name.trim().toLowerCase().replace(/[\s&()"|{}/]/g, "-");
}

/** What an address operator's value says of an address: all of it, or how it ends. Undefined when it is words. */
export function soughtAddress(value: string): { is: string } | { endsWith: string } | undefined {
  const whole = /^(?:.*<)?([^\s<>"@,]+@[^\s<>"@,]+)>?$/.exec(value)?.[1];
  if (whole !== undefined) return { is: whole.toLowerCase() };
  return /^@[^\s@]+$/.test(value) ? { endsWith: value.toLowerCase() } : undefined;
}
