import assert from "node:assert/strict";
import { makeSnippet } from "./snippet.ts";

Deno.test("a snippet is one escaped line", () => {
  assert.equal(
    makeSnippet('  Tom & "Jerry"\r\n\t<tom@x> isn\'t\u200b\u00ad  here '),
    "Tom &amp; &quot;Jerry&quot; &lt;tom@x&gt; isn&#39;t here",
  );
  assert.equal(makeSnippet(""), "");
});

Deno.test("a snippet ends between words, and after 200 characters where there are none", () => {
  const words = makeSnippet("word ".repeat(100));
  assert.equal(words, "word ".repeat(40).trim());
  assert.equal(makeSnippet("x".repeat(500)).length, 200);
  assert.equal([...makeSnippet("😀".repeat(500))].length, 200);
});
