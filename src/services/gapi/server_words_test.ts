import assert from "node:assert/strict";
import { nextPacificMidnight, serverWait } from "./server_wait.ts";
import { cleanWords, readServerWords } from "./server_words.ts";

const NOW = Date.UTC(2026, 8, 11, 19, 45);

Deno.test("the wait is read from the message and from the header, the longer one counts", () => {
  const wait = (message: string, header?: string) =>
    serverWait({ message, headers: new Headers(header === undefined ? {} : { "retry-after": header }), now: NOW });
  assert.equal(wait("User-rate limit exceeded.  Retry after 2026-09-11T20:00:00.000Z"), Date.UTC(2026, 8, 11, 20));
  assert.equal(wait("retry after 2026-09-11T22:00:00+02:00 please"), Date.UTC(2026, 8, 11, 20));
  assert.equal(wait("", "120"), NOW + 120_000);
  assert.equal(wait("", "Fri, 11 Sep 2026 20:00:00 GMT"), Date.UTC(2026, 8, 11, 20));
  assert.equal(wait("Retry after 2026-09-11T20:00:00Z", "10"), Date.UTC(2026, 8, 11, 20));
  assert.equal(wait("Retry after 2020-01-01T00:00:00Z"), NOW + 1_000, "a time in the past is not at once");
  assert.equal(wait("Retry after 2099-01-01T00:00:00Z"), NOW + 25 * 3_600_000, "nor is any time believed");
  assert.equal(wait("Slow down.", "soon"), undefined);
});

Deno.test("Google's day ends at midnight Pacific, also when the clocks change", () => {
  const midnight = (iso: string) => new Date(nextPacificMidnight(Date.parse(iso))).toISOString();
  assert.equal(midnight("2026-01-15T12:00:00.123Z"), "2026-01-16T08:00:00.000Z");
  assert.equal(midnight("2026-07-01T06:59:59.999Z"), "2026-07-01T07:00:00.000Z");
  assert.equal(midnight("2026-07-01T07:00:00.000Z"), "2026-07-02T07:00:00.000Z");
  // 8 March 2026 has 23 hours, 1 November 25.
  assert.equal(midnight("2026-03-08T09:00:00.000Z"), "2026-03-09T07:00:00.000Z");
  assert.equal(midnight("2026-03-08T18:00:00.000Z"), "2026-03-09T07:00:00.000Z");
  assert.equal(midnight("2026-11-01T07:30:00.000Z"), "2026-11-02T08:00:00.000Z");
  assert.equal(midnight("2026-11-01T20:00:00.000Z"), "2026-11-02T08:00:00.000Z");
});

Deno.test("words lose secrets and control characters and are cut", () => {
  assert.equal(cleanWords("a\u001b[31mb\u0000\n\tc\u202ed"), "a [31mb c d");
  assert.equal(cleanWords("token s3cret-value here", ["s3cret-value"]), "token [secret] here");
  assert.equal(cleanWords("Authorization: Bearer abc.def-1"), "Authorization: [secret]");
  assert.equal(cleanWords("got ya29.A0AR_x-y"), "got [secret]");
  assert.equal(cleanWords("jwt eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.sig_nature-1 end"), "jwt [secret] end");
  assert.equal(cleanWords("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY----- x"), "[secret] x");
  assert.equal([...cleanWords("é".repeat(600))].length, 500);
});

Deno.test("error bodies are read in every form, and hostile ones do no harm", () => {
  const words = readServerWords({
    error: { message: "m", errors: [{ reason: "r", location: "pageToken" }], status: "S", details: [{ reason: "D" }] },
  });
  assert.deepEqual(words, { message: "m", reasons: ["r", "D", "S"], location: "pageToken", oauthError: "" });
  assert.deepEqual(readServerWords('{"error":"invalid_grant","error_description":"d"}').oauthError, "invalid_grant");
  assert.equal(readServerWords("<html><style>x{}</style><h1>Bad Gateway</h1></html>").message, "Bad Gateway");
  for (const body of [undefined, null, 1, "", [], { error: null }, { error: { errors: "x", details: [null] } }]) {
    assert.equal(readServerWords(body).message, "");
  }
});
