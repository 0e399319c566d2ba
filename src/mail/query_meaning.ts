/** What a query means, in plain words. */
import type { Query, QueryNode, QueryTerm, TextField } from "./query.ts";
import { agoMs, localTime, queryDateMs } from "./query_date.ts";
import { soughtAddress, textTokens } from "./query_terms.ts";

/** A condition in words, or several with the words that join them: `all of`, `one of`, `none of`, `not all of`. */
export interface QueryMeaning {
  /** The condition as a query writes it; null for what joins others. */
  text: string | null;
  meaning: string;
  parts: QueryMeaning[];
}

/** Where and when a query is asked: ms since 1970, and the IANA zone whose days it means. */
export interface QueryHere {
  now: number;
  zone: string;
}

export function explainQuery({ root, terms }: Query, here: QueryHere): QueryMeaning {
  const places = new Map(terms.map((term) => [term.node, termText(term)]));
  const explain = (node: QueryNode): QueryMeaning => {
    switch (node.kind) {
      case "all":
        return { text: "", meaning: "every message", parts: [] };
      case "and":
        return { text: null, meaning: "all of", parts: node.nodes.map(explain) };
      case "or":
        return { text: null, meaning: "one of", parts: node.nodes.map(explain) };
      case "not": {
        const { text, meaning, parts } = explain(node.node);
        if (text !== null) return { text: `-${text}`, meaning: `not: ${meaning}`, parts };
        if (meaning === "one of") return { text, meaning: "none of", parts };
        return { text, meaning: `not ${meaning}`, parts };
      }
      default:
        return { text: places.get(node) ?? "", meaning: meaningOf(node, here), parts: [] };
    }
  };
  return explain(root);
}

/** A condition as it would be written by itself. */
export function termText({ operator, value }: QueryTerm): string {
  return operator === undefined ? value : `${operator}:${value}`;
}

type Condition = Exclude<QueryNode, { kind: "all" | "and" | "or" | "not" }>;

function meaningOf(node: Condition, here: QueryHere): string {
  switch (node.kind) {
    case "text":
      return textMeaning(node.field, node.text);
    case "near": {
      const words = `${quoted(node.left)} and ${quoted(node.right)}`;
      const order = node.ordered ? ", in this order" : "";
      return `${HOLDERS[node.field]} has ${words} at most ${node.distance} words apart${order}`;
    }
    case "in":
      return PLACES[node.place] ?? `it is in ${node.place}`;
    case "is":
      return `it is ${node.state}`;
    case "has":
      return CONTENTS[node.what] ?? `it is marked with the ${node.what}`;
    case "label":
      return `it has the label ${node.name}`;
    case "category":
      return `it is in the category ${node.name}`;
    case "date":
      return `it came ${node.bound === "before" ? "before" : "at or after"} ${
        moment(queryDateMs(node.date, here.zone), here)
      }`;
    case "age": {
      const units = { h: "hour", d: "day", m: "month", y: "year" };
      const ago = `${node.amount} ${units[node.unit]}${node.amount === 1 ? "" : "s"} ago`;
      const at = agoMs(here.now, node.amount, node.unit, here.zone);
      return `it came ${node.bound === "older" ? "before" : "at or after"} ${moment(at, here)}, which is ${ago}`;
    }
    case "size":
      return `it is ${node.bound} than ${node.bytes.toLocaleString("en-US")} bytes`;
    case "messageId":
      return `its Message-ID is <${node.id}>`;
  }
}

/** `2026-05-01 00:00:00 Europe/Berlin (second 1777586400)`. */
function moment(ms: number, { zone }: QueryHere): string {
  return `${localTime(ms, zone)} ${zone} (second ${Math.floor(ms / 1000)})`;
}

const HOLDERS: Readonly<Record<TextField, string>> = {
  any: "the message",
  from: "the sender's name or address",
  to: "a recipient's name or address (to, cc or bcc)",
  cc: "a cc recipient's name or address",
  bcc: "a bcc recipient's name or address",
  deliveredto: "an address it was delivered to",
  subject: "the subject",
  filename: "an attachment's name",
  list: "the mailing list's name or address",
};

const ADDRESSES: Readonly<Partial<Record<TextField, string>>> = {
  from: "the sender's address",
  to: "a recipient's address (to, cc or bcc)",
  cc: "a cc recipient's address",
  bcc: "a bcc recipient's address",
  deliveredto: "an address it was delivered to",
};

function textMeaning(field: TextField, text: string): string {
  const address = ADDRESSES[field];
  if (address !== undefined) {
    if (text.toLowerCase() === "me") return `${address} is that of the mailbox`;
    const sought = soughtAddress(text);
    if (sought !== undefined) {
      return "is" in sought ? `${address} is ${sought.is}` : `${address} ends with ${sought.endsWith}`;
    }
  }
  return `${HOLDERS[field]} has the ${textTokens(text).length > 1 ? "phrase" : "word"} ${quoted(text)}`;
}

/** A text to look for, without the marks around it that do not count. */
function quoted(text: string): string {
  return JSON.stringify(text.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}\p{M}]+$/gu, ""));
}

const PLACES: Readonly<Record<string, string>> = {
  anywhere: "it is anywhere, spam and trash too",
  inbox: "it is in the inbox",
  sent: "it was sent from the mailbox",
  spam: "it is in spam",
  trash: "it is in the trash",
  drafts: "it is a draft",
  chats: "it is a chat message",
  snoozed: "it is snoozed",
  archive: "it is archived: neither in the inbox, spam or trash, nor sent or a draft",
};

const CONTENTS: Readonly<Record<string, string>> = {
  attachment: "it has an attachment",
  userlabels: "it has a label that a person made",
  nouserlabels: "it has no label that a person made",
  drive: "it links to a file in Google Drive",
  document: "it links to a Google document",
  spreadsheet: "it links to a Google spreadsheet",
  presentation: "it links to a Google presentation",
  youtube: "it links to a YouTube video",
};
