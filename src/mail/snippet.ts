/** The preview line of a message. */

const LENGTH = 200;

/** Characters that take no room, with which newsletters pad their previews. */
const INVISIBLE = /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/**
 * The first 200 characters or so of a text in one line, cut between words where there are any, HTML-escaped like `snippet` of the Gmail API
 * (`&` `<` `>` `"` and `'` as `&#39;`).
 */
export function makeSnippet(text: string): string {
  // More than a preview can use, however much white space is in it.
  const line = text.slice(0, 20_000).toWellFormed().replace(INVISIBLE, "").replace(/\s+/g, " ").trim();
  return escapeHtml(shorten(line));
}

function shorten(line: string): string {
  const chars = [...line.slice(0, LENGTH * 2 + 2)];
  if (chars.length <= LENGTH) return line;
  const cut = chars.slice(0, LENGTH + 1).join("");
  const space = cut.lastIndexOf(" ");
  return space > LENGTH / 2 ? cut.slice(0, space) : chars.slice(0, LENGTH).join("");
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? char);
}
