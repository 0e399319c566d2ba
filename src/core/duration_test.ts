import assert from "node:assert/strict";
import { parseDuration } from "./duration.ts";

Deno.test("a duration is read with short and long units, one or several", () => {
  const read = ["250ms", "90 s", "30m", "30 min", "2 hours", "3 days", "1w", "1h30m", "1 h 30 minutes", "2 Weeks"];
  assert.deepEqual(read.map(parseDuration), [
    ...[250, 90_000, 1_800_000, 1_800_000, 7_200_000, 259_200_000, 604_800_000],
    ...[5_400_000, 5_400_000, 1_209_600_000],
  ]);
});

Deno.test("what is no duration is none", () => {
  const wrong = ["", " ", "90", "m", "1x", "-3s", "1.5h", "soon", "3 days ago", "1h 30", "1y", "1 constructor"];
  for (const text of [...wrong, "1s".repeat(51)]) assert.equal(parseDuration(text), undefined, text);
});
