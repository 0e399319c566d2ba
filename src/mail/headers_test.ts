import assert from "node:assert/strict";
import { decodeWords } from "./encoded_words.ts";
import { headerValue, parseAddressList, parseHeaders, readHeaderBlock } from "./headers.ts";
import { parseParameters } from "./parameters.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

Deno.test("folded lines are joined and names found in any case", () => {
  const headers = parseHeaders(bytes("Subject: a\r\n b\r\n\tc\r\nX-Empty:\r\nTo : x@y\r\n\r\nbody: no\r\n"));
  assert.deepEqual(headers, [
    { name: "Subject", value: "a b\tc" },
    { name: "X-Empty", value: "" },
    { name: "To", value: "x@y" },
  ]);
  assert.equal(headerValue(headers, "SUBJECT"), "a b\tc");
  assert.equal(headerValue(headers, "body"), undefined);
});

Deno.test("two From headers are both kept, the first one is the value", () => {
  const headers = parseHeaders(bytes("From: a@x\nFrom: b@x\n\n"));
  assert.equal(headers.length, 2);
  assert.equal(headerValue(headers, "from"), "a@x");
});

Deno.test("lines that are no headers are passed over with their continuations", () => {
  const block = bytes(
    "From sender Tue May  5 08:00:00 2026\nA: 1\nno colon here\n  continued\n: nameless\nB: 2\n\nbody",
  );
  const { headers, bodyStart } = readHeaderBlock(block);
  assert.deepEqual(headers, [{ name: "A", value: "1" }, { name: "B", value: "2" }]);
  assert.equal(new TextDecoder().decode(block.subarray(bodyStart)), "body");
});

Deno.test("without an empty line the body starts at the first line that is no header", () => {
  const block = bytes("Subject: x\nHello there");
  assert.equal(new TextDecoder().decode(block.subarray(readHeaderBlock(block).bodyStart)), "Hello there");
});

Deno.test("a text without headers is all body", () => {
  const block = bytes("Dear reader,\n\tgood day.\n\nMore: later");
  assert.deepEqual(readHeaderBlock(block), { headers: [], bodyStart: 0 });
});

Deno.test("8-bit header bytes are UTF-8 or else windows-1252", () => {
  assert.equal(headerValue(parseHeaders(bytes("Subject: Grüße\n\n")), "subject"), "Grüße");
  assert.equal(headerValue(parseHeaders(latin1("Subject: Gr\xfc\xdfe \x80\n\n")), "subject"), "Grüße €");
});

Deno.test("encoded words are read as RFC 2047 and mailers have them", () => {
  const table: [string, string][] = [
    ["plain", "plain"],
    ["=?utf-8?Q?caf=C3=A9?=", "café"],
    ["=?UTF-8?b?Y2Fmw6k=?=", "café"],
    ["=?iso-8859-1?Q?Patrik_F=E4ltstr=F6m?=", "Patrik Fältström"],
    ["=?windows-1252?Q?=80_100?=", "€ 100"],
    ["=?ISO-2022-JP?B?GyRCMnE1RBsoQg==?=", "会議"],
    ["=?Shift_JIS?B?ie+LYw==?=", "会議"],
    ["=?utf-8*en?Q?language?=", "language"],
    // neighbours: the space between goes, bytes of one character may lie in both
    ["=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"],
    ["=?utf-8?Q?a_?= \t =?iso-8859-1?Q?=E9?=", "a é"],
    ["=?utf-8?B?Y2Fmww==?= =?utf-8?B?qQ==?=", "café"],
    ["a =?utf-8?Q?b?= c", "a b c"],
    ["=?utf-8?Q?a?= x =?utf-8?Q?b?=", "a x b"],
    // against the rules
    ["=?utf-8?Q?two words?=", "two words"],
    ["=?utf-8?Q?really?_yes?=", "really? yes"],
    ["=?utf-8?B?Y2Fmw6k?=", "café"],
    ["=?utf-8?Q?bad=C3?=", "bad\ufffd"],
    ["=?utf-8?Q?bad=ZZ?=", "bad=ZZ"],
    ["=?x-nonsense?Q?caf=C3=A9?=", "café"],
    ["=?x-nonsense?Q?caf=E9?=", "café"],
    ["=?utf-8?X?no?=", "=?utf-8?X?no?="],
    ["=?utf-8?Q?unended", "=?utf-8?Q?unended"],
    ["=?utf-8?Q??=", ""],
  ];
  for (const [value, expected] of table) assert.equal(decodeWords(value), expected, value);
});

