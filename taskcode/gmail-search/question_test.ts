import assert from "node:assert/strict";
import { freeze } from "./question.ts";

const START = Date.UTC(2026, 2, 31) / 1000;

Deno.test("a question is bounded by the start of the run", () => {
  assert.equal(freeze("from:ann OR {a b}", START), `(from:ann OR {a b}) before:${START}`);
  assert.equal(freeze("", START), `before:${START}`);
});

Deno.test("ages become times, outside of quotes only", () => {
  assert.equal(
    freeze('newer_than:2d "older_than:1y"', START),
    `(after:${START - 172_800} "older_than:1y") before:${START}`,
  );
  assert.equal(freeze("-older_than:1y", START), `(-before:${Date.UTC(2025, 2, 31) / 1000}) before:${START}`);
  assert.equal(freeze("Newer_Than:1M", START), `(after:${Date.UTC(2026, 2, 3) / 1000}) before:${START}`);
});

Deno.test("a question that could reach what is added to it is refused", () => {
  for (const question of ["a) OR (b", "(a", "a}", 'say "hi', "{a"]) {
    assert.throws(() => freeze(question, START), { code: "INVALID_INPUT" }, question);
  }
});
