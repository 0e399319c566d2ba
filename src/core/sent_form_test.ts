import assert from "node:assert/strict";
import { sentForm } from "./sent_form.ts";

const digest = (text: string) => ({ characters: text.length });
const form = (...args: unknown[]) => {
  const { json, isExact } = sentForm(JSON.stringify(args), digest);
  return { args: JSON.parse(json), isExact };
};

Deno.test("what is short and looks like no secret is kept character by character", () => {
  for (
    const args of [[], [{ userId: "ann@acme.example", q: "from:bob" }], ["https://example.com/a?b=c", {
      method: "GET",
    }]]
  ) {
    assert.deepEqual(form(...args), { args, isExact: true });
  }
});

Deno.test("secrets are left out of members, headers and addresses, and references to the keystore are not secrets", () => {
  const reference = { $secret: "default/KEY" };
  assert.deepEqual(
    form("https://example.com/?access_token=abc&x=1&key=k#code=z", {
      headers: { Authorization: "Bearer x", Cookie: "sid=1", "X-Api-Key": "y", "x-other": reference },
      json: { deep: [{ password: "p", "user": "u" }] },
    }),
    {
      args: ["https://example.com/?access_token=[redacted]&x=1&key=[redacted]#code=[redacted]", {
        headers: {
          Authorization: "[redacted]",
          Cookie: "[redacted]",
          "X-Api-Key": "[redacted]",
          "x-other": reference,
        },
        json: { deep: [{ password: "[redacted]", "user": "u" }] },
      }],
      isExact: false,
    },
  );
});

Deno.test("of a body, a long text and a large argument no more than the digest is kept", () => {
  assert.deepEqual(form({ body: "a=b", raw: "x", data: ["p ", { n: 1 }], json: { body: { kept: 1 } } }), {
    args: [{
      body: { characters: 5 },
      raw: { characters: 3 },
      data: { characters: 14 },
      json: { body: { kept: 1 } },
    }],
    isExact: false,
  });
  assert.deepEqual(form({ q: "x".repeat(501), n: 1 }), { args: [{ q: { characters: 501 }, n: 1 }], isExact: false });
  const ids = Array.from({ length: 400 }, (_, index) => `message-${index}`);
  assert.deepEqual(form({ ids }), { args: [{ characters: JSON.stringify({ ids }).length }], isExact: false });
  assert.deepEqual(form({ ids: ids.slice(0, 50) }), { args: [{ ids: ids.slice(0, 50) }], isExact: true });
});
