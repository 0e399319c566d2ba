import assert from "node:assert/strict";
import type { Json, JsonObject } from "../../core/json.ts";
import { openServiceBench, type ServiceBench } from "../service_bench.ts";
import { createDatabaseService } from "./service.ts";

const database = createDatabaseService();

type Answer = { data: Json; error: JsonObject | null; count: number | null };

/** `ask(bench, "from.select", ["people"], ["*"])` */
function ask(bench: ServiceBench, method: string, ...args: Json[][]): Answer {
  return bench.value(database, method, args) as unknown as Answer;
}

function tables(bench: ServiceBench): string[] {
  return bench.store.db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all().map((row) =>
    row.name as string
  );
}

const people = [{ name: "Ada", age: 36 }, { name: "bob", age: null }, { name: "Cleo", age: 7, tags: ["x"] }];

function open(): ServiceBench {
  const bench = openServiceBench();
  ask(bench, "from.insert", ["people"], [people]);
  return bench;
}

const names = ({ data }: Answer) => (data as { name: string }[]).map(({ name }) => name);
const find = (bench: ServiceBench, steps: string, ...args: Json[][]) =>
  names(ask(bench, `from.select.${steps}`, ["people"], ["*"], ...args));

Deno.test("a table springs up with the first rows and new keys add columns; what was not given is null", () => {
  using bench = openServiceBench();
  const inserted = ask(bench, "from.insert", ["people"], [{ name: "Ada" }]);
  assert.deepEqual(inserted, { data: null, error: null, count: 1 });
  ask(bench, "from.insert", ["people"], [[{ name: "Bob", extra: { deep: [true, null] } }, {}]]);
  assert.deepEqual(ask(bench, "from.select", ["people"], ["*"]).data, [
    { id: 1, name: "Ada", extra: null },
    { id: 2, name: "Bob", extra: { deep: [true, null] } },
    { id: 3, name: null, extra: null },
  ]);
  assert.deepEqual(ask(bench, "from.select", ["people"], ["name,id"]).data, [
    { name: "Ada", id: 1 },
    { name: "Bob", id: 2 },
    { name: null, id: 3 },
  ]);
});

Deno.test("a table that nothing was put into is empty for reading, updating and deleting, and is not made by it", () => {
  using bench = openServiceBench();
  assert.deepEqual(ask(bench, "from.select.eq", ["none"], ["a"], ["b", 1]), { data: [], error: null, count: null });
  assert.equal(ask(bench, "from.select", ["none"], ["*", { count: "exact" }]).count, 0);
  assert.equal(ask(bench, "from.select.maybeSingle", ["none"], ["*"], []).data, null);
  assert.equal(ask(bench, "from.select.single", ["none"], ["*"], []).error!.code, "PGRST116");
  assert.deepEqual(ask(bench, "from.update.eq.select", ["none"], [{ a: 1 }], ["b", 1], []).data, []);
  assert.equal(ask(bench, "from.delete.eq", ["none"], [], ["b", 1]).count, 0);
  assert.equal(ask(bench, "from.insert", ["none"], [[]]).count, 0);
  assert.ok(!tables(bench).includes("t_none"));
});

Deno.test("filters find by value, order, pattern, list and null", () => {
  using bench = open();
  assert.deepEqual(find(bench, "eq", ["name", "Ada"]), ["Ada"]);
  assert.deepEqual(find(bench, "eq", ["tags", ["x"]]), ["Cleo"]);
  assert.deepEqual(find(bench, "neq", ["age", 36]), ["Cleo"]);
  assert.deepEqual(find(bench, "gt", ["age", 7]), ["Ada"]);
  assert.deepEqual(find(bench, "gte.lt", ["age", 7], ["age", 36]), ["Cleo"]);
  assert.deepEqual(find(bench, "lte", ["name", "Cleo"]), ["Ada", "Cleo"]);
  assert.deepEqual(find(bench, "like", ["name", "%o%"]), ["bob", "Cleo"]);
  assert.deepEqual(find(bench, "like", ["name", "B%"]), []);
  assert.deepEqual(find(bench, "ilike", ["name", "B%"]), ["bob"]);
  assert.deepEqual(find(bench, "in", ["age", [7, 36, null, "x"]]), ["Ada", "Cleo"]);
  assert.deepEqual(find(bench, "in", ["age", []]), []);
  assert.deepEqual(find(bench, "is", ["age", null]), ["bob"]);
  assert.deepEqual(find(bench, "match", [{ name: "Ada", age: 36 }]), ["Ada"]);
  assert.deepEqual(find(bench, "gt", ["tags", 0]), [], "an array is not greater than a number");
  assert.deepEqual(find(bench, "gt", ["name", 5]), [], "a text is not greater than a number");
});

