import assert from "node:assert/strict";
import { headerValue } from "../mail/headers.ts";
import type { MailMessage, MessagePart } from "../mail/message.ts";
import { parseMessage } from "../mail/mime.ts";
import { Directory } from "./directory.ts";
import { GeneratedMessage, PLANNED_HEADERS } from "./generated_message.ts";
import { Mailboxes } from "./mailboxes.ts";
import { generatePeople } from "./people.ts";
import type { DirectoryUser } from "./people.ts";

const NOW = Date.UTC(2026, 5, 1);

function build(seed = 7, count = 20, messagesPerUser = 100) {
  const directory = new Directory([["acme.example"]]);
  const people = generatePeople({ seed, domain: "acme.example", count, now: NOW });
  for (const person of people) directory.add(person);
  return { people, mailboxes: new Mailboxes({ seed, now: NOW, messagesPerUser, directory }) };
}

function header(message: MailMessage, name: string): string {
  return headerValue(message.payload.headers, name) ?? "";
}

Deno.test("the same seed gives the same people and the same mail, another seed others", () => {
  const digest = (seed: number) => {
    const { people, mailboxes } = build(seed);
    const messages = [...mailboxes.of(people[3]!).messages()];
    return JSON.stringify([people, messages.map(({ id, labelIds, payload }) => [id, labelIds, payload.headers])]);
  };
  assert.equal(digest(7), digest(7));
  assert.notEqual(digest(7), digest(8));
});

Deno.test("each mailbox holds the number asked for, newest first, older than now, with ids of its own", () => {
  const { people, mailboxes } = build();
  for (const user of people) {
    const mailbox = mailboxes.of(user);
    const messages = [...mailbox.messages()];
    assert.equal(messages.length, 100);
    assert.equal(mailbox.count, 100);
    assert.equal(new Set(messages.map(({ id }) => id)).size, 100);
    const dates = messages.map(({ internalDate }) => internalDate);
    assert.deepEqual(dates, dates.toSorted((a, b) => b - a));
    assert.ok(dates.every((date) => date < NOW && date > NOW - 600 * 86_400_000));
    for (const { id } of messages) assert.equal(mailbox.get(id)?.id, id);
  }
});

Deno.test("what is planned agrees with the composed message: headers, structure, text and size", () => {
  const { people, mailboxes } = build();
  let attachments = 0;
  for (const user of people.slice(0, 6)) {
    for (const message of mailboxes.of(user).messages()) {
      assert.ok(message instanceof GeneratedMessage);
      const parsed = parseMessage(message.raw);
      const whole = parsed.payload.headers.filter(({ name }) => PLANNED_HEADERS.has(name.toLowerCase()));
      assert.deepEqual(message.payload.headers, whole);
      assert.deepEqual(outline(message.payload), outline(parsed.payload));
      assert.equal(message.text.trim().replaceAll(/\s+/g, " "), textOf(parsed.payload).trim().replaceAll(/\s+/g, " "));
      assert.equal(parsed.date, message.internalDate);
      const error = Math.abs(message.sizeEstimate - message.raw.length);
      assert.ok(error <= Math.max(300, message.raw.length / 10), `${message.sizeEstimate} for ${message.raw.length}`);
      attachments += parsed.attachments.length;
    }
  }
  assert.ok(attachments > 30, `${attachments} attachments in 600 messages`);
});

function outline(part: MessagePart): unknown {
  return [part.mimeType, part.filename, (part.parts ?? []).map(outline)];
}

function textOf(part: MessagePart): string {
  if (part.mimeType === "text/plain") {
    return new TextDecoder().decode(
      Uint8Array.from(atob(part.body.data!.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0)),
    );
  }
  return part.parts?.map(textOf)[0] ?? "";
}

Deno.test("mail to several people is in each of their mailboxes with one Message-ID and the same words", () => {
  const { people, mailboxes } = build();
  const seen = new Map<string, MailMessage[]>();
  for (const user of people) {
    for (const message of mailboxes.of(user).messages()) {
      const id = header(message, "Message-ID");
      seen.set(id, [...seen.get(id) ?? [], message]);
    }
  }
  const shared = [...seen.values()].filter((copies) => copies.length > 1);
  assert.ok(shared.length > 60, `${shared.length} shared mails`);
  assert.ok(shared.some((copies) => copies.length === people.length), "announcements reach everyone");
  for (const copies of shared) {
    const [first, ...others] = copies as GeneratedMessage[];
    for (const other of others) {
      for (const name of ["From", "To", "Cc", "Subject", "Date", "In-Reply-To"]) {
        assert.equal(header(other, name), header(first!, name));
      }
      assert.equal(other.text, first!.text);
    }
    for (const copy of copies as GeneratedMessage[]) {
      const isSender = header(copy, "From").endsWith(`<${copy.owner}>`);
      assert.equal(copy.labelIds.includes("SENT"), isSender);
      assert.equal(header(copy, "Delivered-To"), isSender ? "" : copy.owner);
    }
  }
});

Deno.test("threads share a thread id and reply to each other", () => {
  const { people, mailboxes } = build();
  const messages = [...mailboxes.of(people[2]!).messages()];
  const threads = Map.groupBy(messages, ({ threadId }) => threadId);
  const long = [...threads.values()].filter((thread) => thread.length > 1);
  assert.ok(long.length >= 5, `${long.length} threads`);
  for (const thread of long) {
    const [first, ...replies] = thread.toReversed();
    assert.equal(first!.threadId, first!.id);
    for (const reply of replies) {
      assert.equal(header(reply, "Subject"), `Re: ${header(first!, "Subject")}`);
      assert.ok(thread.some((other) => header(other, "Message-ID") === header(reply, "In-Reply-To")));
    }
  }
});

Deno.test("a mailbox has unread, spam, trash, sent and labelled mail, attachments and mailing lists", () => {
  const { people, mailboxes } = build(1, 20, 300);
  const messages = [...mailboxes.of(people[1]!).messages()];
  for (const label of ["UNREAD", "SPAM", "TRASH", "SENT", "INBOX", "STARRED", "CATEGORY_PROMOTIONS", "Label_2"]) {
    const count = messages.filter(({ labelIds }) => labelIds.includes(label)).length;
    assert.ok(count > 0 && count < 290, `${count} of 300 with ${label}`);
  }
  assert.ok(messages.some((message) => header(message, "List-Id") !== ""));
});

Deno.test("from ten users on there is at least one suspended, one archived and one without a mailbox, never the administrator", () => {
  for (const count of [10, 20, 500]) {
    const { people } = build(3, count);
    assert.ok(people[0]!.isAdmin && !people[0]!.suspended && !people[0]!.archived && people[0]!.isMailboxSetup);
    const marks: ((user: DirectoryUser) => boolean)[] = [
      (user) => user.suspended,
      (user) => user.archived,
      (user) => !user.isMailboxSetup,
    ];
    for (const marked of marks) {
      assert.equal(people.filter(marked).length, Math.max(1, Math.round(count * 0.02)));
    }
    assert.equal(new Set(people.map(({ email }) => email)).size, count);
    assert.equal(new Set(people.map(({ id }) => id)).size, count);
  }
  assert.ok(build(3, 9).people.every((user) => !user.suspended && !user.archived && user.isMailboxSetup));
});
