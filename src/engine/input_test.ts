import assert from "node:assert/strict";
import type { TaskerError } from "../core/errors.ts";
import type { Json, JsonObject } from "../core/json.ts";
import { completeInput } from "./input.ts";

function refused(schema: JsonObject, input: Json): string {
  try {
    completeInput(schema, input);
  } catch (error) {
    const { code, message, hint } = error as TaskerError;
    assert.deepEqual([code, typeof hint], ["INVALID_INPUT", "string"], message);
    return message.replace("the input does not fit the task: ", "");
  }
  throw new Error(`taken: ${JSON.stringify(input)}`);
}

const cases: [JsonObject, Json, string][] = [
  [{ type: "string" }, 1, "`p` must be a string"],
  [{ type: "integer" }, 1.5, "`p` must be a whole number"],
  [{ type: "number" }, "1", "`p` must be a number"],
  [{ type: "boolean" }, null, "`p` must be true or false"],
  [{ type: "array" }, {}, "`p` must be a list"],
  [{ type: "object" }, [], "`p` must be an object"],
  [{ type: ["string", "number", "null"] }, [], "`p` must be a string, a number or null"],
  [{ enum: ["a", "b", 3] }, "c", '`p` must be "a", "b" or 3'],
  [{ const: { a: 1 } }, 2, '`p` must be {"a":1}'],
  [{ minimum: 1 }, 0, "`p` must be at least 1"],
  [{ maximum: 9 }, 10, "`p` must be at most 9"],
  [{ exclusiveMinimum: 1 }, 1, "`p` must be more than 1"],
  [{ exclusiveMaximum: 9 }, 9, "`p` must be less than 9"],
  [{ multipleOf: 5 }, 7, "`p` must be a multiple of 5"],
  [{ minLength: 1 }, "", "`p` must have at least 1 character"],
  [{ maxLength: 2 }, "abc", "`p` must have at most 2 characters"],
  [{ pattern: "^a+$" }, "b", "`p` must match the pattern ^a+$"],
  [{ format: "date" }, "tomorrow", "`p` must be written as: date"],
  [{ minItems: 2 }, [1], "`p` must have at least 2 items"],
  [{ maxItems: 1 }, [1, 2], "`p` must have at most 1 item"],
  [{ uniqueItems: true }, [{ a: 1, b: 2 }, { b: 2, a: 1 }], "`p` must not have an item twice"],
  [{ contains: { const: 1 } }, [2, 3], '`p` does not meet "contains" of the task\'s schema'],
  [{ not: { type: "string" } }, "x", '`p` does not meet "not" of the task\'s schema'],
  [{ anyOf: [{ type: "string" }, { type: "null" }] }, 5, "`p` must be a string or null"],
  [{ oneOf: [{ minimum: 1 }, { minimum: 2 }] }, 3, "`p` has none of the shapes it may have"],
  [{ allOf: [{ type: "string" }, { minLength: 3 }] }, "ab", "`p` must have at least 3 characters"],
  [{ type: "array", items: { type: "string" } }, ["a", 1, 2], "`p[1]` must be a string; `p[2]` must be a string"],
  [
    { properties: { "a b/~%": { type: "string" } }, required: ["x"] },
    { "a b/~%": 1 },
    "`p.x` is missing; `p.a b/~%` must be a string",
  ],
  [{ additionalProperties: false }, { y: 1 }, "`p.y` is unknown"],
  [{ $ref: "#/$defs/whole" }, "x", "`p` must be a whole number"],
];

for (const [property, value, words] of cases) {
  Deno.test(`${JSON.stringify(value)} for ${JSON.stringify(property)}: ${words}`, () => {
    const schema = { type: "object", properties: { p: property }, $defs: { whole: { type: "integer" } } };
    assert.equal(refused(schema, { p: value }), words);
  });
}

Deno.test("an input that is no object, lacks a property or has one too many is told so by name", () => {
  const schema = {
    type: "object",
    properties: { a: {}, constructor: {} },
    required: ["a", "constructor"],
    additionalProperties: false,
  };
  assert.equal(refused(schema, []), "the input must be an object");
  assert.equal(refused(schema, {}), "`a` is missing; `constructor` is missing");
  assert.equal(refused(schema, JSON.parse('{"a":1,"constructor":1,"__proto__":1}')), "`__proto__` is unknown");
});

Deno.test("of very many faults the first few are named, and of a large input the first", () => {
  const schema = {
    type: "object",
    properties: { l: { type: "array", items: { type: "string" } } },
    additionalProperties: false,
  };
  const some = refused(schema, Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`k${n}`, n])));
  assert.match(some, /^`k0` is unknown; .*`k9` is unknown; and 20 more$/);
  assert.equal(refused(schema, { l: Array(300_000).fill(1) }), "`l[0]` must be a string");
  assert.ok(refused(schema, { ["k".repeat(100_000)]: 1 }).length < 1_000);
});

Deno.test("a long list whose items must differ is looked through once", () => {
  const schema = { type: "object", properties: { ids: { type: "array", uniqueItems: true } } };
  const ids = Array.from({ length: 60_000 }, (_, n) => `id-${n}`);
  const started = performance.now();
  assert.deepEqual(completeInput(schema, { ids }), { ids });
  assert.equal(refused(schema, { ids: [...ids, "id-7"] }), "`ids` must not have an item twice");
  assert.ok(performance.now() - started < 5_000);
});

Deno.test("what the validator itself stumbles over is an input that does not fit, or a schema that cannot be used", () => {
  const strict = { type: "object", additionalProperties: false };
  assert.match(refused(strict, { "\ud800": 1 }), /half of a character/);
  const inner = { type: "object", properties: { o: strict } };
  const many = Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [n, n]));
  assert.match(refused(inner, { o: many }), /too large, or nested too deep/);
  for (const property of [{ pattern: "(" }, { $ref: "#/nowhere" }]) {
    const schema = { type: "object", properties: { p: property } };
    assert.throws(() => completeInput(schema, { p: "x" }), {
      code: "TASK_FAILED",
      message: /input schema cannot be used/,
    });
  }
});

Deno.test("what cannot be recorded as it is, is refused: nested too deep, or a number that JSON cannot hold", () => {
  const schema = { type: "object" };
  let deep: Json = 1;
  for (let i = 0; i < 1_000; i++) deep = [deep];
  assert.match(refused(schema, { deep }), /nested too deep/);
  assert.match(refused(schema, JSON.parse('{"n":1e400}')), /a number in it is too large/);
});
