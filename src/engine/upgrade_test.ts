import assert from "node:assert/strict";
import { checkAudit } from "../store/audit_check.ts";
import { Rig } from "./rig.ts";

const code = (last: string, first = "a") =>
  `module.exports = async () => {
    const all = [await tools.outside.get("${first}"), await tools.outside.get("b")];
    ${last}
  };`;

Deno.test("a held run goes on with a newer version that makes the calls it has made, and with no other", async () => {
  await using rig = new Rig();
  rig.publish("two", code("return all.join();"));
  const engine = rig.takeOver();
  const version = (id: string) => rig.store.taskFunctions.get(rig.row(id).functionId).version;
  rig.outside.pause();
  const id = await rig.submit("two");
  await rig.outside.arrived("a");
  rig.outside.release("a");
  await rig.outside.arrived("b");
  await assert.rejects(engine.upgrade("none"), { code: "NOT_FOUND" });
  await assert.rejects(engine.upgrade(id), { code: "CONFLICT", message: /is not held/ });
  await engine.hold(id);
  await rig.until(id, () => rig.store.stackRuns.inFlight(rig.row(id).run) === 0);
  await engine.upgrade(id);
  assert.equal(version(id), 1, "there is no newer version");

  rig.publish("two", code("return all.join();", "other"));
  await assert.rejects(engine.upgrade(id), {
    code: "NON_DETERMINISM",
    message:
      /^two v2 does not fit run .*: call 1 was outside\.get, and it calls outside\.get, or with other arguments$/,
  });
  rig.publish("two", code("return all.join();"), { input: { type: "object", required: ["more"] } });
  await assert.rejects(engine.upgrade(id), { code: "INVALID_INPUT" });
  assert.equal(version(id), 1);

  rig.publish("two", code('all.push(await tools.outside.get("c")); return all.join();'));
  await engine.upgrade(id, "ann@laptop");
  assert.equal(version(id), 4);
  await engine.resume(id);
  for (const key of ["b", "c"]) {
    await rig.outside.arrived(key);
    rig.outside.release(key);
  }
  assert.equal(await rig.result(id), "a,b,c");
  assert.equal(rig.outside.asked("a").length, 1, "what was recorded is not asked again");
  const told = [...rig.store.audit.each()].map(({ text }) => JSON.parse(text)).filter(({ event }) =>
    event === "upgraded"
  );
  assert.deepEqual(told.map(({ from, to, who }) => [from, to, who]), [[1, 4, "ann@laptop"]]);
  assert.deepEqual(checkAudit(rig.store).problems, []);
});

Deno.test("a run that has not begun begins with the newest version when it is asked to", async () => {
  await using rig = new Rig();
  rig.publish("one", "module.exports = async () => 1;");
  rig.nudge = () => {};
  const engine = rig.takeOver();
  const id = await rig.submit("one");
  await engine.hold(id);
  rig.publish("one", "module.exports = async () => 2;");
  await engine.upgrade(id);
  await engine.resume(id);
  rig.nudge = (engine) => queueMicrotask(() => engine.step());
  engine.step();
  assert.equal(await rig.result(id), 2);
});
