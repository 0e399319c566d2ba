import assert from "node:assert/strict";
import { fingerprint } from "./journal.ts";

Deno.test("a call whose arguments are no JSON, or nested without end, has a fingerprint all the same", () => {
  const call = { service: "outside", method: "echo" };
  const hashes = ["[", "[1]", "[x]", "[".repeat(100_000) + "]".repeat(100_000)].map((args) =>
    fingerprint({ ...call, args })
  );
  assert.equal(new Set(hashes).size, hashes.length);
  for (const hash of hashes) assert.match(hash, /^[0-9a-f]{64}$/);
});
