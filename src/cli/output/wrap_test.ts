import assert from "node:assert/strict";
import { wrap } from "./wrap.ts";

Deno.test("text is broken at blanks, and keeps every word", () => {
  assert.deepEqual(wrap("one two three four", 9), ["one two", "three", "four"]);
  assert.deepEqual(wrap("fits", 9), ["fits"]);
  assert.deepEqual(wrap("", 9), [""]);
  assert.deepEqual(wrap("日本 語を", 4), ["日本", "語を"]);
});

Deno.test("what is in brackets stays together, unless it is longer than a line", () => {
  assert.deepEqual(wrap("How many [default: 10]", 14), ["How many", "[default: 10]"]);
  assert.deepEqual(wrap("Parts [default: id,snippet,headers]", 12), ["Parts", "[default:", "id,snippet,", "headers]"]);
});

Deno.test("a word that cannot be broken stands out", () => {
  assert.deepEqual(wrap("see /a/very/long/path there", 8), ["see", "/a/very/long/path", "there"]);
});
