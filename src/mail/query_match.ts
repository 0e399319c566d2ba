/** Decides whether a message answers a query. */
import type { MailMessage, MessagePart } from "./message.ts";
import { listAttachments } from "./mime_attachments.ts";
import { bodySources } from "./mime_text.ts";
import type { Query, QueryNode, TextField } from "./query.ts";
import { agoMs, GMAIL_ZONE, queryDateMs } from "./query_date.ts";
import { SearchFields } from "./query_fields.ts";
import { isUserLabel, PLACE_LABELS, SYSTEM_LABELS } from "./query_labels.ts";
import { linesHoldNear, linesHoldPhrase } from "./query_phrase.ts";
import { soughtAddress, tokenLine } from "./query_terms.ts";

export interface MatchContext {
  /** ms since 1970: what `older_than:` and `newer_than:` count from. */
  now: number;
  /** IANA zone whose midnight a date means; America/Los_Angeles when left out, as in Gmail's API. */
  zone?: string;
  /** Label name in q-form (`labelQueryForm` of query_terms.ts) → label id. */
  labels: Map<string, string>;
  /** The mailbox's own address, for `from:me` and `to:me`. */
  ownAddress?: string;
}

type Matcher = (message: MailMessage) => boolean;

/**
 * A predicate for one mailbox. It judges single messages, as the API does (the web interface judges threads), and leaves nothing out
 * by itself: hiding spam and trash is the caller's part (`mentionsSpamOrTrash`).
 */
export function compileMatcher(query: Query, context: MatchContext): Matcher {
  return compile(query.root, context);
}

/** Payloads do not change, so a mailbox searched often is cut into words once. */
const fieldsOf = new WeakMap<MessagePart, SearchFields>();

function searchFields({ payload }: MailMessage): SearchFields {
  let fields = fieldsOf.get(payload);
  if (fields === undefined) fieldsOf.set(payload, fields = new SearchFields(payload));
  return fields;
}

function compile(node: QueryNode, context: MatchContext): Matcher {
  const zone = context.zone ?? GMAIL_ZONE;
  switch (node.kind) {
    case "all":
      return () => true;
    case "and": {
      const matchers = node.nodes.map((child) => compile(child, context));
      return (message) => matchers.every((matches) => matches(message));
    }
    case "or": {
      const matchers = node.nodes.map((child) => compile(child, context));
      return (message) => matchers.some((matches) => matches(message));
    }
    case "not": {
      const matches = compile(node.node, context);
      return (message) => !matches(message);
    }
    case "text":
      return textMatcher(node.field, node.text, context);
    case "near": {
      const { field, distance, ordered } = node;
      const near = { left: tokenLine(node.left), right: tokenLine(node.right), distance, ordered };
      return (message) => linesHoldNear(searchFields(message).lines(field), near);
    }
    case "messageId": {
      const id = node.id.toLowerCase();
      return (message) => searchFields(message).messageIds().includes(id);
    }
    case "in":
      return placeMatcher(node.place);
    case "is":
      return stateMatcher(node.state);
    case "has":
      return contentMatcher(node.what);
    case "label": {
      const id = SYSTEM_LABELS.get(node.name) ?? context.labels.get(node.name);
      return (message) => id !== undefined && message.labelIds.includes(id);
    }
    case "category": {
      const id = node.name === "primary" ? "CATEGORY_PERSONAL" : `CATEGORY_${node.name.toUpperCase()}`;
      return (message) => message.labelIds.includes(id);
    }
    case "date": {
      const limit = queryDateMs(node.date, zone);
      return node.bound === "before"
        ? (message) => message.internalDate < limit
        : (message) => message.internalDate >= limit;
    }
    case "age": {
      const limit = agoMs(context.now, node.amount, node.unit, zone);
      return node.bound === "older"
        ? (message) => message.internalDate < limit
        : (message) => message.internalDate >= limit;
    }
    case "size": {
      const { bytes } = node;
      return node.bound === "larger"
        ? (message) => message.sizeEstimate > bytes
        : (message) => message.sizeEstimate < bytes;
    }
  }
}

function textMatcher(field: TextField, text: string, context: MatchContext): Matcher {
  if (field === "from" || field === "to" || field === "cc" || field === "bcc" || field === "deliveredto") {
    const isMe = text.toLowerCase() === "me" && context.ownAddress !== undefined;
    const sought = isMe ? { is: context.ownAddress!.toLowerCase() } : soughtAddress(text);
    if (sought !== undefined) {
      const isSought = "is" in sought
        ? (address: string) => address === sought.is
        : (address: string) => address.endsWith(sought.endsWith);
      return (message) => searchFields(message).addresses(field).some(({ address }) => isSought(address));
    }
  }
  const phrase = tokenLine(text);
  return (message) => linesHoldPhrase(searchFields(message).lines(field), phrase);
}

function placeMatcher(place: string): Matcher {
  if (place === "anywhere") return () => true;
  if (place === "archive") {
    const elsewhere = ["INBOX", "SENT", "DRAFT", "SPAM", "TRASH", "CHAT"];
    return ({ labelIds }) => !labelIds.some((id) => elsewhere.includes(id));
  }
  const label = PLACE_LABELS.get(place);
  return ({ labelIds }) => label !== undefined && labelIds.includes(label);
}

function stateMatcher(state: string): Matcher {
  if (state === "read") return ({ labelIds }) => !labelIds.includes("UNREAD");
  const label = state.toUpperCase();
  return ({ labelIds }) => labelIds.includes(label);
}

/** Drive and YouTube content is told by its links: what Google puts in a message for it. */
const LINKS: Readonly<Record<string, RegExp>> = {
  drive: /\b(?:drive|docs)\.google\.com\//i,
  document: /\bdocs\.google\.com\/(?:a\/[^/\s]+\/)?document\//i,
  spreadsheet: /\bdocs\.google\.com\/(?:a\/[^/\s]+\/)?spreadsheets\//i,
  presentation: /\bdocs\.google\.com\/(?:a\/[^/\s]+\/)?presentation\//i,
  youtube: /\b(?:youtube\.com\/|youtu\.be\/)/i,
};

function contentMatcher(what: string): Matcher {
  if (what === "attachment") return ({ payload }) => listAttachments(payload).some(({ inline }) => !inline);
  if (what === "userlabels") return ({ labelIds }) => labelIds.some(isUserLabel);
  if (what === "nouserlabels") return ({ labelIds }) => !labelIds.some(isUserLabel);
  const link = LINKS[what];
  if (link !== undefined) return ({ payload }) => bodySources(payload).some(({ text }) => link.test(text));
  const label = what.toUpperCase().replaceAll("-", "_");
  return ({ labelIds }) => labelIds.includes(label);
}
