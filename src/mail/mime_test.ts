import assert from "node:assert/strict";
import PostalMime from "postal-mime";
import { composeMessage } from "./compose.ts";
import { headerValue, parseAddressList } from "./headers.ts";
import type { MessagePart } from "./message.ts";
import { attachmentBytes, attachmentsOf, parseMessage } from "./mime.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const crlf = (text: string) => bytes(text.replaceAll("\n", "\r\n"));
const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** "partId mimeType filename" of every part, in order. */
function outline(part: MessagePart): string[] {
  return [`${part.partId} ${part.mimeType} ${part.filename}`.trimEnd(), ...(part.parts ?? []).flatMap(outline)];
}

const MIXED = crlf(`From: A <a@x.example>
To: b@y.example
Subject: =?utf-8?Q?Caf=C3=A9?=
Date: Tue, 5 May 2026 10:00:00 +0200
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

preamble
--outer
Content-Type: multipart/alternative; boundary=outer2

--outer2
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe, soft=
 break
--outer2
Content-Type: text/html; charset=utf-8

<style>p { color: red }</style><p>Gr&uuml;&szlig;e &amp; more</p>
--outer2--
--outer
Content-Type: application/pdf; name="a.pdf"
Content-Disposition: attachment; filename="a.pdf"
Content-Transfer-Encoding: base64

JVBERi0x
LjQ=
--outer
Content-Type: message/rfc822

From: c@z.example
Subject: inner
Content-Type: text/plain

inner text
--outer--
epilogue
`);

Deno.test("the payload has Gmail's part ids, types and file names", () => {
  const { payload, attachments, date } = parseMessage(MIXED);
  assert.deepEqual(outline(payload), [
    " multipart/mixed",
    "0 multipart/alternative",
    "0.0 text/plain",
    "0.1 text/html",
    "1 application/pdf a.pdf",
    "2 message/rfc822",
    "2.0 text/plain",
  ]);
  assert.equal(headerValue(payload.headers, "subject"), "Café");
  assert.equal(date, Date.UTC(2026, 4, 5, 8));
  assert.deepEqual(attachments.map(({ filename, mimeType, size }) => ({ filename, mimeType, size })), [
    { filename: "a.pdf", mimeType: "application/pdf", size: 8 },
    { filename: "", mimeType: "message/rfc822", size: attachments[1]?.size },
  ]);
});

Deno.test("text is inline in UTF-8, other parts lie behind an attachment id", () => {
  const { payload, text } = parseMessage(MIXED);
  const plain = payload.parts?.[0]?.parts?.[0];
  assert.equal(new TextDecoder().decode(fromBase64Url(plain)), "Grüße, soft break");
  assert.equal(plain?.body.size, bytes("Grüße, soft break").length);
  const pdf = payload.parts?.[1];
  assert.equal(pdf?.body.data, undefined);
  assert.deepEqual(attachmentBytes(MIXED, pdf?.body.attachmentId ?? ""), bytes("%PDF-1.4"));
  assert.equal(attachmentBytes(MIXED, "unknown"), undefined);
  assert.equal(text, "Grüße, soft break\nGrüße & more\ninner text");
});

function fromBase64Url(part: MessagePart | undefined): Uint8Array {
  return latin1(atob((part?.body.data ?? "").replaceAll("-", "+").replaceAll("_", "/")));
}

