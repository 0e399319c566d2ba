import assert from "node:assert/strict";
import { jsonText } from "./json.ts";

Deno.test("nothing in JSON steers a terminal, and it says the same", () => {
  const value = {
    subject: "\x1b[31m\x9b31m\x7f\u202egpj.exe\u2066\ufeff",
    name: "Grüße 会議 😀",
    list: [1, null, "\u2028"],
  };
  for (const indent of [0, 2]) {
    const text = jsonText(value, indent);
    // deno-lint-ignore no-control-regex -- they must be gone
    assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2066\ufeff\u2028]/);
    assert.deepEqual(JSON.parse(text), value);
    assert.ok(text.includes("Grüße 会議 😀"));
  }
});
