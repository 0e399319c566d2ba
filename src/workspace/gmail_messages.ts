import { Buffer } from "node:buffer";
import type { MailMessage } from "../mail/message.ts";
import { attachmentBytes } from "../mail/mime.ts";
import type { ApiCall, ApiState } from "./api_call.ts";
import { readListing } from "./gmail_listing.ts";
import type { Mailbox } from "./mailbox.ts";
import { messageResource, readView } from "./message_resource.ts";
import { invalidArgument, notFound, Refusal } from "./refusal.ts";

/** Gmail's `users.messages`. Each function answers from the caller's own mailbox. */

export const ENTITY_NOT_FOUND = "Requested entity was not found.";

export function listMessages(call: ApiCall, mailbox: Mailbox, state: ApiState): object | Refusal {
  const listing = readListing("messages", call, mailbox, state);
  if (listing instanceof Refusal) return listing;
  const page: MailMessage[] = [];
  let more = false;
  for (const message of mailbox.messages(listing.after)) {
    if (!listing.matches(message)) continue;
    more = page.length === listing.size;
    if (more) break;
    page.push(message);
  }
  // An empty answer has no `messages` at all.
  return {
    ...(page.length === 0 ? {} : { messages: page.map(({ id, threadId }) => ({ id, threadId })) }),
    ...listing.ending(page.length, more ? page.at(-1) : undefined),
  };
}

export function getMessage(call: ApiCall, mailbox: Mailbox): object | Refusal {
  const view = readView(call);
  if (view instanceof Refusal) return view;
  const message = mailbox.get(call.params.id!);
  return message === undefined ? notFound(ENTITY_NOT_FOUND) : messageResource(message, view);
}

export function getAttachment(call: ApiCall, mailbox: Mailbox): object | Refusal {
  const message = mailbox.get(call.params.messageId!);
  if (message === undefined) return notFound(ENTITY_NOT_FOUND);
  const bytes = attachmentBytes(message.raw, call.params.id!);
  if (bytes === undefined) return invalidArgument("Invalid attachment token");
  return { size: bytes.length, data: Buffer.from(bytes).toString("base64url") };
}

export function trashMessage(call: ApiCall, mailbox: Mailbox): object | Refusal {
  const message = mailbox.get(call.params.id!);
  if (message === undefined) return notFound(ENTITY_NOT_FOUND);
  const labelIds = [...message.labelIds.filter((id) => id !== "INBOX" && id !== "TRASH"), "TRASH"];
  mailbox.relabel(message.id, labelIds);
  return { id: message.id, threadId: message.threadId, labelIds };
}
