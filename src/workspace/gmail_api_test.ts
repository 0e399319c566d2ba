import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { parseMessage } from "../mail/mime.ts";
import { failureOf, gmailFor, readableUsers, withWorkspace } from "./foreign_clients_for_tests.ts";
import { METADATA_SCOPE, MODIFY_SCOPE, READONLY_SCOPE } from "./methods.ts";

type Gmail = ReturnType<typeof gmailFor>;

/** All ids that a question finds, and on how many pages. */
async function listAll(
  gmail: Gmail,
  params: { q?: string; labelIds?: string[]; includeSpamTrash?: boolean; maxResults?: number },
) {
  const ids: string[] = [];
  let pages = 0;
  let pageToken: string | undefined;
  do {
    const { data } = await gmail.users.messages.list({ userId: "me", ...params, ...(pageToken ? { pageToken } : {}) });
    assert.equal(data.resultSizeEstimate, data.nextPageToken ? 201 : data.messages?.length ?? 0);
    ids.push(...(data.messages ?? []).map(({ id }) => id!));
    pageToken = data.nextPageToken ?? undefined;
    pages++;
  } while (pageToken !== undefined);
  return { ids, pages };
}

Deno.test("listing pages through a mailbox, newest first, each message once, spam and trash on request only", async () => {
  await withWorkspace({ messagesPerUser: 230 }, async (workspace) => {
    const [user] = readableUsers(workspace);
    const gmail = gmailFor(workspace, user!);
    const everything = await listAll(gmail, { includeSpamTrash: true, maxResults: 50 });
    assert.equal(everything.pages, 5);
    assert.deepEqual(everything.ids, workspace.messageIds(user!));
    const usual = await listAll(gmail, {});
    assert.equal(usual.pages, 3, "100 a page by default");
    const hidden = [
      ...(await listAll(gmail, { labelIds: ["SPAM"] })).ids,
      ...(await listAll(gmail, { labelIds: ["TRASH"] })).ids,
    ];
    assert.ok(hidden.length > 0);
    assert.deepEqual(usual.ids, everything.ids.filter((id) => !hidden.includes(id)));
    assert.deepEqual((await listAll(gmail, { q: "in:anywhere" })).ids, everything.ids);
    assert.deepEqual((await listAll(gmail, { q: "nothingcontainsthisword" })).ids, []);
  });
});

Deno.test("q and labelIds narrow a listing, and mean the same where they overlap", async () => {
  await withWorkspace({ messagesPerUser: 200 }, async (workspace) => {
    const [user] = readableUsers(workspace);
    const gmail = gmailFor(workspace, user!);
    const unread = await listAll(gmail, { q: "is:unread in:inbox" });
    assert.ok(unread.ids.length > 0);
    assert.deepEqual(unread.ids, (await listAll(gmail, { labelIds: ["UNREAD", "INBOX"] })).ids);
    assert.deepEqual(
      (await listAll(gmail, { q: "label:invoices" })).ids,
      (await listAll(gmail, { labelIds: ["Label_2"] })).ids,
    );
    const attached = await listAll(gmail, { q: "has:attachment filename:pdf" });
    assert.ok(attached.ids.length > 0);
    for (const id of attached.ids.slice(0, 5)) {
      const { data } = await gmail.users.messages.get({ userId: "me", id });
      assert.ok(data.payload!.parts!.some(({ filename }) => filename?.endsWith(".pdf")));
    }
    const { data } = await gmail.users.messages.get({ userId: "me", id: attached.ids[0]!, format: "metadata" });
    const messageId = data.payload!.headers!.find(({ name }) => name === "Message-ID")!.value!;
    assert.deepEqual((await listAll(gmail, { q: `rfc822msgid:${messageId}` })).ids, [attached.ids[0]]);
    const half = Math.floor(Number(data.internalDate) / 1000);
    const after = await listAll(gmail, { q: `in:anywhere after:${half}` });
    const before = await listAll(gmail, { q: `in:anywhere before:${half}` });
    assert.deepEqual([...after.ids, ...before.ids], workspace.messageIds(user!));
  });
});

