import { ofTenant } from "./rows.ts";
import type { GmailMessage, MessagePart, MessageRow, SelectedUser } from "./types.ts";

/** What a row says of a message when columns are chosen, and the least that Gmail must be asked for it. */

export const COLUMNS = [
  "from",
  "to",
  "cc",
  "bcc",
  "subject",
  "date",
  "labels",
  "size",
  "snippet",
  "attachments",
  "messageId",
  "inReplyTo",
  "threadId",
  "folder",
  "read",
  "body",
] as const;
export type Column = typeof COLUMNS[number];

/** Parameters of `messages.get`. */
export interface Fetch {
  readonly format: "minimal" | "metadata" | "full";
  readonly metadataHeaders: readonly string[];
  readonly fields: string;
  /** The kind of rows that bodies are kept as: they are not for the answer, which is kept too. */
  readonly bodies?: "body";
}

const HEADERS: Partial<Record<Column, string>> = {
  from: "From",
  to: "To",
  cc: "Cc",
  bcc: "Bcc",
  subject: "Subject",
  messageId: "Message-ID",
  inReplyTo: "In-Reply-To",
};
const FIELDS: Partial<Record<Column, string>> = {
  labels: "labelIds",
  folder: "labelIds",
  read: "labelIds",
  size: "sizeEstimate",
  snippet: "snippet",
  threadId: "threadId",
};

/** Parts within parts that a mask reaches: it has no word for "however deep". */
const DEEPEST = 12;

/** All formats cost the same; headers alone come with `metadata`, and what is attached only with `full`. */
export function fetchFor(columns: readonly Column[]): Fetch {
  const hasBody = columns.includes("body");
  const hasParts = hasBody || columns.includes("attachments");
  const metadataHeaders = columns.flatMap((column) => HEADERS[column] ?? []);
  const payload = [
    ...(metadataHeaders.length > 0 ? ["headers"] : []),
    ...(hasParts ? [partMask(DEEPEST, hasBody)] : []),
  ];
  const fields = [
    // The newest are shown first, whether their date is or not.
    ...["id", "internalDate"],
    ...columns.flatMap((column) => FIELDS[column] ?? []),
    ...(payload.length > 0 ? [`payload(${payload.join(",")})`] : []),
  ];
  return {
    format: hasParts ? "full" : metadataHeaders.length > 0 ? "metadata" : "minimal",
    metadataHeaders,
    fields: [...new Set(fields)].join(","),
    ...(hasBody ? { bodies: "body" } : {}),
  };
}

/** Names, kinds and sizes of parts, and nothing of what is in them unless it is text to be read. */
function partMask(depth: number, hasBody: boolean): string {
  const inner = depth === 0 ? "/mimeType" : `(${partMask(depth - 1, hasBody)})`;
  return `filename,mimeType,body(size,attachmentId${hasBody ? ",data" : ""}),parts${inner}`;
}

/** The names of a mailbox's labels by their ids. */
export type LabelNames = ReadonlyMap<string, string>;

/** A message as a row: whose it is, its id, and the columns in the order in which they were asked for. */
export function columnRow(
  selected: SelectedUser,
  id: string,
  message: GmailMessage,
  { columns, names }: { columns: readonly Column[]; names: LabelNames },
): MessageRow {
  const values = columns.map((column) => [column, valueOf(message, column, names)]);
  return { ...place(selected, id), ...Object.fromEntries(values) };
}

/** A message as a row when no columns are chosen: everything that was fetched, repeated headers joined. */
export function messageRow(selected: SelectedUser, id: string, message: GmailMessage): MessageRow {
  const headers: Record<string, string> = {};
  for (const { name, value } of message.payload?.headers ?? []) {
    headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value;
  }
  const row = {
    ...place(selected, id),
    threadId: message.threadId ?? null,
    date: isoDate(message),
    labelIds: message.labelIds ?? [],
    snippet: message.snippet ?? "",
    sizeEstimate: message.sizeEstimate ?? null,
    headers,
  };
  return row;
}

function place(selected: SelectedUser, id: string): MessageRow {
  return { ...ofTenant(selected), mailbox: selected.user.primaryEmail, domain: selected.domain, id };
}

function valueOf(message: GmailMessage, column: Column, names: LabelNames): unknown {
  const labels = message.labelIds ?? [];
  switch (column) {
    case "date":
      return isoDate(message);
    case "labels":
      return labels.map((id) => names.get(id) ?? id);
    case "folder":
      return folderOf(labels);
    case "read":
      return !labels.includes("UNREAD");
    case "size":
      return message.sizeEstimate ?? null;
    case "snippet":
      return message.snippet ?? "";
    case "threadId":
      return message.threadId ?? null;
    case "body":
      return message.body ?? null;
    case "attachments":
      return message.payload === undefined ? [] : attachmentsOf(message.payload);
    default:
      return headerOf(message, HEADERS[column]!);
  }
}

/** When Gmail received it, UTC. */
export function isoDate({ internalDate }: GmailMessage): string | null {
  const time = new Date(Number(internalDate ?? NaN));
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

/** What all headers of that name say; null when there is none. */
function headerOf({ payload }: GmailMessage, name: string): string | null {
  const wanted = name.toLowerCase();
  const values = (payload?.headers ?? []).filter((header) => header.name.toLowerCase() === wanted);
  return values.length === 0 ? null : values.map(({ value }) => value).join(", ");
}

/** In the order of the message; what is attached to an attached message counts too. */
function attachmentsOf(part: MessagePart, depth = 0): { name: string; type: string; size: number | null }[] {
  const { filename = "", mimeType = "", body = {}, parts = [] } = part;
  const own = filename === "" && body.attachmentId === undefined
    ? []
    : [{ name: filename, type: mimeType, size: body.size ?? 0 }];
  // Beyond the mask it is known that there are parts, and no more.
  if (depth > DEEPEST) return [{ name: filename, type: mimeType, size: null }];
  return [...own, ...parts.flatMap((inner) => attachmentsOf(inner, depth + 1))];
}

/** Where Gmail shows a message first. A mail to oneself is sent and received; it is in the inbox. */
export function folderOf(labels: readonly string[]): string {
  const found = [["TRASH", "trash"], ["SPAM", "spam"], ["DRAFT", "drafts"], ["INBOX", "inbox"], ["SENT", "sent"]]
    .find(([label]) => labels.includes(label!));
  return found?.[1] ?? "archive";
}
