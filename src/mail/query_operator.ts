/** What one `operator:value` of a query means. */
import { nearest } from "../core/did_you_mean.ts";
import type { QueryNode } from "./query.ts";
import { parseQueryAge, parseQueryDate, parseQuerySize } from "./query_date.ts";
import { OPERATORS } from "./query_lexer.ts";
import { hasWord, labelQueryForm } from "./query_terms.ts";

/** Values of `in:`, and of `is:` and `label:` where those name a place, with the name the parsed query uses. */
const PLACES: ReadonlyMap<string, string> = new Map([
  ...["anywhere", "inbox", "sent", "spam", "trash", "snoozed", "archive"].map((name): [string, string] => [name, name]),
  ...[["draft", "drafts"], ["drafts", "drafts"], ["chat", "chats"], ["chats", "chats"]] as [string, string][],
]);
export const PLACE_NAMES: readonly string[] = [...PLACES.keys()];
const NO_LABELS: ReadonlySet<string> = new Set(["archive", "anywhere", "muted"]);
const STATES: ReadonlySet<string> = new Set(["unread", "read", "starred", "important", "muted"]);
const CONTENTS: ReadonlySet<string> = new Set([
  ...["attachment", "userlabels", "nouserlabels", "drive", "document", "spreadsheet", "presentation", "youtube"],
  ...["yellow-star", "orange-star", "red-star", "purple-star", "blue-star", "green-star"],
  ...["red-bang", "orange-guillemet", "yellow-bang", "green-check", "blue-info", "purple-question"],
]);
const CATEGORIES: ReadonlySet<string> = new Set([
  ...["primary", "social", "promotions", "updates", "forums", "reservations", "purchases"],
]);

/** The condition, or why the value gives none. */
export type OperatorMeaning = { node: QueryNode } | { problem: string; hint?: string };

/** What other programs, and people, call the operators. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  sender: "from:",
  recipient: "to:",
  recipients: "to:",
  title: "subject:",
  since: "after:",
  until: "before:",
  date: "after: and before:",
  received: "after: and before:",
  sent: "after: and before:",
  msgid: "rfc822msgid:",
  messageid: "rfc822msgid:",
  "message-id": "rfc822msgid:",
  attachment: "has:attachment or filename:",
  hasattachment: "has:attachment",
  hasattachments: "has:attachment",
  folder: "in: or label:",
  tag: "label:",
  body: "the word alone; no operator looks at the body only",
  text: "the word alone; no operator looks at the body only",
};

/** What to write instead of an operator that there is none of. */
export function unknownOperator(name: string): string {
  const lower = name.toLowerCase();
  const meant = Object.hasOwn(OTHER_NAMES, lower) ? OTHER_NAMES[lower] : undefined;
  const near = nearest(lower, [...OPERATORS]);
  if (meant !== undefined) return `write ${meant}`;
  return near === undefined ? "put it in quotes if words are what you mean" : `did you mean ${near}:?`;
}

/** The hint for a value that is none of the known ones, when one of them is near. */
function nearHint(name: string, word: string, known: Iterable<string>): { hint?: string } {
  const near = nearest(word, [...known]);
  return near === undefined ? {} : { hint: `did you mean ${name}:${near}?` };
}

/** @param name lower case, one of OPERATORS */
export function operatorMeaning(name: string, value: string): OperatorMeaning {
  const word = value.trim().toLowerCase();
  switch (name) {
    case "from":
    case "to":
    case "cc":
    case "bcc":
    case "subject":
    case "filename":
    case "list":
    case "deliveredto":
      if (!hasWord(value)) return { problem: "holds no word to look for" };
      return { node: { kind: "text", field: name, text: value } };
    case "rfc822msgid": {
      const id = value.trim().replace(/^</, "").replace(/>$/, "");
      return id === "" ? { problem: "is not a Message-ID" } : { node: { kind: "messageId", id } };
    }
    case "in":
    case "label": {
      // People have labels of these names; Gmail has none.
      const node = name === "label" && NO_LABELS.has(word) ? undefined : placeOrState(word);
      return { node: node ?? { kind: "label", name: labelQueryForm(value) } };
    }
    case "is": {
      const node = placeOrState(word);
      if (node !== undefined) return { node };
      const problem = "is not a state: unread, read, starred, important, …";
      return { problem, ...nearHint(name, word, [...STATES, ...PLACES.keys()]) };
    }
    case "has":
      if (!CONTENTS.has(word)) {
        const problem = "is nothing that has: knows: attachment, userlabels, drive, …";
        return { problem, ...nearHint(name, word, CONTENTS) };
      }
      return { node: { kind: "has", what: word } };
    case "category":
      if (!CATEGORIES.has(word)) return { problem: `is not a category: ${[...CATEGORIES].join(", ")}` };
      return { node: { kind: "category", name: word } };
    case "larger":
    case "size":
    case "smaller": {
      const bytes = parseQuerySize(word);
      if (bytes === undefined) return { problem: "is not a size: bytes, or a number with K or M" };
      return { node: { kind: "size", bound: name === "smaller" ? "smaller" : "larger", bytes } };
    }
    case "after":
    case "newer":
    case "before":
    case "older": {
      const date = parseQueryDate(word);
      if (date === undefined) {
        const problem = "is not a date: YYYY/MM/DD, MM/DD/YYYY or seconds since 1970";
        if (/^\d{13}$/.test(word)) return { problem, hint: `in seconds it is ${name}:${word.slice(0, -3)}` };
        return parseQueryAge(word) === undefined
          ? { problem }
          : { problem, hint: `did you mean ${name === "after" || name === "newer" ? "newer" : "older"}_than:${word}?` };
      }
      return { node: { kind: "date", bound: name === "after" || name === "newer" ? "after" : "before", date } };
    }
    case "newer_than":
    case "older_than": {
      const age = parseQueryAge(word);
      if (age === undefined) {
        const problem = "is not an age: a number with d, m or y";
        const weeks = /^(\d{1,3})w$/.exec(word)?.[1];
        return weeks === undefined ? { problem } : { problem, hint: `write ${name}:${Number(weeks) * 7}d` };
      }
      return { node: { kind: "age", bound: name === "newer_than" ? "newer" : "older", ...age } };
    }
    default:
      return { problem: "belongs to no operator" };
  }
}

function placeOrState(word: string): QueryNode | undefined {
  const place = PLACES.get(word);
  if (place !== undefined) return { kind: "in", place };
  return STATES.has(word) ? { kind: "is", state: word } : undefined;
}
