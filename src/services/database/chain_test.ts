import assert from "node:assert/strict";
import type { Json } from "../../core/json.ts";
import { parseChain } from "./chain.ts";

Deno.test("a chain is read into a table, an action, filters, an order and a page", () => {
  const args = [["people"], ["name, age"], ["age", 3], ["name", { ascending: false }], [10], []];
  assert.deepEqual(parseChain("from.select.gte.order.limit.single", args), {
    table: "people",
    action: { type: "select", columns: ["name", "age"], count: false, head: false },
    filters: [{ test: "gte", column: "age", value: 3 }],
    order: [{ column: "name", ascending: false, nullsFirst: true }],
    limit: 10,
    offset: 0,
    rows: "single",
    returning: undefined,
    throwOnError: false,
  });
  const range = parseChain("from.select.range.match", [["t"], [], [10, 19], [{ a: 1, b: "x" }]]);
  assert.deepEqual([range.offset, range.limit, range.filters.length], [10, 10, 2]);
  const upsert = parseChain("from.upsert.select", [["t"], [{ id: null, a: 1 }, { onConflict: "b, a" }], ["a"]]);
  assert.deepEqual(upsert.returning, ["a"]);
  assert.deepEqual(upsert.action, {
    type: "upsert",
    rows: [{ a: 1 }],
    onConflict: ["b", "a"],
    ignoreDuplicates: false,
  });
});

Deno.test("what is no chain is refused before anything is done", () => {
  const wrong: [string, Json[]][] = [
    ["from", [["t"]]],
    ["select", [["*"]]],
    ["select.from", [["*"], ["t"]]],
    ["from.eq", [["t"], ["a", 1]]],
    ["from.select.from", [["t"], ["*"], ["u"]]],
    ["from.select.select", [["t"], ["*"], ["*"]]],
    ["from.select.insert", [["t"], ["*"], [{}]]],
    ["from.select", [["t"]]],
    ["from.select", ["t", "*"]],
    ["from.select", [["t"], ["*"], []]],
    ["from.select", [[], ["*"]]],
    ["from.select", [["t"], [7]]],
    ["from.select", [["t"], ["a:b"]]],
    ["from.select", [["t"], ["count(*)"]]],
    ["from.select", [["t"], ["*", { count: "planned" }]]],
    ["from.select", [["t"], ["*", { haed: true }]]],
    ["from.select.eq", [["t"], ["*"], ["a"]]],
    ["from.select.eq", [["t"], ["*"], ["a", null]]],
    ["from.select.gt", [["t"], ["*"], ["a", {}]]],
    ["from.select.gt", [["t"], ["*"], ["a", true]]],
    ["from.select.like", [["t"], ["*"], ["a", 1]]],
    ["from.select.like", [["t"], ["*"], ["a", "%".repeat(1_001)]]],
    ["from.select.in", [["t"], ["*"], ["a", "b"]]],
    ["from.select.is", [["t"], ["*"], ["a", "null"]]],
    ["from.select.limit", [["t"], ["*"], [-1]]],
    ["from.select.limit", [["t"], ["*"], ["1; DROP TABLE keystore"]]],
    ["from.select.order", [["t"], ["*"], ["a DESC"]]],
    ["from.select.order", [["t"], ["*"], ["a", { ascending: "no" }]]],
    ["from.insert", [["t"], ["row"]]],
    ["from.insert", [["t"], [[{}, null]]]],
    ["from.insert.eq", [["t"], [{}], ["a", 1]]],
    ["from.insert.single", [["t"], [{}], []]],
    ["from.update", [["t"], [{ a: 1 }]]],
    ["from.update.eq", [["t"], [{}], ["a", 1]]],
    ["from.delete", [["t"], []]],
    ["from.delete.match", [["t"], [], [{}]]],
    ["from.delete.eq.limit", [["t"], [], ["a", 1], [1]]],
    ["from.delete.eq.upsert", [["t"], [], ["a", 1], [{}]]],
    [`from.select${".eq".repeat(100)}`, [["t"], ["*"], ...Array.from({ length: 100 }, () => ["a", 1])]],
  ];
  for (const [method, args] of wrong) {
    assert.throws(() => parseChain(method, args), { code: "INVALID_INPUT" }, `${method} ${JSON.stringify(args)}`);
  }
});

Deno.test("a step that does not exist is named with what was meant", () => {
  const unknown = { code: "METHOD_UNKNOWN", hint: 'Did you mean "insert"?' };
  assert.throws(() => parseChain("from.insret", [["t"], [{}]]), unknown);
  for (
    const method of ["rpc", "from.__proto__", "from.select.constructor", "from..select", "", "from.select.toString"]
  ) {
    assert.throws(() => parseChain(method, [["t"], ["*"], []]), { code: "METHOD_UNKNOWN" }, method);
  }
});

Deno.test("names that are more than names are refused wherever a name may stand", () => {
  const bad: Json[] = [
    "",
    "a b",
    "a;b",
    'a"b',
    "a'b",
    "a.b",
    "1a",
    "a-b",
    "é",
    "a\0",
    "x".repeat(64),
    "__proto__",
    null,
    7,
    {},
  ];
  for (const name of bad) {
    const refused = { code: "INVALID_INPUT" };
    assert.throws(() => parseChain("from.select", [[name], ["*"]]), refused);
    assert.throws(() => parseChain("from.select.eq", [["t"], ["*"], [name, 1]]), refused);
    assert.throws(() => parseChain("from.select.order", [["t"], ["*"], [name]]), refused);
    if (typeof name !== "string") continue;
    const row = JSON.parse(`{${JSON.stringify(name)}: 1}`);
    assert.throws(() => parseChain("from.insert", [["t"], [row]]), refused);
    assert.throws(() => parseChain("from.update.eq", [["t"], [row], ["a", 1]]), refused);
    if (name === "") continue;
    assert.throws(() => parseChain("from.select", [["t"], [name]]), refused);
    assert.throws(() => parseChain("from.upsert", [["t"], [{}, { onConflict: name }]]), refused);
  }
});
