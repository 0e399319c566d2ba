import assert from "node:assert/strict";
import { bodyText } from "./body_text.ts";
import { parseMessage } from "./mime.ts";

const read = (raw: string) =>
  bodyText(parseMessage(Uint8Array.from(raw, (char) => char.charCodeAt(0))).payload).replaceAll("\r\n", "\n").trim();
const part = (type: string, text: string, more = "") => `--b\r\nContent-Type: ${type}\r\n${more}\r\n${text}\r\n`;
const multipart = (kind: string, ...parts: string[]) =>
  `Content-Type: multipart/${kind}; boundary=b\r\n\r\n${parts.join("")}--b--\r\n`;

Deno.test("a body is its plain text, or else its HTML without markup, in whatever character set", () => {
  const html = part("text/html", "<p>rich &amp; <b>bold</b></p>");
  const table: [raw: string, text: string][] = [
    ["Subject: x\r\n\r\nplain\r\n", "plain"],
    ["Content-Type: text/plain; charset=koi8-r\r\n\r\n\xf3\xcf\xcf\xc2\xdd", "Сообщ"],
    ["Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nR3LDvMOfZQ==", "Grüße"],
    ["Content-Type: text/plain; charset=nonsense\r\n\r\ncaf\xe9", "café"],
    ["Content-Type: text/html\r\n\r\n<style>x</style>rich", "rich"],
    [multipart("alternative", part("text/plain", "plain"), html), "plain"],
    [multipart("alternative", part("text/plain", "  "), html), "rich & bold"],
    [multipart("mixed", part("text/plain", "one"), part("text/plain", "two")), "one\ntwo"],
    [
      multipart(
        "mixed",
        part("text/plain", "one"),
        part("text/plain", "file", "Content-Disposition: attachment; filename=a.txt\r\n"),
      ),
      "one",
    ],
    [multipart("mixed", part("message/rfc822", "Subject: x\r\n\r\nforwarded")), ""],
    [multipart("mixed", part("application/pdf", "%PDF")), ""],
    ["", ""],
  ];
  for (const [raw, text] of table) assert.equal(read(raw), text, raw);
  assert.equal(bodyText({}), "");
});
