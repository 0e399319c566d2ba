/** What one `operator:value` of a query means. */
import type { QueryNode } from "./query.ts";
import { parseQueryAge, parseQueryDate, parseQuerySize } from "./query_date.ts";
import { hasWord, labelQueryForm } from "./query_terms.ts";

/** Values of `in:`, and of `is:` and `label:` where those name a place, with the name the parsed query uses. */
const PLACES: ReadonlyMap<string, string> = new Map([
  ...["anywhere", "inbox", "sent", "spam", "trash", "snoozed", "archive"].map((name): [string, string] => [name, name]),
  ...[["draft", "drafts"], ["drafts", "drafts"], ["chat", "chats"], ["chats", "chats"]] as [string, string][],
]);
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
export type OperatorMeaning = { node: QueryNode } | { problem: string };

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
      return node === undefined ? { problem: "is not a state: unread, read, starred, important, …" } : { node };
    }
    case "has":
      if (!CONTENTS.has(word)) return { problem: "is nothing that has: knows: attachment, userlabels, drive, …" };
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
      if (date === undefined) return { problem: "is not a date: YYYY/MM/DD, MM/DD/YYYY or seconds since 1970" };
      return { node: { kind: "date", bound: name === "after" || name === "newer" ? "after" : "before", date } };
    }
    case "newer_than":
    case "older_than": {
      const age = parseQueryAge(word);
      if (age === undefined) return { problem: "is not an age: a number with d, m or y" };
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
