import assert from "node:assert/strict";
import { composeMessage, type ComposeParams } from "./compose.ts";
import { headerValue } from "./headers.ts";
import { attachmentBytes, parseMessage } from "./mime.ts";

const BASE: ComposeParams = {
  from: { name: "Zoë O'Neil", address: "zoe@x.example" },
  to: [{ name: "Doe, John", address: "j@y.example" }, "k@y.example"],
  subject: "Hello",
  date: Date.UTC(2026, 4, 5, 8, 1, 2),
  messageId: "id-1@x.example",
  body: "Hi.",
};
const textOf = (raw: Uint8Array) => new TextDecoder().decode(raw);

Deno.test("a plain message is as RFC 5322 has it", () => {
  const raw = composeMessage({
    ...BASE,
    cc: ["c@z.example"],
    inReplyTo: "<id-0@x.example>",
    headers: [{ name: "List-Id", value: "<l.x.example>" }],
  });
  assert.equal(
    textOf(raw),
    [
      "From: =?utf-8?B?Wm/DqyBPJ05laWw=?= <zoe@x.example>",
      'To: "Doe, John" <j@y.example>, k@y.example',
      "Cc: c@z.example",
      "Subject: Hello",
      "Date: Tue, 05 May 2026 08:01:02 +0000",
      "Message-ID: <id-1@x.example>",
      "In-Reply-To: <id-0@x.example>",
      "References: <id-0@x.example>",
      "List-Id: <l.x.example>",
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=us-ascii",
      "Content-Transfer-Encoding: 7bit",
      "",
      "Hi.",
      "",
    ].join("\r\n"),
  );
});

Deno.test("every message is ASCII in lines of at most 78 characters, and says what was put in", () => {
  const bodies = [
    "",
    "short",
    "From x\n",
    "a ".repeat(300),
    "ü".repeat(300),
    "tail \nspace\t\n",
    "東京都で会議".repeat(40),
    "=".repeat(200),
    "\n\n.\n",
  ];
  const subjects = [
    "",
    "a  b",
    "ü".repeat(100),
    "word ".repeat(40).trim(),
    "=?utf-8?Q?x?=",
    "😀".repeat(30),
    "x".repeat(200),
  ];
  const filename = "Ein ganz und gar zu langer, “schöner” Name für eine Datei — 会議.pdf";
  const content = Uint8Array.from({ length: 1000 }, (_, n) => (n * 7) & 255);
  for (const body of bodies) {
    for (const subject of subjects) {
      const raw = composeMessage({
        ...BASE,
        subject,
        body,
        attachments: [{ filename, mimeType: "application/pdf", content }],
      });
      for (const line of textOf(raw).split("\r\n")) assert.match(line, /^[\t\x20-\x7e]{0,78}$/);
      const { payload, attachments } = parseMessage(raw);
      assert.equal(headerValue(payload.headers, "subject"), subject);
      const data = payload.parts?.[0]?.body.data ?? "";
      const text = new TextDecoder().decode(
        Uint8Array.from(atob(data.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0)),
      );
      assert.equal(text.replaceAll("\r\n", "\n").replace(/\n$/, ""), body.replace(/\n$/, ""));
      assert.equal(attachments[0]?.filename, filename);
      assert.deepEqual(attachmentBytes(raw, payload.parts?.[1]?.body.attachmentId ?? ""), content);
    }
  }
});

Deno.test("values with line ends add no headers", () => {
  const evil = "x\r\nBcc: evil@x.example\r\n\r\nbody";
  const raw = composeMessage({
    ...BASE,
    from: { name: evil, address: `a@x${evil}` },
    to: [evil],
    subject: evil,
    messageId: evil,
    headers: [{ name: "X-A", value: evil }],
    attachments: [{ filename: evil, mimeType: "text/plain", content: new Uint8Array(0) }],
  });
  assert.equal(headerValue(parseMessage(raw).payload.headers, "bcc"), undefined);
  assert.doesNotMatch(textOf(raw), /\nBcc:/);
});

Deno.test("the same parameters give the same bytes", () => {
  const body = { text: "a", html: "<p>a" };
  assert.deepEqual(composeMessage({ ...BASE, body }), composeMessage({ ...BASE, body }));
});
