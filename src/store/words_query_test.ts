import assert from "node:assert/strict";
import { wordsQuery } from "./words_query.ts";

Deno.test("words become a question of FTS5 that means what people mean", () => {
  const table: readonly (readonly [string, string])[] = [
    ["granite", `("granite")`],
    ["project granite", `("project" AND "granite")`],
    [`"project granite" budget`, `("project granite" AND "budget")`],
    ["gran*", `("gran*" *)`],
    ["granite -draft -old", `(("granite") NOT ("draft" OR "old"))`],
    ["a b OR c", `("a" AND "b") OR ("c")`],
    ["ann@acme.example", `("ann@acme.example")`],
    ["a NEAR(b) NOT AND", `("a" AND "NEAR(b)" AND "NOT" AND "AND")`],
    [`"not closed`, `("not closed")`],
    ["a --- @ 'b'", `("a" AND "'b'")`],
    ["報告", `(" 報  告 ")`],
  ];
  for (const [words, query] of table) assert.equal(wordsQuery(words), query, words);
  for (const nothing of ["", "  ", "-a", "a OR", "OR", "...", '""', "a OR -b"]) {
    assert.throws(() => wordsQuery(nothing), { code: "USAGE" }, nothing);
  }
});