Deno.test("a message is given full, as metadata, minimal and raw, and all agree", async () => {
  await withWorkspace({ messagesPerUser: 60 }, async (workspace) => {
    const [user] = readableUsers(workspace);
    const gmail = gmailFor(workspace, user!);
    const { ids } = await listAll(gmail, { q: "has:attachment" });
    const id = ids[0]!;
    const get = async (format?: string, more: { metadataHeaders?: string[]; fields?: string } = {}) =>
      (await gmail.users.messages.get({ userId: user!, id, ...(format ? { format } : {}), ...more })).data;
    const full = await get();
    const { payload, ...rest } = full;
    const { raw, ...rawRest } = await get("raw");
    const { payload: metadata, ...metadataRest } = await get("metadata");
    assert.deepEqual(await get("minimal"), rest);
    assert.deepEqual(rawRest, rest);
    assert.deepEqual(metadataRest, rest);
    assert.deepEqual(metadata, { mimeType: payload!.mimeType, headers: payload!.headers });
    const parsed = parseMessage(new Uint8Array(Buffer.from(raw!, "base64url")));
    assert.deepEqual(payload, JSON.parse(JSON.stringify(parsed.payload)));
    assert.equal(parsed.date, Number(full.internalDate));
    const some = await get("metadata", { metadataHeaders: ["subject", "From"] });
    assert.deepEqual(
      some.payload!.headers,
      payload!.headers!.filter(({ name }) => name === "Subject" || name === "From"),
    );
    const typed = await get("metadata", { metadataHeaders: ["Subject", "Content-Type"] });
    assert.deepEqual(typed.payload!.headers!.map(({ name }) => name), ["Subject", "Content-Type"]);
    assert.deepEqual(await get("full", { fields: "id,payload/headers/name" }), {
      id,
      payload: { headers: payload!.headers!.map(({ name }) => ({ name })) },
    });
    assert.equal(workspace.counters().messageGets[`${user}/${id}`], 7);
  });
});

Deno.test("attachments are given by the id that the message names", async () => {
  await withWorkspace({ messagesPerUser: 60 }, async (workspace) => {
    const gmail = gmailFor(workspace, readableUsers(workspace)[0]!);
    const { ids } = await listAll(gmail, { q: "filename:pdf" });
    const { data } = await gmail.users.messages.get({ userId: "me", id: ids[0]! });
    const part = data.payload!.parts!.find(({ filename }) => filename?.endsWith(".pdf"))!;
    const get = (id: string) => gmail.users.messages.attachments.get({ userId: "me", messageId: ids[0]!, id });
    const attachment = (await get(part.body!.attachmentId!)).data;
    const bytes = Buffer.from(attachment.data!, "base64url");
    assert.equal(bytes.length, part.body!.size);
    assert.equal(attachment.size, part.body!.size);
    assert.equal(bytes.subarray(0, 5).toString(), "%PDF-");
    assert.equal((await failureOf(get("bm9uZQ"))).status, 400);
  });
});

Deno.test("threads are listed once each, page by page, and given with their messages, oldest first", async () => {
  await withWorkspace({ messagesPerUser: 80 }, async (workspace) => {
    const { users: { messages, threads } } = gmailFor(workspace, readableUsers(workspace)[0]!);
    const userId = "me";
    const all = (await messages.list({ userId, maxResults: 500 })).data.messages!;
    const ids: string[] = [];
    let pageToken: string | undefined;
    do {
      const { data } = await threads.list({ userId, maxResults: 9, ...(pageToken ? { pageToken } : {}) });
      ids.push(...data.threads!.map(({ id }) => id!));
      pageToken = data.nextPageToken ?? undefined;
    } while (pageToken !== undefined);
    assert.deepEqual(ids, [...new Set(all.map(({ threadId }) => threadId!))]);
    const long = ids.find((id) => all.filter(({ threadId }) => threadId === id).length > 1)!;
    const { data } = await threads.get({ userId, id: long, format: "minimal" });
    const dates = data.messages!.map(({ internalDate }) => Number(internalDate));
    assert.deepEqual(dates, dates.toSorted((a, b) => a - b));
    assert.ok(data.messages!.length > 1 && data.messages!.every(({ threadId }) => threadId === long));
    assert.equal((await failureOf(threads.get({ userId, id: "18c5a0b0c0d0e0f0" }))).status, 404);
  });
});

