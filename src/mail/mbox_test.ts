import assert from "node:assert/strict";
import { formatMboxEntry, splitMbox } from "./mbox.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const split = (text: string) => [...splitMbox(bytes(text))].map((message) => new TextDecoder().decode(message));
const ENVELOPE = "From a@x Tue May  5 08:00:00 2026\n";

Deno.test("messages are cut at envelope lines and quoted From lines freed of one mark", () => {
  assert.deepEqual(split(`${ENVELOPE}A: 1\n\none\n>From me\n>>From you\n> From\n\n${ENVELOPE}A: 2\n\ntwo\n\n`), [
    "A: 1\n\none\nFrom me\n>From you\n> From\n",
    "A: 2\n\ntwo\n",
  ]);
});

Deno.test("CRLF files work alike", () => {
  const text = `${ENVELOPE}A: 1\n\none\n>From me\n\n${ENVELOPE}A: 2\n\ntwo\n\n`.replaceAll("\n", "\r\n");
  assert.deepEqual(split(text), ["A: 1\r\n\r\none\r\nFrom me\r\n", "A: 2\r\n\r\ntwo\r\n"]);
});

Deno.test("a Content-Length that lies changes nothing", () => {
  for (const length of [0, 1, 100_000]) {
    const first = `Content-Length: ${length}\n\none\n`;
    assert.deepEqual(split(`${ENVELOPE}${first}\n${ENVELOPE}A: 2\n\ntwo\n`), [first, "A: 2\n\ntwo\n"]);
  }
});

Deno.test("a sentence that starts with From stays in its message", () => {
  const one = "A: 1\n\nHello.\n\nFrom here on it is easy.\n\nFrom 10:30 to 11:00 we meet.\n";
  assert.deepEqual(
    split(`${ENVELOPE}${one}\n${ENVELOPE}A: 2\n\n`),
    [one, "A: 2\n\n"].map((text) => text.replace(/\n\n$/, "\n")),
  );
});

Deno.test("the envelopes of Gmail's export, of Mozilla and of bare senders are known", () => {
  const envelopes = [
    "From 1791234567890123456@xxx Tue May 05 08:00:00 +0000 2026",
    "From - Tue May  5 08:00:00 2026",
    "From a@x",
  ];
  for (const envelope of envelopes) {
    assert.deepEqual(split(`${envelope}\nA: 1\n\none\n\n${envelope}\nA: 2\n\ntwo\n`), [
      "A: 1\n\none\n",
      "A: 2\n\ntwo\n",
    ]);
  }
});

Deno.test("bytes that are no mbox are one message, and none are none", () => {
  assert.deepEqual(split("A: 1\n\nbody\n"), ["A: 1\n\nbody\n"]);
  assert.deepEqual(split(""), []);
  assert.deepEqual(split("\n\n"), []);
  assert.deepEqual(split(ENVELOPE), [""]);
});

Deno.test("what is written is read back byte for byte", () => {
  const messages = [
    "A: 1\r\n\r\nFrom me\r\n>From you\r\n\r\nFrom a@x Tue May  5 08:00:00 2026\r\n\r\n",
    "A: 2\n\n\xff\n",
    "A: 3\n\nFrom \n",
    "\n",
  ].map((text) => Uint8Array.from(text, (char) => char.charCodeAt(0)));
  const file = messages.map((raw) => formatMboxEntry({ raw, sender: "a b@x", date: Date.UTC(2026, 4, 5, 8) }));
  const whole = Uint8Array.from(file.flatMap((entry) => [...entry]));
  assert.match(new TextDecoder().decode(whole), /^From ab@x Tue May {2}5 08:00:00 2026\n/);
  assert.deepEqual([...splitMbox(whole)], messages);
});
