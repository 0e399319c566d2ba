import type { MailMessage } from "../mail/message.ts";
import type { ApiCall, ApiState } from "./api_call.ts";
import { readListing } from "./gmail_listing.ts";
import { ENTITY_NOT_FOUND } from "./gmail_messages.ts";
import type { Mailbox } from "./mailbox.ts";
import { isNewer } from "./mailbox.ts";
import { messageResource, readView } from "./message_resource.ts";
import { invalidArgument, notFound, Refusal } from "./refusal.ts";

/** Gmail's `users.threads`. Each function answers from the caller's own mailbox. */

/** Threads with a message that matches, where the newest such message stands. */
export function listThreads(call: ApiCall, mailbox: Mailbox, state: ApiState): object | Refusal {
  const listing = readListing("threads", call, mailbox, state);
  if (listing instanceof Refusal) return listing;
  const { after } = listing;
  const newest = new Map<string, MailMessage>();
  for (const message of mailbox.messages()) {
    if (!newest.has(message.threadId) && listing.matches(message)) newest.set(message.threadId, message);
  }
  // Threads of earlier pages may have older messages behind the token, so the whole mailbox is looked at each time.
  const rest = [...newest.values()].filter(({ internalDate, id }) => (
    after === undefined || isNewer(after, { date: internalDate, id })
  ));
  const page = rest.slice(0, listing.size);
  const threads = page.map(({ threadId, snippet, historyId }) => ({ id: threadId, snippet, historyId }));
  return {
    ...(page.length === 0 ? {} : { threads }),
    ...listing.ending(page.length, rest.length > page.length ? page.at(-1) : undefined),
  };
}

/** A thread with its messages, oldest first. */
export function getThread(call: ApiCall, mailbox: Mailbox): object | Refusal {
  const view = readView(call);
  if (view instanceof Refusal) return view;
  if (view.format === "raw") return invalidArgument("Threads have no raw format", "format");
  const messages = [...mailbox.messages()].filter(({ threadId }) => threadId === call.params.id).reverse();
  if (messages.length === 0) return notFound(ENTITY_NOT_FOUND);
  return {
    id: call.params.id,
    historyId: messages.at(-1)!.historyId,
    messages: messages.map((message) => messageResource(message, view)),
  };
}