Deno.test("labels are listed, and one label is given with its counts", async () => {
  await withWorkspace({ messagesPerUser: 120 }, async (workspace) => {
    const gmail = gmailFor(workspace, readableUsers(workspace)[0]!);
    const { data } = await gmail.users.labels.list({ userId: "me" });
    const names = data.labels!.map(({ name }) => name);
    assert.ok(["INBOX", "SPAM", "Customers", "Projects/Apollo"].every((name) => names.includes(name)));
    assert.ok(data.labels!.every(({ messagesTotal }) => messagesTotal === undefined));
    const inbox = (await gmail.users.labels.get({ userId: "me", id: "INBOX" })).data;
    assert.equal(inbox.messagesTotal, (await listAll(gmail, { labelIds: ["INBOX"] })).ids.length);
    assert.equal(inbox.messagesUnread, (await listAll(gmail, { labelIds: ["INBOX", "UNREAD"] })).ids.length);
    assert.equal((await failureOf(gmail.users.labels.get({ userId: "me", id: "Label_99" }))).status, 404);
    const profile = (await gmail.users.getProfile({ userId: "me" })).data;
    assert.equal(profile.messagesTotal, 120);
    assert.ok(profile.threadsTotal! > 30 && profile.threadsTotal! < 120);
  });
});

Deno.test("a token opens its own mailbox only", async () => {
  await withWorkspace({}, async (workspace) => {
    const [user, other] = readableUsers(workspace);
    const failure = await failureOf(gmailFor(workspace, user!).users.messages.list({ userId: other! }));
    assert.equal(failure.status, 403);
    assert.equal(failure.message, `Delegation denied for ${user}`);
    assert.equal(failure.reason, "forbidden");
  });
});

Deno.test("a user without a mailbox is told that mail is not enabled", async () => {
  await withWorkspace({}, async (workspace) => {
    const user = workspace.users().find(({ isMailboxSetup }) => !isMailboxSetup)!;
    const failure = await failureOf(gmailFor(workspace, user.email).users.messages.list({ userId: "me" }));
    assert.equal(failure.status, 400);
    assert.equal(failure.message, "Mail service not enabled");
    assert.equal(failure.reason, "failedPrecondition");
  });
});

Deno.test("the metadata scope can neither search nor read bodies", async () => {
  await withWorkspace({ grantedScopes: [METADATA_SCOPE, READONLY_SCOPE] }, async (workspace) => {
    const [user] = readableUsers(workspace);
    for (const scopes of [[METADATA_SCOPE], [METADATA_SCOPE, READONLY_SCOPE]]) {
      const { users: { messages } } = gmailFor(workspace, user!, scopes);
      const failure = await failureOf(messages.list({ userId: "me", q: "is:unread" }));
      assert.equal(failure.status, 403);
      assert.equal(failure.message, "Metadata scope does not support 'q' parameter");
      const { data } = await messages.list({ userId: "me", maxResults: 1 });
      const id = data.messages![0]!.id!;
      assert.equal(
        (await failureOf(messages.get({ userId: "me", id }))).message,
        "Metadata scope doesn't allow format FULL",
      );
      assert.equal((await messages.get({ userId: "me", id, format: "metadata" })).data.id, id);
    }
  });
});

