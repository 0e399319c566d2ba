import assert from "node:assert/strict";
import { Place } from "./tasker.ts";

/** A task's input may name an earlier run of the task: what it leaves out is as it was there, and those rows may be read. */

const MANIFEST = `{
  services: ["records", "run", "tasks"],
  input: { type: "object", additionalProperties: false, properties: {
    since: { type: "string", "x-run": { besides: ["loud", "where"] } },
    word: { type: "string", default: "none" },
    loud: { type: "boolean", default: false },
    where: { type: "object" },
  } },
}`;

const TASK = `
module.exports = async (input) => {
  const seen = [];
  if (input.since !== undefined) {
    seen.push(await tools.run.earlier(["deep", "word"]), await tools.run.earlier(["deep", "nothing"]));
    for (let after = 0; after !== null;) {
      const { rows, next } = await tools.records.earlier("row", {
        members: ["n", "at"], after, ...(input.where === undefined ? {} : { where: input.where }),
      });
      seen.push(...rows.map(({ n, at }) => n + " " + at));
      after = next;
    }
  } else await tools.records.append("row", [{ n: 1, at: "a" }, { n: 2, at: "b" }, { n: 3 }, { n: 4, at: "c" }]);
  return { word: input.word, loud: input.loud, seen, deep: { word: input.word } };
};
module.exports.manifest = ${MANIFEST};`;

async function published(): Promise<
  { place: Place; run: (...args: string[]) => Promise<{ code: number; stdout: string; stderr: string }> }
> {
  const place = new Place();
  for (const [name, source] of Object.entries({ again: TASK, other: "module.exports = async () => 1;" })) {
    const { code, stderr } = await place.run(["publish", place.write(`${name}.js`, source)]);
    assert.equal(code, 0, stderr);
  }
  return { place, run: (...args) => place.run(["run", ...args, "--json", "--quiet"]) };
}

Deno.test("a run like an earlier one has its input, may say what it may besides, and reads its rows", async () => {
  const { place, run } = await published();
  using _place = place;
  assert.equal((await run("again", "--word", "hello")).code, 0);
  const result = async (...args: string[]) => {
    const { code, stdout, stderr } = await run("again", ...args);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  };
  assert.deepEqual(await result("--since", "last"), {
    word: "hello",
    loud: false,
    seen: ["hello", null, "1 a", "2 b", "3 null", "4 c"],
    deep: { word: "hello" },
  });
  const runs = JSON.parse((await place.run(["runs", "--json"])).stdout) as { id: string }[];
  const first = runs.at(-1)!.id;
  const some = async (where: object) =>
    (await result("--since", first.slice(-8), "--where", JSON.stringify(where))).seen.slice(2);
  assert.deepEqual(await some({ member: "at", atLeast: "b" }), ["2 b", "3 null", "4 c"]);
  assert.deepEqual(await some({ member: "at", among: ["a", "x"] }), ["1 a", "3 null"]);
  // Of a run that was itself like an earlier one.
  assert.deepEqual((await result("--since", "last", "--loud")).loud, true);
  assert.equal((await result("--input", JSON.stringify({ since: first }))).word, "hello");

  const more = await run("again", "--since", first, "--word", "x");
  assert.equal(more.code, 2);
  assert.match(more.stderr, /since: word cannot be given besides: run .* has said it .*\n.*loud, where/);
  assert.equal((await run("again", "--since", "ffffffff")).code, 3);
  await run("other");
  const foreign = await run("again", "--since", "last");
  assert.equal(foreign.code, 2);
  assert.match(foreign.stderr, /is one of other, not of again/);
});

Deno.test("no other run can be looked into, by a nested run either", async () => {
  const { place, run } = await published();
  using _place = place;
  await run("again", "--word", "secret");
  const id = place.lastRun();
  const spy = place.write(
    "spy.js",
    `module.exports = async ({ id }) => {
      const codes = [];
      const refused = (call) => call.then((value) => codes.push(value), ({ code }) => codes.push(code));
      await refused(tools.records.earlier("row", { members: ["n"] }));
      await refused(tools.run.earlier(["word"]));
      await refused(tools.tasks.execute("again", { since: id }));
      await refused(tools.records.earlier("row", { members: [] }));
      await refused(tools.records.earlier("row", { members: ["n"], where: { member: 'a"b', atLeast: "" } }));
      await refused(tools.run.earlier("word"));
      return codes;
    };`,
  );
  await place.run(["publish", spy]);
  const { stdout } = await run("spy", "--input", JSON.stringify({ id }));
  assert.deepEqual(JSON.parse(stdout), [
    ...["METHOD_REFUSED", "METHOD_REFUSED", "METHOD_REFUSED"],
    ...["INVALID_INPUT", "INVALID_INPUT", "INVALID_INPUT"],
  ]);
});

Deno.test("a run that has not completed is not gone on from", async () => {
  const { place, run } = await published();
  using _place = place;
  await place.run([
    "publish",
    place.write(
      "again.js",
      `module.exports = async () => { throw new Error("no"); };\nmodule.exports.manifest = ${MANIFEST};`,
    ),
  ]);
  assert.equal((await run("again")).code, 1);
  const refused = await run("again", "--since", "last");
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /has not completed: it is failed/);
});
