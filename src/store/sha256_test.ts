import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Sha256, sha256, sha256Later } from "./sha256.ts";

const expected = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");

Deno.test("texts and bytes of any length have the SHA-256 that others compute", async () => {
  // https://csrc.nist.gov/csrc/media/projects/cryptographic-standards-and-guidelines/documents/examples/sha256.pdf
  assert.equal(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  for (const length of [0, 1, 55, 56, 63, 64, 65, 1_000, 16_384, 16_385, 100_000]) {
    const bytes = Uint8Array.from({ length }, (_none, i) => i * 7);
    assert.equal(sha256(bytes), expected(bytes), `${length} bytes`);
    assert.equal(await sha256Later(bytes), expected(bytes), `${length} bytes`);
    for (const character of ["a", "é", "😀", "\ud83d"]) {
      const text = character.repeat(length);
      assert.equal(sha256(text), expected(text), `${length} times ${character}`);
    }
  }
});

Deno.test("parts have the SHA-256 of the whole, also when their buffer is used again", () => {
  for (const parts of [0, 1, 2, 50, 5_000]) {
    const hash = new Sha256();
    const buffer = new Uint8Array(11);
    const all = new Uint8Array(parts * 11);
    for (let i = 0; i < parts; i++) {
      buffer.fill(i);
      all.set(buffer, i * 11);
      hash.update(buffer);
    }
    assert.equal(hash.digest(), expected(all), `${parts} parts`);
  }
  assert.equal(new Sha256().update("é").update("😀\n").digest(), expected("é😀\n"));
});
