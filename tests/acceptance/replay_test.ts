import assert from "node:assert/strict";
import { Place } from "./tasker.ts";

/** A run's journal as something one works with. */

const PRICES =
  `export const manifest = { description: "Adds prices", services: ["records"], input: { type: "object" } };
/** Adds what things cost. */
export default async function prices({ things = ["tea", "milk"] }) {
  let sum = 0;
  for (const thing of things) {
    const { last } = await tools.records.append("price", { thing, price: thing.length });
    sum += last;
  }
  return { sum, things };
}
`;

Deno.test("code is replayed against a run's journal: the same, or the first difference with its line", async () => {
  using place = new Place();
  const file = place.write("prices.js", PRICES);
  const json = async (args: string[], code: number) => {
    const done = await place.run([...args, "--json"]);
    assert.deepEqual([done.code, done.stderr], [code, ""]);
    return JSON.parse(done.stdout);
  };
  assert.equal((await place.run(["publish", file])).code, 0);
  assert.equal((await place.run(["run", "prices"])).code, 0);

  const same = await json(["replay", "last"], 0);
  assert.deepEqual(Object.keys(same), [
    ...["run", "taskName", "status", "code", "same", "calls", "answers", "difference", "next"],
  ]);
  assert.deepEqual([same.same, same.calls, same.answers, same.code.version], [true, 2, 2, 1]);
  place.write("prices.js", `// A line more\n${PRICES.replace("thing.length", "thing.length * 2")}`);
  const differs = await place.run(["replay", "last", "--code", "prices.js"]);
  assert.equal(differs.code, 1, differs.stderr);
  assert.match(
    differs.stdout,
    /prices\.js differs from run [0-9a-f]{8}, after 0 calls that are the same\n {2}recorded {2}call 1: records\.append\("price",\{"thing":"tea","price":3\}\) {2}at \S*prices\.js:6:42\n {2}now {7}call 1: .*"price":6\}\) {2}at prices\.js:7:42\n/,
  );

  assert.deepEqual((await json(["test", "prices"], 0)).same, true);
  const changed = await place.run(["test", "prices", "--against", "last", "--code", "prices.js"]);
  assert.equal(changed.code, 1, changed.stderr);
  assert.match(
    changed.stdout,
    /0 calls as recorded\n {2}changed {2}call 1: records\.append\("price",\{"thing":"tea","price":3\}\)\n/,
  );
  place.write("prices.js", PRICES.replace("sum += last", "sum += last + 1"));
  const { result, ends, calls } = await json(["test", "prices", "--code", "prices.js"], 1);
  assert.deepEqual([calls, result, ends.now.result.sum], [2, [{ path: ".sum", recorded: 3, now: 5 }], 5]);
  assert.equal((await place.run(["test", "gmail-search", "--against", "last"])).code, 2);

  const forked = await json(["fork", "last", "--set", '2={"appended":1,"last":40}', "--quiet"], 0);
  assert.equal(forked.sum, 41);
  const [fork] = JSON.parse((await place.run(["runs", "--json"])).stdout);
  assert.deepEqual([fork.forkedFrom.from, fork.forkedFrom.set, fork.records], [3, [2], { price: 2 }]);
  assert.match((await place.run(["show", "last"])).stdout, /forked {4}from run [0-9a-f-]{36}: its own from call 3 on/);
  assert.equal((await place.run(["fork", "last"])).code, 2);

  const refused = await place.run(["replay", "last", "--code", place.write("no.js", "let x = ;")]);
  assert.equal(refused.code, 2, refused.stdout);
  assert.equal((await place.run(["replay", "feedbeef"])).code, 3);
});
