import assert from "node:assert/strict";
import { applyFieldMask, parseFieldMask, unknownField } from "./field_mask.ts";

function keep(fields: string, value: unknown): unknown {
  const mask = parseFieldMask(fields);
  assert.ok(mask !== undefined, `${fields} is a mask`);
  return applyFieldMask(mask, value);
}

Deno.test("a field mask keeps named members, through arrays, slashes and parentheses", () => {
  const value = { users: [{ name: { full: "A", given: "B" }, id: 1 }, { id: 2 }], token: "t", kind: "k" };
  assert.deepEqual(keep("users(id,name/full),token", value), {
    users: [{ name: { full: "A" }, id: 1 }, { id: 2 }],
    token: "t",
  });
  assert.deepEqual(keep("users/id", value), { users: [{ id: 1 }, { id: 2 }] });
  assert.deepEqual(keep("users/name/full,users/id", value), keep("users(name/full,id)", value));
  assert.deepEqual(keep("*", value), value);
  assert.deepEqual(keep("users/*/full", value), { users: [{ name: { full: "A" }, id: 1 }, { id: 2 }] });
});

Deno.test("a member asked for as a whole stays whole", () => {
  const value = { name: { full: "A", given: "B" } };
  assert.deepEqual(keep("name,name/full", value), value);
  assert.deepEqual(keep("name/full,name", value), value);
});

Deno.test("a field mask with broken syntax is none", () => {
  for (const text of ["", "a,", "a(b", "a)b", "a//b", "(a)", "a b"]) {
    assert.equal(parseFieldMask(text), undefined, text);
  }
});

Deno.test("unknownField() names the first member that the resource lacks", () => {
  const part = { body: { size: true }, parts: () => part } as const;
  const shape = { id: true, payload: part } as never;
  const unknown = (text: string) => unknownField(parseFieldMask(text)!, shape);
  assert.equal(unknown("id,payload/parts/parts/body/size"), undefined);
  assert.equal(unknown("payload(body/colour)"), "colour");
  assert.equal(unknown("id/x"), "x");
  assert.equal(unknown("__proto__"), "__proto__");
});
