/** Whatever a task gives back, throws or hands to a call: it is recorded as JSON has it, or refused with words. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { SerializedError } from "../../src/core/errors.ts";
import { whyUnrecordable } from "../../src/core/json.ts";
import { Rig } from "../../src/engine/rig.ts";
import { BUILDER, plainJson, type Recipe, recipes } from "./hostile_values.ts";
import { fuzz } from "./seed.ts";

const HOSTILE = `${BUILDER}
function refusal(error) {
  try { return { refused: String(error?.message) }; } catch { return { refused: "by what cannot be read" }; }
}
module.exports = async ({ way, recipe }) => {
  switch (way) {
    case "return": return make(recipe);
    case "throw": throw make(recipe);
    case "reject": Promise.reject(make(recipe)); await tools.outside.echo("x"); return "went on";
    case "decorate": { const value = make(recipe); throw Object.assign(new Error(), { name: value, code: value, message: value, hint: value, details: { value }, stack: value }); }
    case "log": console.log(make(recipe), make(recipe)); console.error("%s %d %j", make(recipe)); return "logged";
    case "call": try { return { echoed: await tools.outside.echo(make(recipe)) }; } catch (error) { return refusal(error); }
    case "keep": try { return await tools.records.append("row", [make(recipe)]); } catch (error) { return refusal(error); }
    case "nest": try { return { echoed: await tools.tasks.execute("echo", { value: make(recipe) }) }; } catch (error) { return refusal(error); }
  }
};`;
const WAYS = ["return", "throw", "reject", "decorate", "log", "call", "keep", "nest"] as const;

/** An error as it is shown: every part of it there, and nothing of this program's own places in it. */
function assertClear(error: SerializedError): void {
  for (const part of [error.name, error.code, error.message]) {
    assert.equal(typeof part, "string", JSON.stringify(error));
  }
  assert.notEqual(error.code, "INTERNAL");
  assert.notEqual(error.code, "NOTHING_TO_WAIT_FOR");
  assert.doesNotMatch(JSON.stringify(error), /worker_entry|tasker:realm|bootstrap\/|file:\/\/|ext:/);
  assert.ok(JSON.stringify(error).length < 200_000);
}

/** What was given, as JSON has it: a value refused is one that JSON does not hold whole. */
function assertSame(json: unknown, recipe: Recipe): void {
  const expected = plainJson(recipe);
  assert.ok(expected !== "lost", `recorded as ${JSON.stringify(json)}`);
  assert.equal(JSON.stringify(json), JSON.stringify(JSON.parse(expected.text)));
}

function assertRefusable(recipe: Recipe): void {
  const expected = plainJson(recipe);
  if (expected === "lost") return;
  assert.ok(
    whyUnrecordable([[JSON.parse(expected.text)]]) !== undefined,
    `refused, though it is ${expected.text.slice(0, 500)}`,
  );
}

fuzz(
  "a value from task code is recorded as JSON has it, or refused with words, and no other run notices",
  async (seeded) => {
    await using rig = new Rig();
    rig.publish("hostile", HOSTILE);
    rig.publish("echo", "module.exports = ({ value }) => value;");
    rig.publish(
      "calm",
      "module.exports = async () => [await tools.outside.wait('calm'), await tools.outside.echo('after')];",
    );
    const { answer } = rig.outside;
    const calm = Promise.withResolvers<void>();
    rig.outside.answer = async (call) => {
      if (call.method === "wait") await calm.promise;
      return answer(call);
    };
    rig.takeOver();
    const broken = rig.engine.failed.then((error) => Promise.reject(error));
    const unharmed = await rig.submit("calm");
    await rig.run("hostile", { way: "log", recipe: ["json", 1] });
    const property = fc.asyncProperty(fc.constantFrom(...WAYS), recipes, async (way, recipe) => {
      const id = await rig.submit("hostile", { way, recipe: recipe as never });
      const row = await Promise.race([rig.ended(id), broken]);
      if (row.status === "failed") {
        const error = JSON.parse(row.error!) as SerializedError;
        assertClear(error);
        if (way === "return") assertRefusable(recipe);
        else assert.ok(["throw", "reject", "decorate"].includes(way), `${way}: ${row.error}`);
        return;
      }
      assert.equal(row.status, "completed");
      const result = JSON.parse(row.result!);
      if (way === "return" && isThenable(recipe)) return;
      if (way === "return") return assertSame(result, recipe);
      if (way === "log") return assert.equal(result, "logged");
      assert.ok(["call", "keep", "nest"].includes(way), `${way} completed with ${row.result}`);
      if (result.refused !== undefined) return assertRefusable(recipe);
      if (way === "keep") assertSame([...rig.store.records.each({ run: row.run })].map(({ data }) => data)[0], recipe);
      else if (!isThenable(recipe)) assertSame(result.echoed, recipe);
    });
    await fc.assert(property, { ...seeded(200), timeout: 60_000 });
    calm.resolve();
    assert.deepEqual(await rig.result(unharmed), ["calm", "after"]);
  },
);

/** What is given back or awaited is asked for its \`then\` first. */
function isThenable([kind]: Recipe): boolean {
  return kind === "thenable" || kind === "promise";
}
