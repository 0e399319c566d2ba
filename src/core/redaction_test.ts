import assert from "node:assert/strict";
import { redacted, shortened } from "./redaction.ts";

Deno.test("values of secrets are left out, by the schema and by their names, at any depth", () => {
  const schema = {
    properties: {
      pin: { type: "string", writeOnly: true },
      login: { properties: { word: { type: "string", format: "password" } } },
      list: { items: { properties: { code: { writeOnly: true } } } },
    },
  };
  const input = {
    query: "password token",
    pin: "1234",
    login: { user: "ann", word: "x", apiKey: { deep: "y" } },
    list: [{ code: "z", n: 1 }],
    accessToken: "t",
    reference: { $secret: "default/GAPI_KEY" },
  };
  assert.deepEqual(redacted(input, schema), {
    query: "password token",
    pin: "[redacted]",
    login: { user: "ann", word: "[redacted]", apiKey: "[redacted]" },
    list: [{ code: "[redacted]", n: 1 }],
    accessToken: "[redacted]",
    reference: { $secret: "default/GAPI_KEY" },
  });
  assert.deepEqual(redacted(["a", 1, null], null), ["a", 1, null]);
});

Deno.test("only long members are shortened", () => {
  const short = shortened({ a: "x".repeat(50), b: [1, 2] }, 20, (json) => ({ characters: json.length }));
  assert.deepEqual(short, { a: { characters: 52 }, b: [1, 2] });
});
