import assert from "node:assert/strict";
import type { Json } from "../core/json.ts";
import { Rig } from "./rig.ts";

const ECHO = `module.exports = async ({ n }) => tools.outside.echo(n);`;
const INPUT = { type: "object", properties: { n: { type: "integer" }, unit: { type: "string", default: "kg" } } };

class KeyRig extends Rig {
  async submitUnder(idempotencyKey: string, input: Json, taskName = "task"): Promise<string> {
    return (await this.engine.submit({ taskName, input, idempotencyKey })).taskRunId;
  }
}

Deno.test("of one task there is one run under a key, at once, after its end and after a death", async () => {
  await using rig = new KeyRig();
  rig.publish("task", ECHO, { input: INPUT });
  rig.publish("other", ECHO);
  rig.takeOver();
  const first = rig.submitUnder("order 1", { n: 1, unit: "kg" });
  const [id, again] = await Promise.all([first, rig.submitUnder("order 1", { unit: "kg", n: 1 })]);
  assert.equal(again, id);
  assert.equal(await rig.result(id), 1);
  rig.publish("task", "module.exports = () => 'published anew'", { input: INPUT });
  rig.reopen();
  rig.takeOver();
  assert.equal(await rig.submitUnder("order 1", { n: 1 }), id);
  assert.equal(await rig.result(id), 1);
  assert.notEqual(await rig.submitUnder("order 1", { n: 1 }, "other"), id);
  assert.notEqual(await rig.submitUnder("order 2", { n: 1 }), id);
  const submissions = [...rig.store.audit.each()].filter(({ text }) => text.includes('"event":"submitted"'));
  assert.equal(submissions.length, 3);
});

Deno.test("another input under a key is refused, and so is an id whose run has another key", async () => {
  await using rig = new KeyRig();
  rig.publish("task", ECHO, { input: INPUT });
  rig.takeOver();
  const id = await rig.submitUnder("order 1", { n: 1 });
  await assert.rejects(rig.submitUnder("order 1", { n: 2 }), {
    code: "CONFLICT",
    message: `the idempotency key "order 1" is taken: run ${id} has another input`,
  });
  const same = { id, taskName: "task", input: { n: 1 } };
  await assert.rejects(rig.engine.submit(same), { code: "CONFLICT" });
  assert.equal((await rig.engine.submit({ ...same, idempotencyKey: "order 1" })).taskRunId, id);
});
