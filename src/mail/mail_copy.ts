import { isJsonObject, type Json } from "../core/json.ts";

/** A mail as one mailbox holds it; null is what its row does not say. */
export interface MailCopy {
  readonly mailbox: string;
  readonly id: string;
  readonly threadId: string | null;
  readonly messageId: string | null;
  readonly inReplyTo: string | null;
  readonly subject: string;
  readonly from: string;
  /** ISO, UTC. */
  readonly date: string | null;
  readonly folder: Folder | null;
  readonly isRead: boolean | null;
  readonly isSent: boolean;
  /** What its subject says that it is of an earlier mail; null when it says nothing. */
  readonly kin: "answer" | "forward" | null;
}

export const FOLDERS = ["inbox", "archive", "sent", "drafts", "spam", "trash"] as const;
export type Folder = typeof FOLDERS[number];

/** Reply and forward prefixes of the mail programs of several languages. */
const ANSWER = /^\s*(?:re|aw|antw|sv|vs|odp|res|rif)\s*(?:\[\d+\])?\s*[:\uff1a]/i;
const FORWARD = /^\s*(?:fwd?|wg|tr|rv|vb|enc|doorst|i)\s*[:\uff1a]/i;

/** A row that a search has kept of a message; undefined when it is none. */
export function mailCopy(row: Json): MailCopy | undefined {
  if (!isJsonObject(row) || typeof row.mailbox !== "string" || typeof row.id !== "string") return undefined;
  const header = (name: string) => {
    const headers = isJsonObject(row.headers) ? Object.entries(row.headers) : [];
    const value = headers.find(([key]) => key.toLowerCase() === name)?.[1];
    return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
  };
  const text = (name: string) => typeof row[name] === "string" ? row[name] as string : null;
  // Of chosen columns, labels are names: those of Gmail's own are their ids.
  const labels = [row.labelIds, row.labels].find(Array.isArray) as readonly Json[] | undefined ?? null;
  const subject = header("subject") ?? text("subject") ?? "";
  return {
    mailbox: row.mailbox,
    id: row.id,
    threadId: text("threadId"),
    messageId: header("message-id") ?? text("messageId"),
    inReplyTo: header("in-reply-to") ?? text("inReplyTo"),
    subject,
    from: header("from") ?? text("from") ?? "",
    date: text("date"),
    folder: labels === null ? FOLDERS.find((name) => name === row.folder) ?? null : folderOf(labels),
    isRead: labels === null ? typeof row.read === "boolean" ? row.read : null : !labels.includes("UNREAD"),
    isSent: labels?.includes("SENT") ?? row.folder === "sent",
    kin: FORWARD.test(subject) ? "forward" : ANSWER.test(subject) ? "answer" : null,
  };
}

/** Where Gmail shows a message first. A mail to oneself is sent and received; it is in the inbox. */
function folderOf(labels: readonly Json[]): Folder {
  if (labels.includes("TRASH")) return "trash";
  if (labels.includes("SPAM")) return "spam";
  if (labels.includes("DRAFT")) return "drafts";
  if (labels.includes("INBOX")) return "inbox";
  return labels.includes("SENT") ? "sent" : "archive";
}