Deno.test("booleans are found with eq and is, and are not taken for numbers or text", () => {
  using bench = openServiceBench();
  ask(bench, "from.insert", ["people"], [[{ name: "a", on: true }, { name: "b", on: 1 }, { name: "c", on: "true" }, {
    name: "d",
  }]]);
  assert.deepEqual(find(bench, "eq", ["on", true]), ["a"]);
  assert.deepEqual(find(bench, "is", ["on", true]), ["a"]);
  assert.deepEqual(find(bench, "is", ["on", false]), []);
  assert.deepEqual(find(bench, "eq", ["on", 1]), ["b"]);
});

Deno.test("rows are ordered as asked, with nulls where PostgreSQL has them, and then as inserted", () => {
  using bench = open();
  assert.deepEqual(find(bench, "order", ["age"]), ["Cleo", "Ada", "bob"]);
  assert.deepEqual(find(bench, "order", ["age", { ascending: false }]), ["bob", "Ada", "Cleo"]);
  assert.deepEqual(find(bench, "order", ["age", { ascending: false, nullsFirst: false }]), ["Ada", "Cleo", "bob"]);
  assert.deepEqual(find(bench, "order.limit", ["age"], [1]), ["Cleo"]);
  assert.deepEqual(find(bench, "range", [1, 2]), ["bob", "Cleo"]);
  assert.deepEqual(find(bench, "limit", [0]), []);
  const counted = ask(bench, "from.select.limit", ["people"], ["name", { count: "exact" }], [1]);
  assert.deepEqual(counted, { data: [{ name: "Ada" }], error: null, count: 3 });
  assert.deepEqual(ask(bench, "from.select", ["people"], ["*", { count: "exact", head: true }]), {
    data: null,
    error: null,
    count: 3,
  });
});

Deno.test("single gives one row or supabase's error; throwOnError throws it", () => {
  using bench = open();
  assert.deepEqual(ask(bench, "from.select.eq.single", ["people"], ["name"], ["age", 7], []).data, { name: "Cleo" });
  for (const age of [7, 99]) {
    const several = ask(bench, "from.select.lt.single", ["people"], ["name"], ["age", age === 7 ? 0 : age], []);
    assert.equal(several.data, null);
    assert.equal(several.error!.code, "PGRST116");
  }
  assert.equal(ask(bench, "from.select.eq.maybeSingle", ["people"], ["name"], ["age", 8], []).data, null);
  assert.throws(() => ask(bench, "from.select.eq.single.throwOnError", ["people"], ["name"], ["age", 8], [], []), {
    code: "NOT_FOUND",
  });
});

Deno.test("update and delete change what the filter finds, say how many, and give rows after select", () => {
  using bench = open();
  assert.deepEqual(ask(bench, "from.update.eq", ["people"], [{ age: 8, seen: true }], ["name", "Cleo"]), {
    data: null,
    error: null,
    count: 1,
  });
  const gone = ask(bench, "from.delete.gt.select", ["people"], [], ["age", 7], ["name,seen"]);
  assert.deepEqual(gone, { data: [{ name: "Ada", seen: null }, { name: "Cleo", seen: true }], error: null, count: 2 });
  assert.deepEqual(find(bench, "is", ["seen", null]), ["bob"]);
});

Deno.test("insert with select gives the rows in their order, with their ids", () => {
  using bench = open();
  const rows = [{ age: 1 }, { name: "x" }, { age: 2 }];
  const { data } = ask(bench, "from.insert.select", ["people"], [rows], ["id,name,age"]);
  assert.deepEqual(data, [{ id: 4, name: null, age: 1 }, { id: 5, name: "x", age: null }, {
    id: 6,
    name: null,
    age: 2,
  }]);
  assert.deepEqual(ask(bench, "from.insert.select.single", ["people"], [{ name: "y" }], ["id"], []).data, { id: 7 });
});

