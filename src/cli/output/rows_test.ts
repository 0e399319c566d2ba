import assert from "node:assert/strict";
import type { Json } from "../../core/json.ts";
import type { RowFormat } from "../flags.ts";
import { formatParts, writeRows } from "./rows.ts";

const ROWS: Json[] = [
  { mailbox: "a@x.org", labelIds: ["INBOX", "SENT"], headers: { From: "=cmd()", Subject: 'say "hi", now' }, size: 3 },
  { mailbox: "b@x.org", labelIds: [], headers: { Subject: "line\nbreak", Cc: "c@x.org" }, size: null },
];

async function written(format: RowFormat, rows: Json[] = ROWS): Promise<string> {
  let text = "";
  const sink = { write: (part: string) => void (text += part), commit() {}, abort() {} };
  writeRows(sink, () => rows, { ...await formatParts(format), format, width: 0 });
  return text;
}

Deno.test("csv has the columns of all rows, inner members apart, and runs no formula", async () => {
  assert.equal(
    await written("csv"),
    "mailbox,labelIds,headers.From,headers.Subject,headers.Cc,size\r\n" +
      'a@x.org,INBOX SENT,\'=cmd(),"say ""hi"", now",,3\r\n' +
      'b@x.org,,,"line\nbreak",c@x.org,\r\n',
  );
});

Deno.test("lists are told apart from their items, and objects in them are said in brackets", async () => {
  const attachments = [{ name: "a b.pdf", type: "application/pdf", size: 12 }, { name: "", type: "x/y", size: null }];
  const rows: Json[] = [{ labels: ["INBOX", "Work/Big Deals"], attachments }, {
    labels: ["INBOX", "SENT"],
    attachments: [],
  }];
  assert.equal(
    await written("csv", rows),
    "labels,attachments\r\n" +
      '"INBOX, Work/Big Deals","a b.pdf (application/pdf, 12); (x/y)"\r\n' +
      "INBOX SENT,\r\n",
  );
});

Deno.test("ndjson has a row a line and json is one list, empty too", async () => {
  assert.deepEqual((await written("ndjson")).trimEnd().split("\n").map((line) => JSON.parse(line)), ROWS);
  assert.deepEqual(JSON.parse(await written("json")), ROWS);
  assert.deepEqual(JSON.parse(await written("json", [])), []);
  assert.equal(await written("csv", []), "");
});

Deno.test("a table takes steering characters out and keeps every row on its line", async () => {
  const text = await written("table", [{ name: "a\x1b[31mred\nnext", n: 1 }, { name: "日本", n: 22 }]);
  assert.equal(text, "name       n\nared next  1\n日本       22\n");
});

Deno.test("a member that only a late row has is a column too, and the head is written once", async () => {
  for (const count of [499, 500, 501, 1_203]) {
    const rows: Json[] = [...Array.from({ length: count - 1 }, (_none, n) => ({ n })), { n: -1, reason: "no mailbox" }];
    const lines = (await written("csv", rows)).split("\r\n");
    assert.equal(lines.length, count + 2);
    assert.equal(lines[0], "n,reason");
    assert.equal(lines.filter((line) => line === "n,reason").length, 1);
    assert.equal(lines[count], "-1,no mailbox");
    assert.match((await written("table", rows)).trimEnd().split("\n").at(-1)!, /^-1 +no mailbox$/);
  }
});