Deno.test("a decoded name with a comma is quoted, so that the header still is one address", () => {
  const headers = parseHeaders(
    bytes("From: =?utf-8?Q?M=C3=BCller=2C_Hans?= <h@x.example>\nSubject: =?utf-8?Q?a=2Cb?=\n\n"),
  );
  assert.equal(headerValue(headers, "from"), '"Müller, Hans" <h@x.example>');
  assert.equal(headerValue(headers, "subject"), "a,b");
  assert.deepEqual(parseAddressList(headerValue(headers, "from") ?? ""), [{
    name: "Müller, Hans",
    address: "h@x.example",
  }]);
});

Deno.test("address lists are read as they are written", () => {
  const table: [string, ...[name: string, address: string][]][] = [
    [""],
    ["a@x", ["", "a@x"]],
    ["<a@x>", ["", "a@x"]],
    ["A B <a@x>, c@y", ["A B", "a@x"], ["", "c@y"]],
    ['"Doe, John" <j@x>', ["Doe, John", "j@x"]],
    ['"a \\"quoted\\" name" <j@x>', ['a "quoted" name', "j@x"]],
    ["j@x (John (Johnny) Doe)", ["John (Johnny) Doe", "j@x"]],
    ["(comment) A <a@x>", ["A", "a@x"]],
    ["Friends: a@x, B <b@y>;, c@z", ["", "a@x"], ["B", "b@y"], ["", "c@z"]],
    ["undisclosed-recipients:;"],
    ["Just A Name", ["Just A Name", ""]],
    ['"john doe"@x.example', ["", '"john doe"@x.example']],
    ["=?utf-8?Q?M=C3=BCller=2C_Hans?= <h@x>, b@y", ["Müller, Hans", "h@x"], ["", "b@y"]],
    ["<@route.example,@b:user@c.example>", ["", "user@c.example"]],
    ["a@[192.168.0.1]", ["", "a@[192.168.0.1]"]],
    ["a@[IPv6:::1]", ["", "a@[IPv6:::1]"]],
    ["A <a@x, b@y", ["A", "a@x"], ["", "b@y"]],
    ['"unclosed <a@x>', ['"unclosed', "a@x"]],
    ["Bob bob@x", ["Bob", "bob@x"]],
    [",, a@x ,;", ["", "a@x"]],
    ["A <>", ["A", ""]],
  ];
  for (const [value, ...expected] of table) {
    assert.deepEqual(parseAddressList(value), expected.map(([name, address]) => ({ name, address })), value);
  }
});

Deno.test("parameters are read in RFC 2231 and in older forms", () => {
  const table: [string, string][] = [
    ["attachment; filename=a.pdf", "a.pdf"],
    ['attachment; filename="a;b.pdf"', "a;b.pdf"],
    ["attachment; filename=my file.pdf; size=1", "my file.pdf"],
    ['attachment; FileName = "a \\"b\\".pdf"', 'a "b".pdf'],
    ["attachment; filename*=utf-8''%E2%82%AC%20rates.pdf", "€ rates.pdf"],
    ["attachment; filename*=iso-8859-1'en'%A3.pdf", "£.pdf"],
    ["attachment; filename=plain.pdf; filename*=utf-8''%E2%82%AC.pdf", "€.pdf"],
    ['attachment; filename*0="part one, "; filename*1="part two.pdf"', "part one, part two.pdf"],
    ["attachment; filename*1*=%82%AC.pdf; filename*0*=utf-8''a%E2", "a€.pdf"],
    ["attachment; filename*0*=utf-8''%61; filename*1=%61; filename*2*=%61", "a%61a"],
    ['attachment; filename="=?utf-8?B?w7wucGRm?="', "ü.pdf"],
  ];
  for (const [value, filename] of table) {
    const parsed = parseParameters(value);
    assert.equal(parsed.value, "attachment", value);
    assert.equal(parsed.parameters.get("filename"), filename, value);
  }
  assert.equal(parseParameters("Text/HTML (comment); charset=utf-8").value, "text/html");
});