Deno.test("upsert replaces by onConflict or by id, keeps what a row does not bring, and may leave doubles out", () => {
  using bench = openServiceBench();
  const onConflict = { onConflict: "mail" };
  ask(bench, "from.upsert", ["users"], [[{ mail: "a", n: 1, keep: "k" }, { mail: "b", n: 2 }], onConflict]);
  const again = ask(bench, "from.upsert.select", ["users"], [[{ mail: "a", n: 10 }, { mail: "c", n: 3 }], onConflict], [
    "mail,n,keep",
  ]);
  assert.deepEqual(again.data, [{ mail: "a", n: 10, keep: "k" }, { mail: "c", n: 3, keep: null }]);
  ask(bench, "from.upsert", ["users"], [{ mail: "a", n: 99 }, { ...onConflict, ignoreDuplicates: true }]);
  ask(bench, "from.upsert", ["users"], [{ id: 2, n: 20 }]);
  ask(bench, "from.upsert", ["users"], [[{ n: 4 }, { id: 1, mail: "A" }]]);
  assert.deepEqual(ask(bench, "from.select.order", ["users"], ["id,mail,n"], ["id"]).data, [
    { id: 1, mail: "A", n: 10 },
    { id: 2, mail: "b", n: 20 },
    // As in PostgreSQL an upsert that finds its row uses up a number all the same.
    { id: 4, mail: "c", n: 3 },
    { id: 6, mail: null, n: 4 },
  ]);
  ask(bench, "from.upsert", ["pairs"], [[{ a: 1, b: 1 }, { a: 1, b: 2 }, { a: 1, b: 1 }], { onConflict: "b,a" }]);
  ask(bench, "from.upsert", ["pairs"], [{ a: 1, b: 2 }, { onConflict: "a,b" }]);
  assert.equal(ask(bench, "from.select", ["pairs"], ["*", { count: "exact" }]).count, 2);
});

Deno.test("a key that is there already is an error that leaves nothing of the call behind", () => {
  using bench = openServiceBench();
  ask(bench, "from.upsert", ["users"], [{ mail: "a" }, { onConflict: "mail" }]);
  const rows = [{ mail: "new", added: 1 }, { mail: "a" }];
  const failed = ask(bench, "from.insert", ["users"], [rows]);
  assert.deepEqual([failed.data, failed.error!.code], [null, "23505"]);
  assert.match(failed.error!.message as string, /"users".*mail/);
  assert.deepEqual(
    ask(bench, "from.select", ["users"], ["*"]).data,
    [{ id: 1, mail: "a" }],
    "no row and no column is new",
  );
  assert.throws(() => ask(bench, "from.insert.throwOnError", ["users"], [rows], []), { code: "CONFLICT" });
  assert.equal(ask(bench, "from.insert", ["users"], [{ id: 1 }]).error!.code, "23505");
  ask(bench, "from.insert", ["twice"], [[{ k: 1 }, { k: 1 }]]);
  assert.throws(() => ask(bench, "from.upsert", ["twice"], [{ k: 1 }, { onConflict: "k" }]), { code: "CONFLICT" });
});

Deno.test("a write whose rows are not the one that single wants is undone", () => {
  using bench = open();
  const failed = ask(bench, "from.delete.gt.select.single", ["people"], [], ["age", 0], [], []);
  assert.equal(failed.error!.code, "PGRST116");
  assert.equal(ask(bench, "from.select", ["people"], ["*", { count: "exact" }]).count, 3);
});

Deno.test("ids that rows bring are their keys: numbers that are counted on, or texts", () => {
  using bench = openServiceBench();
  ask(bench, "from.insert", ["n"], [[{ id: 10 }, { a: 1 }]]);
  assert.deepEqual(ask(bench, "from.select", ["n"], ["id"]).data, [{ id: 10 }, { id: 11 }]);
  for (const id of ["x", "5", 1.5, true, {}, 2 ** 53]) {
    assert.throws(() => ask(bench, "from.insert", ["n"], [{ id }]), { code: "INVALID_INPUT" });
    assert.throws(() => ask(bench, "from.update.eq", ["n"], [{ id }], ["id", 10]), { code: "INVALID_INPUT" });
  }
  assert.throws(() => ask(bench, "from.update.eq", ["n"], [{ id: null }], ["id", 10]), { code: "INVALID_INPUT" });
  ask(bench, "from.insert", ["s"], [[{ id: "5", v: 1 }, { id: "007", v: 2 }]]);
  ask(bench, "from.upsert", ["s"], [{ id: "5", v: 3 }]);
  assert.deepEqual(ask(bench, "from.select.order", ["s"], ["*"], ["id"]).data, [{ id: "007", v: 2 }, {
    id: "5",
    v: 3,
  }]);
  assert.throws(() => ask(bench, "from.insert", ["s"], [{ v: 4 }]), { code: "INVALID_INPUT" });
});

