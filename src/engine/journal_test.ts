import assert from "node:assert/strict";
import { isSameCall } from "./journal.ts";

const call = { service: "outside", method: "echo", args: '[{"a":1,"b":{"c":[1,2],"d":null}}]' };

Deno.test("a call is the same whatever the order of the keys in its arguments", () => {
  assert.equal(isSameCall(call, { ...call, args: '[{"b":{"d":null,"c":[1,2]},"a":1}]' }), true);
});

Deno.test("another service, method, argument, order of a list, or number of arguments is another call", () => {
  const others = [
    { ...call, service: "http" },
    { ...call, method: "cho" },
    { ...call, args: '[{"a":1,"b":{"c":[2,1],"d":null}}]' },
    { ...call, args: '[{"a":"1","b":{"c":[1,2],"d":null}}]' },
    { ...call, args: '[{"a":1,"b":{"c":[1,2],"d":null}},null]' },
    { ...call, args: '[{"a":1,"b":{"c":[1,2]}}]' },
  ];
  for (const other of others) assert.equal(isSameCall(call, other), false, JSON.stringify(other));
});

Deno.test("arguments that are no JSON, or nested without end, are compared as text", () => {
  const texts = ["[", "[1]", "[x]", "[".repeat(100_000) + "]".repeat(100_000)];
  for (const [i, args] of texts.entries()) {
    for (const [j, other] of texts.entries()) {
      assert.equal(isSameCall({ ...call, args }, { ...call, args: other }), i === j);
    }
  }
});
