import assert from "node:assert/strict";
import { TaskerError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { entryOf } from "../store/chain.ts";
import { gateOf } from "../store/gates.ts";
import { Rig } from "./rig.ts";

/** Writes under each key, one after another, and tells what came of it. */
const WRITES = `module.exports = async ({ keys }) => {
  const seen = [];
  for (const key of keys) {
    try { seen.push(await tools.outside.write(key)); } catch (error) { seen.push([error.code, error.message]); }
  }
  return seen;
};`;

function eventsOf(rig: Rig): Json[] {
  return [...rig.store.audit.each()].map((row) => entryOf(row)!).filter(({ event }) =>
    event === "approved" || event === "refused"
  ).map(({ event, call, who, reason }) => [event!, call!, who!, reason!]);
}

async function refusal(work: Promise<unknown>): Promise<string> {
  return await work.then(() => "done", (error) => error.code);
}

Deno.test("a call that writes waits for a person without a lane, over the death of its owner, and goes on", async () => {
  await using rig = new Rig({ lanes: 1 });
  rig.publish("writer", WRITES);
  rig.publish("reader", 'module.exports = async () => await tools.outside.echo("r");');
  rig.takeOver();
  const id = await rig.submit("writer", { keys: ["a"] });
  const [call] = await rig.asked(id);
  assert.equal(await rig.run("reader"), "r");
  assert.equal(rig.engine.activeRuns(), 0);
  assert.match(rig.frames(id)[0]!.waitingFor!, /a person's approval of outside.write \(it writes\)/);
  rig.takeOver();
  await rig.asked(id);
  assert.deepEqual(rig.outside.asked("a"), []);
  await rig.engine.decide({ state: "approved", id: call!, by: "ann@test" });
  assert.deepEqual(await rig.result(id), ["a"]);
  assert.equal(rig.outside.calls.at(-1)!.attempt, 1);
  // Said again it does nothing; the other answer comes too late.
  await rig.engine.decide({ state: "approved", id: call!, by: "ann@test" });
  assert.equal(await refusal(rig.engine.decide({ state: "refused", id: call!, by: "bob@test" })), "CONFLICT");
  assert.deepEqual(eventsOf(rig), [["approved", 1, "ann@test", null]]);
});

Deno.test("a refused call fails with the reason, and its task goes on", async () => {
  await using rig = new Rig();
  rig.publish("writer", WRITES);
  rig.takeOver();
  const id = await rig.submit("writer", { keys: ["a", "b"] });
  const [first] = await rig.asked(id);
  await rig.engine.decide({ state: "refused", id: first!, by: "ann@test", reason: "not today" });
  const [second] = await rig.asked(id);
  await rig.engine.decide({ state: "refused", id: second!, by: "ann@test" });
  assert.deepEqual(await rig.result(id), [
    ["POLICY_REFUSED", "ann@test has refused outside.write: not today"],
    ["POLICY_REFUSED", "ann@test has refused outside.write"],
  ]);
  assert.deepEqual(rig.outside.calls, []);
});

Deno.test("other arguments of the person's are sent, beside those that the journal keeps for replay", async () => {
  await using rig = new Rig();
  rig.publish("writer", WRITES);
  rig.takeOver();
  const id = await rig.submit("writer", { keys: ["a", "b"] });
  const [first] = await rig.asked(id);
  const edit = (args: Json) => rig.engine.decide({ state: "approved", id: first!, by: "ann@test", args });
  assert.equal(await refusal(edit({ key: "x" })), "INVALID_INPUT");
  rig.addRule("deny", { where: [{ of: "key", is: "x" }] });
  assert.equal(await refusal(edit(["x"])), "FORBIDDEN");
  await edit(["A", 1]);
  const [second] = await rig.asked(id);
  assert.deepEqual(rig.outside.calls.map(({ args }) => args), [["A", 1]]);
  const [frame] = rig.frames(id);
  assert.equal(frame!.args, '["a"]');
  const { at, decidedAt, ...gate } = gateOf(frame!)!;
  assert.ok(decidedAt! >= at);
  assert.deepEqual(gate, { state: "approved", rule: null, by: "ann@test", args: ["A", 1] });
  rig.takeOver();
  await rig.engine.decide({ state: "approved", id: second!, by: "ann@test" });
  assert.deepEqual(await rig.result(id), ["A", "b"]);
});

Deno.test("a denied call fails by name of the rule; changed rules hold for calls not started yet", async () => {
  await using rig = new Rig();
  rig.publish("writer", WRITES);
  rig.takeOver();
  const rule = rig.addRule("deny", { service: "outside", where: [{ of: "key", is: "d*" }] });
  const id = await rig.submit("writer", { keys: ["d1", "ask", "d2"] });
  const [call] = await rig.asked(id);
  // What is waited for is looked at again when the rules change, and what was denied may be made then.
  rig.store.db.transaction(() => {
    rig.store.owner.raiseRules();
    rig.store.policy.remove(rule);
  });
  rig.addRule("allow");
  rig.engine.step();
  const denied = `outside.write is denied by rule ${rule}: deny --service outside --where 'key=d*'`;
  assert.deepEqual(await rig.result(id), [["POLICY_DENIED", denied], "ask", "d2"]);
  assert.equal(await refusal(rig.engine.decide({ state: "approved", id: call!, by: "ann@test" })), "CONFLICT");
});

Deno.test("hold, resume and cancel of a run that waits for a person", async () => {
  await using rig = new Rig();
  rig.publish("writer", WRITES);
  rig.takeOver();
  const id = await rig.submit("writer", { keys: ["a", "b"] });
  const [first] = await rig.asked(id);
  await rig.engine.hold(id);
  await rig.engine.decide({ state: "approved", id: first!, by: "ann@test" });
  rig.engine.step();
  assert.equal(rig.row(id).status, "held");
  assert.deepEqual(rig.outside.calls, []);
  await rig.engine.resume(id);
  const second = (await rig.until(id, () => rig.frames(id).length === 2).then(() => rig.asked(id)))[0]!;
  await rig.engine.cancel(id);
  assert.equal(await refusal(rig.engine.decide({ state: "approved", id: second, by: "ann@test" })), "CONFLICT");
  assert.equal(await refusal(rig.engine.decide({ state: "approved", id: `${id}.9`, by: "ann@test" })), "NOT_FOUND");
  assert.equal(rig.store.gates.asked({ after: 0, limit: 9 }).length, 0);
});

Deno.test("what a task's manifest does not allow is asked of nobody", async () => {
  await using rig = new Rig();
  rig.publish("writer", WRITES, { services: ["timer"] });
  rig.takeOver();
  const [[code]] = await rig.run("writer", { keys: ["a"] }) as [string][] as unknown as [[string]];
  assert.equal(code, "FORBIDDEN");
});

Deno.test("a call of which it cannot be told what it would do fails, and nothing else does", async () => {
  await using rig = new Rig();
  rig.publish("reader", "module.exports = async ({ key }) => await tools.outside.echo(key);");
  rig.outside.intent = ({ method, args }) => ({
    method,
    writes: false,
    get facts() {
      if (args[0] === "odd") throw new TaskerError("HOST_REFUSED", "the task may not reach odd");
      return { key: args[0]! };
    },
  });
  rig.addRule("deny", { where: [{ of: "key", is: "evil" }] });
  rig.takeOver();
  const codes = [];
  for (const key of ["odd", "evil", "fine"]) {
    const run = await rig.ended(await rig.submit("reader", { key }));
    codes.push(run.error === null ? run.status : JSON.parse(run.error).code);
  }
  assert.deepEqual(codes, ["HOST_REFUSED", "POLICY_DENIED", "completed"]);
  assert.deepEqual(rig.outside.calls.map(({ args }) => args[0]), ["fine"]);
});

Deno.test("a call that was denied and not told so when the process died has not left", async () => {
  await using rig = new Rig();
  rig.outside.traitsOf = () => ({ repeatable: false });
  rig.publish("writer", WRITES);
  rig.addRule("deny");
  rig.takeOver();
  // Claimed by a step that never comes.
  let steps = 0;
  rig.nudge = (engine) => queueMicrotask(() => steps++ === 0 && engine.step());
  const id = await rig.submit("writer", { keys: ["a"] });
  await rig.until(id, () => rig.frames(id)[0]?.status === "processing");
  rig.nudge = (engine) => queueMicrotask(() => engine.step());
  rig.takeOver();
  const [[code]] = await rig.result(id) as [[string]];
  assert.equal(code, "POLICY_DENIED");
});

Deno.test("more calls are asked about than there are lanes: all still are when the rules change, or the owner", async () => {
  await using rig = new Rig({ lanes: 1 });
  rig.publish(
    "writer",
    "module.exports = async () => await Promise.all([1, 2, 3].map((n) => tools.outside.write(n)));",
  );
  rig.publish("reader", 'module.exports = async () => await tools.outside.echo("r");');
  rig.takeOver();
  const id = await rig.submit("writer");
  const calls = await rig.asked(id, 3);
  rig.addRule("ask", { method: "write" });
  rig.engine.step();
  await rig.until(id, () => rig.frames(id).every((frame) => gateOf(frame)!.rule !== null));
  assert.deepEqual(await rig.asked(id, 3), calls);
  rig.takeOver();
  assert.deepEqual(await rig.asked(id, 3), calls);
  assert.equal(rig.engine.activeRuns(), 0);
  assert.equal(await rig.run("reader"), "r");
});

Deno.test("a call that the policy stops when it is next for a key leaves the key to those behind it", async () => {
  await using rig = new Rig();
  rig.outside.concurrency = 1;
  rig.publish(
    "keyed",
    `module.exports = async () => {
      const call = (method) => tools.outside[method]("k").catch((error) => error.code);
      return await Promise.all([call("first"), call("asked"), call("denied"), call("last")]);
    };`,
  );
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("keyed");
  await rig.until(id, () => rig.frames(id).filter(({ blocked }) => blocked === "key outside k").length === 3);
  rig.addRule("ask", { method: "asked" });
  rig.addRule("deny", { method: "denied" });
  rig.outside.release("k");
  const [call] = await rig.asked(id);
  await rig.outside.arrived("k");
  assert.deepEqual(rig.outside.calls.map(({ method }) => method), ["first", "last"]);
  rig.outside.unpause();
  await rig.engine.decide({ state: "approved", id: call!, by: "ann@test" });
  assert.deepEqual(await rig.result(id), ["k", "k", "POLICY_DENIED", "k"]);
});
