/** Whatever the bytes, reading them neither throws nor takes long. */
import assert from "node:assert/strict";
import { parseAddressList, parseHeaders } from "./headers.ts";
import { splitMbox } from "./mbox.ts";
import { parseMessage } from "./mime.ts";
import { parseQuery } from "./query.ts";
import { compileMatcher } from "./query_match.ts";

let seed = 20260505;
const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;

const PIECES = [
  ...[
    "\r\n",
    "\n",
    "\r\n\r\n",
    " ",
    "\t",
    ":",
    ";",
    "=",
    '"',
    "\\",
    "(",
    ")",
    "<",
    ">",
    ",",
    "@",
    "--",
    "--b",
    "--b--",
    "?",
    "=?",
    "?=",
  ],
  ...[
    "From: ",
    "From ",
    "Subject: ",
    "To: ",
    "Date: ",
    "Tue, 5 May 2026 10:00",
    "Content-Type: ",
    "multipart/mixed; boundary=b",
  ],
  ...[
    "message/rfc822",
    "text/html",
    "charset=",
    "utf-16le",
    "iso-2022-jp",
    "Content-Transfer-Encoding: base64",
    "quoted-printable",
  ],
  ...[
    "=?utf-8?B?",
    "=?iso-2022-jp?Q?",
    "=E9",
    "=C3",
    "filename*0*=utf-8''%",
    "name=",
    "<style>",
    "<!--",
    "&#x110000;",
    "&#xd800;",
    "&amp",
    "<p",
  ],
  ...[
    "x",
    "é",
    "会",
    "\u0000",
    "\u001b",
    "\u00ff",
    "OR ",
    "from:",
    "is:",
    "-",
    "{",
    "}",
    "|",
    "after:2026/",
    "AROUND ",
    "label:",
  ],
];
const garbage = (length: number) => Array.from({ length }, () => PIECES[random(PIECES.length)]).join("");

Deno.test("random messages are read to the end", () => {
  for (let round = 0; round < 3000; round++) {
    const text = garbage(random(80));
    const raw = round % 2 === 0
      ? new TextEncoder().encode(text)
      : Uint8Array.from(text, (char) => char.charCodeAt(0) & 255);
    const { payload, attachments } = parseMessage(raw);
    assert.ok(payload.mimeType.includes("/") && Array.isArray(attachments));
    assert.ok(Array.isArray(parseHeaders(raw)));
    assert.ok([...splitMbox(raw)].reduce((size, message) => size + message.length, 0) <= raw.length);
  }
});

Deno.test("random questions can be asked of random messages", () => {
  for (let round = 0; round < 3000; round++) {
    const q = garbage(random(20));
    assert.ok(Array.isArray(parseAddressList(q)));
    const raw = new TextEncoder().encode(garbage(random(40)));
    const fields = {
      id: "1",
      threadId: "1",
      labelIds: [],
      snippet: "",
      historyId: "1",
      internalDate: 0,
      sizeEstimate: 0,
      raw,
    };
    const matches = compileMatcher(parseQuery(q), { now: 0, labels: new Map() });
    assert.equal(typeof matches({ ...fields, payload: parseMessage(raw).payload }), "boolean");
  }
});

Deno.test("tens of kilobytes of any one thing are read in reasonable time", () => {
  const heads = [
    "",
    "Subject: ",
    "From: ",
    "Content-Type: ",
    "Content-Type: text/html\n\n",
    "Content-Type: multipart/mixed; boundary=b\n\n",
  ];
  const slow: string[] = [];
  for (const head of heads) {
    for (const piece of [...PIECES, "<head>", "<title", "a=b;", "=?utf-8?Q?a", "((", "--b\n", "\n\n", '"a"', "a@"]) {
      const raw = new TextEncoder().encode(head + piece.repeat(Math.ceil(60_000 / piece.length)));
      const takesLong = () => {
        const started = performance.now();
        const { payload } = parseMessage(raw);
        for (const { value } of payload.headers) parseAddressList(value);
        return performance.now() - started > 1_500;
      };
      // A busy machine may be slow once.
      if ([1, 2, 3].every(takesLong)) slow.push(`${head}${piece}`);
    }
  }
  assert.deepEqual(slow, []);
});
