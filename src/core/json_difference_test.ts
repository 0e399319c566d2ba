import assert from "node:assert/strict";
import { jsonDifferences } from "./json_difference.ts";

Deno.test("differences are named by their paths, in order, and no more than asked for", () => {
  const one = { a: 1, b: [1, { c: "x" }], "d e": null, same: { x: 1, y: 2 } };
  const other = { b: [1, { c: "y" }, 3], a: 1, "d e": false, same: { y: 2, x: 1 }, f: 0 };
  assert.deepEqual(jsonDifferences(one, other, 10), [
    { path: ".b[1].c", one: "x", other: "y" },
    { path: ".b[2]", one: undefined, other: 3 },
    { path: '["d e"]', one: null, other: false },
    { path: ".f", one: undefined, other: 0 },
  ]);
  assert.equal(jsonDifferences(one, other, 2).length, 2);
  assert.deepEqual(jsonDifferences([1], { 0: 1 }, 9), [{ path: "", one: [1], other: { 0: 1 } }]);
  assert.deepEqual(jsonDifferences(JSON.parse('{"__proto__":1}'), {}, 9)[0]?.path, ".__proto__");
  assert.deepEqual(jsonDifferences(one, structuredClone(one), 9), []);
});
