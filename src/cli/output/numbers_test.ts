import assert from "node:assert/strict";
import { formatCount } from "./numbers.ts";

Deno.test("counts are grouped as Intl groups them", () => {
  const intl = new Intl.NumberFormat("en-US");
  for (
    const value of [
      0,
      7,
      999,
      1_000,
      -1_000,
      -999,
      12_345,
      1_234_567,
      2 ** 53 - 1,
      2 ** 60,
      0.5,
      1_234.5678,
      NaN,
      Infinity,
    ]
  ) {
    assert.equal(formatCount(value), intl.format(value));
  }
});