Deno.test("trashing needs the modify scope, and then moves the message", async () => {
  await withWorkspace({ grantedScopes: [MODIFY_SCOPE, READONLY_SCOPE] }, async (workspace) => {
    const [user] = readableUsers(workspace);
    const reader = gmailFor(workspace, user!, [READONLY_SCOPE]);
    const id = (await listAll(reader, { q: "in:inbox" })).ids[0]!;
    const refused = await failureOf(reader.users.messages.trash({ userId: "me", id }));
    assert.equal(refused.status, 403);
    assert.equal(refused.reason, "insufficientPermissions");
    assert.ok((await listAll(reader, {})).ids.includes(id));
    const { data } = await gmailFor(workspace, user!, [MODIFY_SCOPE]).users.messages.trash({ userId: "me", id });
    assert.ok(data.labelIds!.includes("TRASH") && !data.labelIds!.includes("INBOX"));
    assert.ok(!(await listAll(reader, {})).ids.includes(id));
    assert.ok((await listAll(reader, { q: "in:trash" })).ids.includes(id));
  });
});

Deno.test("wrong arguments of Gmail are refused, unknown paths and messages not found", async () => {
  await withWorkspace({}, async (workspace) => {
    const [user, other] = readableUsers(workspace);
    const { users: { messages } } = gmailFor(workspace, user!);
    const { data } = await messages.list({ userId: "me", q: "-is:starred", maxResults: 2 });
    const pageToken = data.nextPageToken!;
    const userId = "me";
    const cases: [() => Promise<unknown>, number][] = [
      [() => messages.list({ userId, maxResults: 501 }), 400],
      [() => messages.list({ userId, maxResults: 0 }), 400],
      [() => messages.list({ userId, pageToken: "zzz" }), 400],
      [() => messages.list({ userId, q: "is:starred", pageToken }), 400],
      [() => gmailFor(workspace, other!).users.messages.list({ userId, q: "-is:starred", pageToken }), 400],
      [() => messages.list({ userId, labelIds: ["NOPE"] }), 400],
      [() => messages.list({ userId, fields: "messages(id,colour)" }), 400],
      [() => messages.get({ userId, id: data.messages![0]!.id!, format: "everything" }), 400],
      [() => messages.get({ userId, id: "18c5a0b0c0d0e0f0" }), 404],
      [() => messages.get({ userId, id: "nonsense" }), 404],
      [() => gmailFor(workspace, user!).users.drafts.list({ userId }), 404],
    ];
    for (const [request, status] of cases) assert.equal((await failureOf(request())).status, status);
    assert.equal((await messages.list({ userId, q: "-is:starred", pageToken })).status, 200);
    workspace.expirePageTokens();
    const expired = await failureOf(messages.list({ userId, q: "-is:starred", pageToken }));
    assert.equal(expired.message, "Invalid pageToken");
  });
});

Deno.test("mail that arrives or goes between two pages moves nothing on the next", async () => {
  await withWorkspace({ messagesPerUser: 30 }, async (workspace) => {
    const [user] = readableUsers(workspace);
    const gmail = gmailFor(workspace, user!);
    const all = (await listAll(gmail, { maxResults: 500 })).ids;
    const first = (await gmail.users.messages.list({ userId: "me", maxResults: 10 })).data;
    const added = workspace.addMessage(user!, `From: a@b.example\r\nTo: ${user}\r\nSubject: new\r\n\r\nhello\r\n`);
    workspace.deleteMessage(user!, all[3]!);
    const second =
      (await gmail.users.messages.list({ userId: "me", maxResults: 10, pageToken: first.nextPageToken! })).data;
    assert.deepEqual(second.messages!.map(({ id }) => id), all.slice(10, 20));
    assert.equal((await listAll(gmail, {})).ids[0], added);
    assert.equal((await failureOf(gmail.users.messages.get({ userId: "me", id: all[3]! }))).status, 404);
  });
});
