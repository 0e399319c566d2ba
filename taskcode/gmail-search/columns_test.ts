import assert from "node:assert/strict";
import { manifest } from "../gmail-search.ts";
import { type Column, columnRow, COLUMNS, fetchFor } from "./columns.ts";
import type { MessagePart, SelectedUser } from "./types.ts";

const ANN: SelectedUser = {
  user: { id: "1", primaryEmail: "ann@a.example" },
  domain: "a.example",
  name: "Ann",
  messageCount: 0,
  messages: [],
};

const rowOf = (columns: Column[], message: object, names = new Map<string, string>()) =>
  columnRow(ANN, "m1", { id: "m1", ...message }, { columns, names });

Deno.test("every column may be asked for, and is described", () => {
  const { items, description } = manifest.input.properties.columns;
  assert.deepEqual(items.enum, COLUMNS);
  for (const column of COLUMNS) assert.match(description, new RegExp(`\\b${column}\\b`));
});

Deno.test("Gmail is asked for what the columns need and no more", () => {
  const table: [Column[], string, string[], string][] = [
    [["date"], "minimal", [], "id,internalDate"],
    [["folder", "read", "labels"], "minimal", [], "id,internalDate,labelIds"],
    [["subject", "from"], "metadata", ["Subject", "From"], "id,internalDate,payload(headers)"],
    [["size", "inReplyTo"], "metadata", ["In-Reply-To"], "id,internalDate,sizeEstimate,payload(headers)"],
  ];
  for (const [columns, format, metadataHeaders, fields] of table) {
    assert.deepEqual(fetchFor(columns), { format, metadataHeaders, fields });
  }
  const { format, fields } = fetchFor(["attachments"]);
  assert.equal(format, "full");
  assert.doesNotMatch(fields, /headers|data/, "nothing of what is in the parts");
  assert.match(
    fetchFor(["body"]).fields,
    /^id,internalDate,payload\(filename,mimeType,body\(size,attachmentId,data\),parts\(/,
  );
  assert.equal(fetchFor(["body"]).bodies, "body");
  assert.match(fields, /^id,internalDate,payload\(filename,mimeType,body\(size,attachmentId\),parts\(filename,/);
});

Deno.test("a row has the columns in the order asked, whatever the message lacks", () => {
  assert.deepEqual(Object.keys(rowOf(["subject", "date", "from"], {})), [
    ...["mailbox", "domain", "id", "subject", "date", "from"],
  ]);
  const { mailbox: _mailbox, domain: _domain, id: _id, ...empty } = rowOf([...COLUMNS], {}) as unknown as Record<
    string,
    unknown
  >;
  assert.deepEqual(empty, {
    ...{ from: null, to: null, cc: null, bcc: null, subject: null, date: null, labels: [], size: null, snippet: "" },
    ...{ attachments: [], messageId: null, inReplyTo: null, threadId: null, folder: "archive", read: true, body: null },
  });
  const headers = [{ name: "FROM", value: "a@x" }, { name: "From", value: "b@x" }];
  const row = rowOf(
    ["from", "labels"],
    { payload: { headers }, labelIds: ["UNREAD", "Label_3"] },
    new Map([["Label_3", "A B"]]),
  );
  assert.deepEqual([row], [{
    ...{ mailbox: "ann@a.example", domain: "a.example", id: "m1" },
    ...{ from: "a@x, b@x", labels: ["UNREAD", "A B"] },
  }]);
});

Deno.test("attachments are listed however deep, and a part that is too deep is listed itself", () => {
  const file: MessagePart = { filename: "a.pdf", mimeType: "application/pdf", body: { size: 3, attachmentId: "x" } };
  const nested = (depth: number): MessagePart =>
    depth === 0
      ? { parts: [file], mimeType: "multipart/mixed" }
      : { parts: [nested(depth - 1)], mimeType: "multipart/mixed" };
  const attachmentsOf = (payload: MessagePart) =>
    (rowOf(["attachments"], { payload }) as unknown as { attachments: object[] }).attachments;
  const listed = [{ name: "a.pdf", type: "application/pdf", size: 3 }];
  assert.deepEqual(attachmentsOf(file), listed);
  assert.deepEqual(attachmentsOf(nested(3)), listed);
  assert.deepEqual(attachmentsOf(nested(11)), listed);
  assert.deepEqual(attachmentsOf(nested(30)), [{ name: "", type: "multipart/mixed", size: null }]);
  const forwarded = { filename: "", mimeType: "message/rfc822", body: { size: 9, attachmentId: "y" }, parts: [file] };
  assert.deepEqual(attachmentsOf({ parts: [forwarded] }), [{ name: "", type: "message/rfc822", size: 9 }, ...listed]);
});
