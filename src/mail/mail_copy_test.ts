import assert from "node:assert/strict";
import { folderOf } from "../../taskcode/gmail-search/columns.ts";
import { mailCopy } from "./mail_copy.ts";

const copyOf = (row: object) => mailCopy({ mailbox: "a@x", id: "1", ...row })!;

Deno.test("a copy is in the folder where Gmail shows it, and read unless it is marked", () => {
  const table: readonly (readonly [string, string])[] = [
    ["INBOX UNREAD IMPORTANT", "inbox"],
    ["SENT INBOX", "inbox"],
    ["SENT", "sent"],
    ["DRAFT", "drafts"],
    ["TRASH INBOX", "trash"],
    ["SPAM UNREAD", "spam"],
    ["Label_7 STARRED", "archive"],
    ["", "archive"],
  ];
  for (const [labels, folder] of table) {
    const copy = copyOf({ labelIds: labels.split(" ") });
    assert.deepEqual([copy.folder, copy.isRead], [folder, !labels.includes("UNREAD")], labels);
  }
  assert.deepEqual([copyOf({}).folder, copyOf({}).isRead], [null, null]);
});

Deno.test("chosen columns say the same of a copy as the labels themselves", () => {
  for (const labelIds of [["INBOX", "UNREAD"], ["SENT"], ["Label_1"], ["TRASH", "SENT"]]) {
    const { folder, isRead, isSent } = copyOf({ labelIds });
    const named = copyOf({ labels: labelIds.map((id) => id.replace("Label_1", "Work/Big Deals")) });
    assert.deepEqual([named.folder, named.isRead, named.isSent], [folder, isRead, isSent]);
    const told = copyOf({ folder: folderOf(labelIds), read: !labelIds.includes("UNREAD") });
    assert.deepEqual([told.folder, told.isRead, told.isSent], [folder, isRead, isSent && folder === "sent"]);
  }
  const told = copyOf({ from: "b@x", subject: "Re: x", messageId: "<1@x>", inReplyTo: "<0@x>", folder: "elsewhere" });
  assert.deepEqual([told.from, told.kin, told.messageId, told.inReplyTo, told.folder], [
    ...["b@x", "answer", "<1@x>", "<0@x>"],
    null,
  ]);
});

Deno.test("headers are found in whatever case, and a subject says what it is of an earlier mail", () => {
  const { messageId, inReplyTo, from } = copyOf({
    headers: { "MESSAGE-ID": " <1@x> ", "in-reply-to": "<0@x>", From: "b@x" },
  });
  assert.deepEqual([messageId, inReplyTo, from], ["<1@x>", "<0@x>", "b@x"]);
  assert.equal(copyOf({ headers: { "Message-ID": " " } }).messageId, null);
  const kinds: readonly (readonly [string, string | null])[] = [
    ["Re: x", "answer"],
    ["AW: Re: x", "answer"],
    ["Re[2]: x", "answer"],
    ["Fwd: Re: x", "forward"],
    ["WG: x", "forward"],
    ["Regarding: x", null],
    ["x Re: y", null],
    ["", null],
  ];
  for (const [subject, kin] of kinds) assert.equal(copyOf({ headers: { Subject: subject } }).kin, kin, subject);
});

Deno.test("a row that is no message is none", () => {
  for (const row of [null, 1, "x", [], {}, { mailbox: "a@x" }, { mailbox: 1, id: "1" }]) {
    assert.equal(mailCopy(row), undefined);
  }
});
