import assert from "node:assert/strict";
import { fingerprintText } from "./fingerprint.ts";
import { canonicalJson } from "./json.ts";
import { frameId, parseFrameId } from "./ids.ts";

Deno.test("canonical JSON sorts the keys of every object, keeps the order of arrays, and parses back to the same value", () => {
  const value = { b: [2, { z: null, a: "ü\n" }], a: { y: true, x: -0.5 }, "": {} };
  assert.equal(canonicalJson(value), '{"":{},"a":{"x":-0.5,"y":true},"b":[2,{"a":"ü\\n","z":null}]}');
  assert.deepEqual(JSON.parse(canonicalJson(value)), value);
  assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]));
});

Deno.test("a fingerprint does not depend on the order of keys, and tells service, method and arguments apart", () => {
  const call = { service: "gapi", method: "users.list", args: [{ a: 1, b: 2 }] };
  assert.equal(fingerprintText(call), fingerprintText({ ...call, args: [{ b: 2, a: 1 }] }));
  const others = [
    { ...call, service: "http" },
    { ...call, method: "users.get" },
    { ...call, args: [{ a: 1, b: "2" }] },
    { ...call, args: [{ a: 1, b: 2 }, null] },
  ];
  for (const other of others) assert.notEqual(fingerprintText(call), fingerprintText(other));
});

Deno.test("a frame's id is its run's id and its seq, both ways; anything else is refused", () => {
  assert.equal(frameId("r.1", 12), "r.1.12");
  assert.deepEqual(parseFrameId("r.1.12"), { taskRunId: "r.1", seq: 12 });
  for (const id of ["", "r", ".1", "r.x", "r.-1", "r.1.5e400"]) {
    assert.throws(() => parseFrameId(id), { code: "INVALID_INPUT" });
  }
});
