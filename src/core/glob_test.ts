import assert from "node:assert/strict";
import { matchesGlob } from "./glob.ts";

Deno.test("a star stands for anything, and for nothing", () => {
  for (
    const [text, pattern, is] of [
      ["gmail.users.messages.list", "*", true],
      ["", "*", true],
      ["gmail.users.messages.list", "gmail.*.list", true],
      ["gmail.users.messages.list", "gmail.*.list.*", false],
      ["Ann@Example.com", "*@example.com", true],
      ["ann@example.com.evil", "*@example.com", false],
      ["abab", "ab*ab", true],
      ["aba", "ab*ba", false],
      ["a.b", "a?b", false],
      ["axbxc", "a*b*c", true],
      ["acb", "a*b*c", false],
      ["x\ny", "x*y", true],
      ["", "", true],
      ["a", "", false],
    ] as const
  ) assert.equal(matchesGlob(text, pattern), is, `${text} ${pattern}`);
});

Deno.test("a pattern of many stars takes no longer than the text is long for each", () => {
  const began = performance.now();
  assert.equal(matchesGlob("a".repeat(100_000), `${"a*".repeat(100)}b`), false);
  assert.ok(performance.now() - began < 1_000);
});