Deno.test("broken messages give what can be had", () => {
  const text = (raw: Uint8Array) => parseMessage(raw).text.trim();
  const shape = (raw: Uint8Array) => outline(parseMessage(raw).payload);
  const multipart = (body: string, type = 'multipart/mixed; boundary="b"') => bytes(`Content-Type: ${type}\n\n${body}`);
  assert.deepEqual(parseMessage(new Uint8Array(0)).payload, {
    partId: "",
    mimeType: "text/plain",
    filename: "",
    headers: [],
    body: { size: 0 },
  });
  assert.equal(text(bytes("Subject: no body")), "");
  assert.equal(text(bytes("\n\nonly a body")), "only a body");
  assert.equal(text(multipart("--b\n\none\n--b\n\ntwo")), "one\ntwo", "no last boundary");
  assert.equal(text(multipart("no boundary at all")), "no boundary at all");
  assert.equal(text(multipart("--b\n\none", "multipart/mixed")), "--b\n\none", "no boundary parameter");
  assert.equal(text(multipart("--b\n\none\n--bb\nnot a boundary\n--b-- \nepilogue")), "one\n--bb\nnot a boundary");
  assert.deepEqual(shape(multipart("--b\n--b\n\n--b\nx\n--b--")), [" multipart/mixed", "0 text/plain", "1 text/plain"]);
  assert.deepEqual(shape(bytes("Content-Type: nonsense\n\nx")), [" text/plain"]);
  assert.equal(text(bytes("Content-Transfer-Encoding: base64\n\naGVsbG8*\n gd29ybGQ\n")), "hello world");
  assert.equal(text(bytes("Content-Transfer-Encoding: quoted-printable\n\na=3Db =ZZ =\n= \nc  \nd=")), "a=b =ZZ c\nd");
  assert.equal(text(latin1("Content-Type: text/plain\n\nGr\xfc\xdfe")), "Grüße");
  assert.equal(text(latin1("Content-Type: text/plain; charset=utf-8\n\nbad \xfc byte")), "bad \ufffd byte");
  assert.equal(text(latin1('Content-Type: text/html\n\n<meta charset="koi8-r"><p>\xf0\xd2\xc9\xd7\xc5\xd4')), "Привет");
});

Deno.test("a digest's parts are messages, an inner boundary that starts like the outer one is its own", () => {
  const digest = bytes(
    "Content-Type: multipart/digest; boundary=d\n\n--d\n\nSubject: one\n\nfirst\n--d\n\nSubject: two\n\nsecond\n--d--\n",
  );
  assert.deepEqual(outline(parseMessage(digest).payload).slice(1), [
    "0 message/rfc822",
    "0.0 text/plain",
    "1 message/rfc822",
    "1.0 text/plain",
  ]);
  assert.equal(parseMessage(digest).text, "first\nsecond");
});

