import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { failureOf, gmailFor, withWorkspace } from "./foreign_clients_for_tests.ts";
import { startWorkspace } from "./workspace.ts";
import type { WorkspaceOptions } from "./workspace.ts";

function mail(lines: string[], body = "Hello\r\n"): string {
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

async function withFiles(files: Record<string, string>, test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "workspace-mail-" });
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(join(folder, name, ".."), { recursive: true });
      await Deno.writeTextFile(join(folder, name), text);
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const USERS: WorkspaceOptions = {
  domains: ["acme.example"],
  usersPerDomain: 1,
  messagesPerUser: 0,
  users: ["ann@acme.example", "bob@acme.example", "eve@other.example"],
};

const TO_ANN = mail([
  "From: x@y.example",
  "To: Ann <ann@acme.example>",
  "Subject: one",
  "Message-ID: <1@y.example>",
  "Date: Tue, 03 Mar 2026 10:00:00 +0000",
]);
const TO_BOTH = mail([
  "From: ann@acme.example",
  "To: bob@acme.example",
  "Cc: eve@other.example",
  "Subject: Re: one",
  "Message-ID: <2@y.example>",
  "In-Reply-To: <1@y.example>",
  "Date: Tue, 03 Mar 2026 11:00:00 +0000",
]);
const TO_NOBODY = mail([
  "From: x@y.example",
  "To: list@y.example",
  "Subject: three",
  "Date: Wed, 04 Mar 2026 10:00:00 +0000",
]);

Deno.test("eml files of a folder and below reach the mailboxes they are addressed to, and no others", async () => {
  await withFiles({ "a.eml": TO_ANN, "deep/er/b.EML": TO_BOTH, "notes.txt": "not mail" }, async (folder) => {
    await withWorkspace({ ...USERS, mail: [folder] }, async (workspace) => {
      const counts = Object.fromEntries(
        workspace.users().map(({ email }) => [email, workspace.messageIds(email).length]),
      );
      assert.deepEqual(counts, {
        "admin@acme.example": 0,
        "ann@acme.example": 2,
        "bob@acme.example": 1,
        "eve@other.example": 1,
      });
      const gmail = gmailFor(workspace, "ann@acme.example");
      const { data } = await gmail.users.messages.list({ userId: "me" });
      assert.equal(new Set(data.messages!.map(({ threadId }) => threadId)).size, 1, "the reply joins the thread");
      const sent = (await gmail.users.messages.get({ userId: "me", id: data.messages![0]!.id! })).data;
      assert.deepEqual(sent.labelIds, ["SENT"]);
      assert.equal(sent.internalDate, String(Date.UTC(2026, 2, 3, 11)));
      const raw = (await gmail.users.messages.get({ userId: "me", id: data.messages![1]!.id!, format: "raw" })).data
        .raw!;
      assert.equal(Buffer.from(raw, "base64url").toString(), TO_ANN, "byte for byte");
      const found = await gmailFor(workspace, "eve@other.example").users.messages.list({
        userId: "me",
        q: "subject:one cc:eve",
      });
      assert.equal(found.data.messages!.length, 1);
    });
  });
});

Deno.test("mail addressed to nobody here goes to everyone, or to the user named", async () => {
  await withFiles({ "c.eml": TO_NOBODY }, async (folder) => {
    const options = { ...USERS, mail: [join(folder, "c.eml")] };
    await withWorkspace(options, (workspace) => {
      for (const { email } of workspace.users()) assert.equal(workspace.messageIds(email).length, 1);
      return Promise.resolve();
    });
    await withWorkspace({ ...options, mailUser: "bob@acme.example" }, (workspace) => {
      for (const { email } of workspace.users()) {
        assert.equal(workspace.messageIds(email).length, email.startsWith("bob") ? 1 : 0);
      }
      return Promise.resolve();
    });
  });
});

Deno.test("an mbox is taken apart, and X-Gmail-Labels become labels", async () => {
  const entry = (labels: string, subject: string, body: string) =>
    `From 123@xxx Tue Mar 03 10:00:00 +0000 2026\nX-Gmail-Labels: ${labels}\nFrom: x@y.example\nTo: ann@acme.example\n` +
    `Subject: ${subject}\nDate: Tue, 03 Mar 2026 10:00:00 +0000\n\n${body}\n\n`;
  const mbox = entry("Inbox,Unread,Opened,Big Deals", "first", ">From here on") + entry("Spam", "second", "buy") +
    entry("Archived", "third", "x");
  await withFiles({ "takeout.mbox": mbox }, async (folder) => {
    await withWorkspace({ ...USERS, mail: [join(folder, "takeout.mbox")] }, async (workspace) => {
      const { users: { messages, labels } } = gmailFor(workspace, "ann@acme.example");
      const subjects = async (q: string) => {
        const { data } = await messages.list({ userId: "me", q });
        const got = await Promise.all((data.messages ?? []).map(({ id }) => messages.get({ userId: "me", id: id! })));
        return got.map(({ data }) => data.payload!.headers!.find(({ name }) => name === "Subject")!.value).sort();
      };
      assert.deepEqual(await subjects(""), ["first", "third"]);
      assert.deepEqual(await subjects("in:anywhere"), ["first", "second", "third"]);
      assert.deepEqual(await subjects("label:big-deals is:unread in:inbox"), ["first"]);
      assert.deepEqual(await subjects("in:spam"), ["second"]);
      const { data } = await labels.list({ userId: "me" });
      assert.deepEqual(data.labels!.filter(({ type }) => type === "user").map(({ name }) => name), ["Big Deals"]);
    });
  });
});

Deno.test("real and generated mail lie in one mailbox", async () => {
  await withFiles({ "c.eml": TO_NOBODY }, async (folder) => {
    await withWorkspace(
      { usersPerDomain: 2, messagesPerUser: 20, mail: [folder], now: Date.UTC(2026, 5, 1) },
      async (workspace) => {
        const user = workspace.users()[0]!.email;
        assert.equal(workspace.messageIds(user).length, 21);
        const { data } = await gmailFor(workspace, user).users.messages.list({
          userId: "me",
          q: "subject:three from:x@y.example",
        });
        assert.equal(data.messages!.length, 1);
      },
    );
  });
});

Deno.test("mail that is not there, users that do not exist and wrong options are named", async () => {
  for (
    const [options, message] of [
      [{ mail: ["/nowhere/at/all.mbox"] }, /\/nowhere\/at\/all\.mbox/],
      [{ mailUser: "nobody@acme.example" }, /nobody@acme\.example/],
      [{ domains: 0 }, /number of domains/],
      [{ domains: ["not a domain"] }, /not a domain/],
      [{ usersPerDomain: 0 }, /usersPerDomain/],
      [{ messagesPerUser: -1 }, /messagesPerUser/],
      [{ users: ["nonsense"] }, /nonsense/],
      [{ serviceAccount: { privateKey: "x" } }, /private key/],
    ] as [WorkspaceOptions, RegExp][]
  ) {
    const { message: said } = await failureOf(startWorkspace(options));
    assert.match(said, message);
  }
});
