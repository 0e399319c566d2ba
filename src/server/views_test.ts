import assert from "node:assert/strict";
import { Rig } from "../engine/rig.ts";
import { runView } from "./views.ts";

Deno.test("a run tells what runs nested in it wait for, as soon as they do, and how many are at work", async () => {
  await using rig = new Rig();
  rig.publish(
    "outer",
    `module.exports = () => Promise.all(["a", "b"].map((key) => tools.tasks.execute("inner", { key })));`,
  );
  rig.publish("inner", `module.exports = async ({ key }) => await tools.outside[key === "a" ? "write" : "echo"](key);`);
  rig.addRule("ask", { method: "write" });
  rig.addRule("allow");
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("outer");
  const view = () => runView(rig.store, rig.row(id));
  await rig.outside.arrived("b");
  await rig.until(id, () => view().waiting.length === 1);
  assert.deepEqual([view().waiting[0]!.approval, view().nestedAtWork], [true, 1]);
  rig.outside.release("b");
  await rig.until(id, () => view().nestedAtWork === 0);
  await rig.engine.decide({ state: "approved", id: view().waiting[0]!.stackRunId, by: "ann@laptop" });
  rig.outside.unpause();
  assert.deepEqual(await rig.result(id), ["a", "b"]);
});
