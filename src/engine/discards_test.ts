import assert from "node:assert/strict";
import { checkAudit } from "../store/audit_check.ts";
import { deleteRows, familyOf } from "../store/retention.ts";
import { Rig } from "./rig.ts";

Deno.test("runs that have ended go slice by slice while others work, and the audit log stays right", async () => {
  await using rig = new Rig();
  rig.publish(
    "keep",
    "module.exports = async ({ rows }) => { await tools.records.append('row', Array(rows).fill(1)); };",
  );
  rig.publish("nest", "module.exports = async () => { await tools.tasks.execute('keep', { rows: 700 }); };");
  rig.publish("ask", "module.exports = async ({ name }) => await tools.outside.get(name);");
  const engine = rig.takeOver();
  const large = await rig.submit("keep", { rows: 2_500 });
  const nest = await rig.submit("nest");
  await rig.ended(large);
  await rig.ended(nest);
  rig.outside.pause();
  const asking = await rig.submit("ask", { name: "x" });
  await rig.outside.arrived("x");

  assert.deepEqual(await engine.discard([large, nest, "gone"], "ann@laptop"), [large, nest]);
  assert.deepEqual(checkAudit(rig.store).problems, []);
  assert.equal(rig.row(large).status, "completed", "the run itself goes last");
  rig.outside.release("x");
  assert.equal(await rig.result(asking), "x");
  let left = [large, nest];
  let slices = 1;
  for (; left.length > 0; slices++) left = await engine.discard(left);
  assert.equal(slices, 4);
  const rows = (table: string) => rig.store.db.prepare(`SELECT count(*) AS n FROM ${table}`).get()!.n;
  assert.deepEqual([rows("task_runs"), rows("records"), rows("stack_runs")], [1, 0, 2]);
  assert.deepEqual(checkAudit(rig.store).problems, []);
  const discarded = [...rig.store.audit.each()].map(({ text }) => JSON.parse(text)).filter(({ event }) =>
    event === "discarded"
  );
  assert.deepEqual(discarded.map(({ run, who }) => [run, who]), [[large, "ann@laptop"], [nest, "rig@test"]]);
});

Deno.test("what has not ended, is nested, or is named by what may still read it is not deleted", async () => {
  await using rig = new Rig();
  rig.publish("nest", "module.exports = async () => { await tools.tasks.execute('leaf'); };");
  rig.publish("leaf", "module.exports = async () => 1;");
  rig.publish("ask", "module.exports = async ({ name }) => await tools.outside.get(name);");
  const engine = rig.takeOver();
  const nest = await rig.submit("nest");
  await rig.ended(nest);
  const [leaf] = familyOf(rig.store, rig.row(nest).run);
  rig.outside.pause();
  const asking = await rig.submit("ask", { name: nest });
  await rig.outside.arrived(nest);
  await assert.rejects(engine.discard([asking]), { code: "CONFLICT", message: /has not ended/ });
  await assert.rejects(engine.discard([leaf!.id]), { code: "CONFLICT", message: /is nested in another/ });
  await assert.rejects(engine.discard([nest]), { code: "CONFLICT", message: /is named by an unfinished run/ });
  rig.outside.release(nest);
  await rig.ended(asking);
  assert.deepEqual(await engine.discard([nest]), []);
  assert.equal(rig.store.taskRuns.byId(nest), undefined);
});

Deno.test("what was deleted is overwritten in the file", async () => {
  await using rig = new Rig();
  rig.publish(
    "keep",
    "module.exports = async () => { await tools.records.append('row', ['the secret ' + 'sentence']); };",
  );
  rig.takeOver();
  const id = await rig.submit("keep");
  await rig.ended(id);
  const holds = () => {
    rig.store.db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    return new TextDecoder("latin1").decode(Deno.readFileSync(rig.path)).includes("the secret sentence");
  };
  assert.ok(holds());
  const { run } = rig.row(id);
  rig.store.db.transaction(() => deleteRows(rig.store, [run], 1_000));
  assert.ok(!holds());
});
