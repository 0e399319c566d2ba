import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { seal, unseal } from "./seal.ts";

const key = randomBytes(32);

Deno.test("what is sealed opens with the same key and context, whatever the text", () => {
  for (const text of ["", "plain", "with\0NUL\nand lines\r\n", "ü€😀", "x".repeat(1_000_000)]) {
    assert.equal(unseal(key, seal(key, text, "a/b"), "a/b"), text);
  }
});

Deno.test("the same text sealed twice gives different bytes", () => {
  assert.notDeepEqual(seal(key, "same", "a/b"), seal(key, "same", "a/b"));
});

Deno.test("no changed byte, shorter piece, other context or other key opens", () => {
  const sealed = seal(key, "a secret", "a/b");
  for (let i = 0; i < sealed.length; i++) {
    const changed = sealed.slice();
    changed[i]! ^= 1;
    assert.equal(unseal(key, changed, "a/b"), undefined, `byte ${i}`);
    assert.equal(unseal(key, sealed.slice(0, i), "a/b"), undefined, `cut at ${i}`);
  }
  assert.equal(unseal(key, sealed, "a/c"), undefined);
  assert.equal(unseal(randomBytes(32), sealed, "a/b"), undefined);
});
