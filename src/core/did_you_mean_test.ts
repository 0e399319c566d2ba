import assert from "node:assert/strict";
import { didYouMean, nearest } from "./did_you_mean.ts";

Deno.test("the nearest known word is found through a missing, extra, wrong, swapped or differently cased letter", () => {
  const known = ["records", "keystore", "timer"];
  for (const word of ["record", "recoords", "recards", "reocrds", "RECORDS"]) {
    assert.equal(nearest(word, known), "records");
  }
});

Deno.test("a word that is near none gets the list instead, and a very long one is not compared", () => {
  assert.equal(nearest("database", ["timer", "log"]), undefined);
  assert.equal(nearest("t".repeat(65), ["t".repeat(65)]), undefined);
  assert.equal(didYouMean("database", ["timer", "log"]), "Known: timer, log.");
  assert.equal(didYouMean("tiemr", ["timer", "log"]), 'Did you mean "timer"?');
});