Deno.test("values are never read as SQL, and names that SQL knows are only names", () => {
  using bench = open();
  const before = tables(bench);
  const attacks = [
    "'; DROP TABLE keystore; --",
    '"; DELETE FROM task_runs; --',
    "1 OR 1=1",
    "%' OR '1'='1",
    "\\",
    "?",
    ":a",
  ];
  for (const attack of attacks) {
    ask(bench, "from.insert", ["people"], [{ name: attack, age: attack }]);
    assert.deepEqual(find(bench, "eq", ["name", attack]), [attack]);
    assert.deepEqual(find(bench, "in", ["age", [attack]]), [attack]);
    ask(bench, "from.update.eq", ["people"], [{ age: attack + attack }], ["name", attack]);
    assert.equal(ask(bench, "from.delete.eq", ["people"], [], ["age", attack + attack]).count, 1);
  }
  for (const word of ["select", "table", "order", "rowid", "constructor", "hasOwnProperty", "toString", "_"]) {
    ask(bench, "from.insert", [word], [{ [word]: word, values: 1 }]);
    const [row] = ask(bench, "from.select.eq.order", [word], [`${word},values`], [word, word], [word]).data as Json[];
    assert.deepEqual(row, { [word]: word, values: 1 });
  }
  assert.deepEqual(names(ask(bench, "from.select", ["people"], ["name"])), ["Ada", "bob", "Cleo"]);
  assert.deepEqual(tables(bench).slice(0, before.length), before);
});

Deno.test("the system's tables cannot be reached by any name", () => {
  using bench = open();
  for (const table of ["keystore", "task_runs", "sqlite_schema", "sqlite_master", "stack_runs", "t_people"]) {
    assert.deepEqual(ask(bench, "from.select", [table], ["*"]).data, []);
    ask(bench, "from.insert", [table], [{ x: 1 }]);
    assert.deepEqual(ask(bench, "from.select", [table], ["*"]).data, [{ id: 1, x: 1 }]);
  }
  assert.ok(tables(bench).filter((name) => name.startsWith("t_")).length >= 7);
  assert.equal(bench.store.taskRuns.get(bench.run)!.status, "queued");
  for (const table of ["main.keystore", 'x" UNION SELECT * FROM keystore --', "../keystore", "keystore; --"]) {
    assert.throws(() => ask(bench, "from.select", [table], ["*"]), { code: "INVALID_INPUT" });
  }
});

Deno.test("a column that is not there is refused, hidden ones too, and so are names that differ in case only", () => {
  using bench = open();
  assert.throws(() => find(bench, "eq", ["nam", "x"]), { code: "INVALID_INPUT", hint: 'Did you mean "name"?' });
  for (const hidden of ["rowid", "oid", "_rowid_"]) {
    assert.throws(() => find(bench, "gt", [hidden, 0]), { code: "INVALID_INPUT" });
    assert.throws(() => ask(bench, "from.select", ["people"], [hidden]), { code: "INVALID_INPUT" });
    assert.throws(() => ask(bench, "from.delete.gt", ["people"], [], [hidden, 0]), { code: "INVALID_INPUT" });
  }
  assert.throws(() => ask(bench, "from.insert", ["people"], [{ NAME: 1 }]), { code: "INVALID_INPUT" });
  assert.throws(() => ask(bench, "from.insert", ["new"], [{ a: 1, A: 2 }]), { code: "INVALID_INPUT" });
  assert.throws(() => ask(bench, "from.select", ["People"], ["*"]), { code: "INVALID_INPUT" });
  assert.ok(!tables(bench).includes("t_new"));
});

Deno.test("an answer over 16 MiB is refused, and the write that would give it is undone", () => {
  using bench = openServiceBench();
  const text = "x".repeat(1024 * 1024);
  for (let i = 0; i < 17; i++) ask(bench, "from.insert", ["large"], [{ text }]);
  assert.throws(() => ask(bench, "from.select", ["large"], ["*"]), { code: "TOO_LARGE" });
  assert.throws(() => ask(bench, "from.delete.gt.select", ["large"], [], ["id", 0], ["*"]), { code: "TOO_LARGE" });
  assert.equal((ask(bench, "from.select.limit", ["large"], ["*"], [15]).data as Json[]).length, 15);
  assert.equal(ask(bench, "from.delete.gt", ["large"], [], ["id", 0]).count, 17);
});

Deno.test("too many values to compare with are refused with their number", () => {
  using bench = open();
  const values = Array.from({ length: 10_000 }, (_, index) => index);
  assert.deepEqual(find(bench, "in", ["age", values]), ["Ada", "Cleo"]);
  const four = Array.from({ length: 4 }, () => ["age", values]);
  assert.throws(() => find(bench, "in.in.in.in", ...four), { code: "INVALID_INPUT" });
});

Deno.test("a chain in a transaction that fails leaves neither rows nor table", () => {
  using bench = openServiceBench();
  assert.throws(() =>
    bench.store.db.transaction(() => {
      ask(bench, "from.insert", ["gone"], [{ a: 1 }]);
      throw new Error("the transaction fails");
    })
  );
  assert.ok(!tables(bench).includes("t_gone"));
  ask(bench, "from.insert", ["gone"], [{ b: 1 }]);
  assert.deepEqual(ask(bench, "from.select", ["gone"], ["*"]).data, [{ id: 1, b: 1 }]);
});
