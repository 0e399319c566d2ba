import type { ApiCall, ApiState, MethodHandler } from "./api_call.ts";
import { getAttachment, getMessage, listMessages, trashMessage } from "./gmail_messages.ts";
import { getThread, listThreads } from "./gmail_threads.ts";
import type { Label } from "./labels.ts";
import type { Mailbox } from "./mailbox.ts";
import type { ApiMethod } from "./methods.ts";
import { forbidden, mailServiceNotEnabled, notFound } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

/** The Gmail API: a caller reaches its own mailbox, as `me` or by its own primary address. */

type MailboxHandler = (call: ApiCall, mailbox: Mailbox, state: ApiState) => object | Refusal;

/** Opens the caller's mailbox, if the path names it and it exists. */
function withMailbox(handle: MailboxHandler): MethodHandler {
  return (call, state) => {
    const { caller, params } = call;
    const userId = params.userId!.toLowerCase();
    if (userId !== "me" && userId !== caller.email) return forbidden(`Delegation denied for ${caller.email}`);
    if (!caller.isMailboxSetup) return mailServiceNotEnabled();
    return handle(call, state.mailboxes.of(caller), state);
  };
}

const LISTED = { messageListVisibility: "show", labelListVisibility: "labelShow" };

function labelResource({ id, name, type }: Label): object {
  return type === "user" ? { id, name, ...LISTED, type } : { id, name, type };
}

/** One label with its counts, which `labels.list` leaves out. */
function getLabel(call: ApiCall, mailbox: Mailbox): object | Refusal {
  const label = mailbox.labels.get(call.params.id!);
  if (label === undefined) return notFound("Requested entity was not found.");
  let messages = 0;
  let unread = 0;
  const threads = new Set<string>();
  const unreadThreads = new Set<string>();
  for (const message of mailbox.messages()) {
    if (!message.labelIds.includes(label.id)) continue;
    messages++;
    threads.add(message.threadId);
    if (!message.labelIds.includes("UNREAD")) continue;
    unread++;
    unreadThreads.add(message.threadId);
  }
  return {
    ...labelResource(label),
    messagesTotal: messages,
    messagesUnread: unread,
    threadsTotal: threads.size,
    threadsUnread: unreadThreads.size,
  };
}

function getProfile({ caller }: ApiCall, mailbox: Mailbox): object {
  const threads = new Set<string>();
  let historyId = "1";
  for (const message of mailbox.messages()) {
    if (threads.size === 0) historyId = message.historyId;
    threads.add(message.threadId);
  }
  return { emailAddress: caller.email, messagesTotal: mailbox.count, threadsTotal: threads.size, historyId };
}

export const GMAIL_HANDLERS: Readonly<Record<Extract<ApiMethod, `gmail.${string}`>, MethodHandler>> = {
  "gmail.users.messages.list": withMailbox(listMessages),
  "gmail.users.messages.get": withMailbox(getMessage),
  "gmail.users.messages.trash": withMailbox(trashMessage),
  "gmail.users.messages.attachments.get": withMailbox(getAttachment),
  "gmail.users.threads.list": withMailbox(listThreads),
  "gmail.users.threads.get": withMailbox(getThread),
  "gmail.users.labels.list": withMailbox((_call, mailbox) => ({ labels: mailbox.labels.list().map(labelResource) })),
  "gmail.users.labels.get": withMailbox(getLabel),
  "gmail.users.getProfile": withMailbox(getProfile),
};