Deno.test("a thousand nested multiparts are read to a depth and kept beyond it", () => {
  const open = Array.from({ length: 1000 }, (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\n\n--b${n}\n`)
    .join("");
  assert.match(parseMessage(bytes(`${open}\ncore`)).text, /core/);
});

Deno.test("images shown in the HTML are listed as inline", () => {
  const raw = bytes(
    "Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n<img src=cid:1>\n" +
      "--b\nContent-Type: image/png; name=logo.png\nContent-ID: <1>\nContent-Disposition: inline\n\nx\n" +
      "--b\nContent-Type: image/png; name=photo.png\nContent-Disposition: attachment\n\nx\n--b--\n",
  );
  assert.deepEqual(parseMessage(raw).attachments.map(({ filename, inline }) => [filename, inline]), [
    ["logo.png", true],
    ["photo.png", false],
  ]);
});

const pdf = {
  filename: "Übersicht, Teil 1 “final”.pdf",
  mimeType: "application/pdf",
  content: Uint8Array.from({ length: 300 }, (_, n) => n & 255),
};
const BASE = {
  from: { name: "Müller, Hans", address: "hans@x.example" },
  to: ["b@y.example"],
  date: Date.UTC(2026, 4, 5, 8),
  messageId: "1@x",
};
const SAMPLES: [name: string, raw: Uint8Array][] = [
  ["mixed by hand", MIXED],
  ["plain ascii", composeMessage({ ...BASE, subject: "Hello", body: "From here\n.\nto there\n" })],
  ["plain umlauts", composeMessage({ ...BASE, subject: "Größe ".repeat(20), body: "Grüße = gut\nTrailing space \n" })],
  ["japanese", composeMessage({ ...BASE, subject: "会議のお知らせ", body: "東京都で会議を行います。" })],
  [
    "html and file",
    composeMessage({ ...BASE, subject: "x", body: { text: "text é", html: "<p>html é</p>" }, attachments: [pdf] }),
  ],
  [
    "latin-1",
    latin1(
      "From: a@x\r\nSubject: =?iso-8859-1?Q?=E9?=\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\ncaf\xe9\r\n",
    ),
  ],
  [
    "iso-2022-jp",
    bytes("From: a@x\r\nSubject: s\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B2q5D\x1b(B\r\n"),
  ],
  [
    "no last boundary",
    bytes("From: a@x\r\nSubject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n"),
  ],
];

Deno.test("postal-mime reads the same subject, sender, text and attachments", async () => {
  for (const [name, raw] of SAMPLES) {
    const ours = parseMessage(raw);
    const theirs = await PostalMime.parse(raw.slice(), { rfc822Attachments: true, attachmentEncoding: "arraybuffer" });
    assert.equal(headerValue(ours.payload.headers, "subject"), theirs.subject, name);
    assert.deepEqual(
      parseAddressList(headerValue(ours.payload.headers, "from") ?? ""),
      [{ name: theirs.from?.name, address: theirs.from?.address }],
      name,
    );
    const lines = (text: string) => text.split(/\s+/).filter((word) => word !== "");
    assert.deepEqual(lines(firstText(ours.payload)), lines(theirs.text ?? ""), name);
    // postal-mime makes LF of the CRLF in an attached message, so its size there is not that of the bytes.
    const sized = (mimeType: string, size: number) => mimeType === "message/rfc822" ? "any" : size;
    assert.deepEqual(
      ours.attachments.map(({ filename, mimeType, size }) => [filename, mimeType, sized(mimeType, size)]),
      theirs.attachments.map((
        theirs,
      ) => [theirs.filename ?? "", theirs.mimeType, sized(theirs.mimeType, sizeOf(theirs.content))]),
      name,
    );
  }
});

function firstText(part: MessagePart): string {
  if (part.mimeType === "text/plain" && part.body.data !== undefined) {
    return new TextDecoder().decode(fromBase64Url(part));
  }
  if (part.mimeType === "message/rfc822") return "";
  return (part.parts ?? []).map(firstText).find((text) => text !== "") ?? "";
}

function sizeOf(content: ArrayBuffer | Uint8Array | string): number {
  return typeof content === "string" ? content.length : content.byteLength;
}

Deno.test("the bytes of attachments are those of the list, also of an attached message and what is attached to it", () => {
  const raw = bytes(
    "Content-Type: multipart/mixed; boundary=a\n\n--a\n\ntext\n--a\nContent-Type: message/rfc822; name=m.eml\n\n" +
      "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Disposition: attachment; filename=in.txt\n\ninner\n--b--\n--a\n" +
      "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\nAAEC\n--a\nContent-Type: text/csv; name=none.csv\n\n--a--\n",
  );
  const { attachments } = parseMessage(raw);
  const found = attachmentsOf(raw);
  assert.deepEqual(
    found.map(({ filename, mimeType, bytes }) => ({ filename, mimeType, size: bytes.length })),
    attachments.map(({ filename, mimeType, size }) => ({ filename, mimeType, size })),
  );
  assert.deepEqual(found.map(({ filename }) => filename), ["m.eml", "in.txt", "", "none.csv"]);
  assert.deepEqual([text8(found[1]!.bytes), [...found[2]!.bytes]], ["inner", [0, 1, 2]]);
  assert.deepEqual(attachmentsOf(bytes("Subject: x\n\nbody")), []);
});

function text8(content: Uint8Array): string {
  return new TextDecoder().decode(content);
}
