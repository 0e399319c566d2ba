import assert from "node:assert/strict";
import { serializeError, TaskerError } from "../core/errors.ts";
import { attempts, isIdle, type LedgerAttempt } from "../store/ledger_attempts.ts";
import { pageOf } from "../store/ledger.ts";
import { checkLedger } from "../store/ledger_check.ts";
import { send } from "../services/outgoing.ts";
import { Rig } from "./rig.ts";

/** The ledger of a rig whose engine has stopped in order, or of the one that is dead. */
const entered = (rig: Rig): LedgerAttempt[] => [...attempts(rig.store.ledger, () => false)];
const lines = (rig: Rig) =>
  entered(rig).map(({ call, attempt, method, args, end, state }) =>
    `${call}/${attempt} ${method} ${args.map(String).join()}: ${end?.how ?? state}${end?.error ? ` ${end.error}` : ""}`
  );
const isRight = (rig: Rig) => assert.deepEqual(checkLedger(rig.store).problems, []);

Deno.test("every attempt of an outside call has its entry, what is local has none, and a page is there for many", async () => {
  await using rig = new Rig();
  rig.publish(
    "t",
    `module.exports = async ({ n }) => {
      for (let i = 0; i < n; i++) await tools.outside.read("k" + i);
      await tools.records.append("r", [{}]);
      await tools.log.info("x");
      await tools.outside.fails("last").catch(() => {});
    };`,
  );
  rig.outside.answer = (call) => {
    if (call.method !== "fails") return { type: "result", value: 1 };
    const error = serializeError(new TaskerError("UNAVAILABLE", "down"));
    return { type: "error", error, ...(call.attempt === 1 ? { retry: { at: 0 } } : {}) };
  };
  rig.takeOver();
  await rig.run("t", { n: 200 });
  await rig.engine.stop();
  const told = lines(rig);
  assert.equal(told.length, 202);
  assert.deepEqual(told.slice(0, 2), ["1/1 read k0: answered", "2/1 read k1: answered"]);
  assert.deepEqual(told.slice(-2), ["203/1 fails last: failed UNAVAILABLE", "203/2 fails last: failed UNAVAILABLE"]);
  const onPages = [...rig.store.ledger.each()].map((row) => pageOf(row)!.sent?.length ?? 0);
  assert.ok(Math.max(...onPages) > 10, onPages.join());
  assert.deepEqual([checkLedger(rig.store).entries, checkLedger(rig.store).calls], [202, 201]);
  isRight(rig);
});

Deno.test("a call that writes, and a further attempt, are on a page before they leave; a call that reads is in its row", async () => {
  await using rig = new Rig();
  rig.publish("t", `module.exports = ({ method }) => tools.outside[method]("k");`);
  rig.addRule("allow");
  const onPage: [string, number, boolean][] = [];
  rig.outside.arrivedCall = ({ method, attempt, taskRunId }) => {
    const isThere = entered(rig).some((entry) => entry.run === taskRunId && entry.attempt === attempt);
    onPage.push([method, attempt, isThere]);
    assert.equal(rig.frames(taskRunId).find(({ seq }) => seq === 1)!.status, "processing");
  };
  rig.outside.answer = ({ attempt }) =>
    attempt === 1
      ? { type: "error", error: serializeError(new TaskerError("UNAVAILABLE", "down")), retry: { at: 0 } }
      : { type: "result", value: 1 };
  rig.takeOver();
  await rig.run("t", { method: "write" });
  await rig.run("t", { method: "read" });
  assert.deepEqual(onPage, [["write", 1, true], ["write", 2, true], ["read", 1, false], ["read", 2, true]]);
});

Deno.test("what was out when the process died is entered by the next owner, before it makes anything again", async () => {
  await using rig = new Rig();
  rig.publish(
    "t",
    `module.exports = async () => { await tools.outside.read("a"); await tools.outside.read("b"); return tools.outside.write("c"); };`,
  );
  rig.addRule("allow");
  rig.outside.traitsOf = (method) => ({ repeatable: method !== "write" });
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("t");
  await rig.outside.arrived("a");
  rig.outside.release("a");
  await rig.outside.arrived("b");
  // Killed between the commit that claims the call and its answer; nothing of it is on a page yet.
  assert.deepEqual(lines(rig), []);
  assert.deepEqual(checkLedger(rig.store).problems, []);
  const before: string[][] = [];
  rig.outside.arrivedCall = () => before.push(lines(rig));
  rig.takeOver();
  await rig.outside.arrived("b");
  assert.deepEqual(before, [["1/1 read a: answered", "2/1 read b: unknown", "2/1 read b: unknown"]]);
  rig.outside.release("b");
  await rig.outside.arrived("c");
  rig.takeOver();
  const { code } = await rig.result(id).then(() => ({ code: undefined }), (error) => ({ code: String(error) }));
  assert.match(code!, /OUTCOME_UNKNOWN/);
  await rig.engine.stop();
  assert.deepEqual(lines(rig), [
    "1/1 read a: answered",
    "2/1 read b: unknown",
    "2/1 read b: answered",
    "3/1 write c: unknown",
  ]);
  isRight(rig);
});

Deno.test("nested runs are found by the run around them; what was refused or waited for its turn is known not to have left", async () => {
  await using rig = new Rig();
  rig.publish("child", `module.exports = () => tools.outside.read("child");`);
  rig.publish(
    "t",
    `module.exports = async () => {
      await tools.tasks.execute("child", {});
      await Promise.all([tools.outside.read("k"), tools.outside.read("k")]);
      await tools.outside.denied("x").catch(() => {});
      await tools.outside.unknown("x").catch(() => {});
    };`,
  );
  rig.addRule("deny", { method: "denied" });
  rig.outside.concurrency = 1;
  rig.outside.traitsOf = (method) => {
    if (method === "unknown") throw new TaskerError("METHOD_UNKNOWN", "there is none");
    return { repeatable: true };
  };
  rig.takeOver();
  const id = await rig.submit("t");
  await rig.ended(id);
  await rig.engine.stop();
  const [child] = entered(rig);
  assert.deepEqual([child!.task, child!.in, child!.run === id], ["child", id, false]);
  const idle = entered(rig).filter(isIdle).map(({ call, end }) => [call, end!.how, end!.error ?? null]);
  assert.deepEqual(idle, [[3, "not made", null], [5, "not made", "METHOD_UNKNOWN"]]);
  assert.deepEqual(entered(rig).filter(({ method }) => method === "denied"), []);
  isRight(rig);
});

Deno.test("a request waits until the ledger has its host, and is counted", async () => {
  await using rig = new Rig();
  rig.publish("t", `module.exports = () => tools.outside.read("k");`);
  const named: unknown[] = [];
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => {
    named.push(entered(rig).map(({ to }) => to));
    return new Response("hello", { status: 203 });
  });
  const host = `127.0.0.1:${server.addr.port}`;
  rig.outside.answer = async () => {
    await (await send(`http://${host}/`, { method: "POST", body: "four" })).body?.cancel();
    return { type: "result", value: 1 };
  };
  rig.takeOver();
  await rig.run("t");
  await rig.engine.stop();
  assert.deepEqual(named, [[[host]]]);
  assert.deepEqual(entered(rig)[0]!.end!.reached, [
    { to: host, requests: 1, status: { "203": 1 }, sent: 4, received: 0 },
  ]);
});

Deno.test("a call that was next and had to wait for room, or for a person, was not made: it has no entry, and needs none", async () => {
  await using rig = new Rig({ lanes: 1 });
  rig.outside.usageOf = () => ({ units: 0, bytes: 0 });
  rig.publish("t", `module.exports = ({ keys }) => Promise.all(keys.map((key) => tools.outside[key](key)));`);
  rig.setBudget({ name: "one", limit: 1 });
  rig.addRule("allow", { method: "read" });
  rig.takeOver();
  const waits = await rig.submit("t", { keys: ["read", "read"] });
  await rig.overBudget(waits);
  const asked = await rig.submit("t", { keys: ["read", "write"] });
  const [call] = await rig.asked(asked);
  await rig.until(asked, () => rig.frames(asked)[0]!.status === "completed");
  // The next owner enters what the one before has not.
  rig.takeOver();
  await rig.engine.decide({ state: "approved", id: call!, by: "ann@test" });
  await rig.overBudget(asked);
  for (const id of [waits, asked]) {
    assert.equal(rig.frames(id)[1]!.startedAt, null);
    await rig.engine.cancel(id);
    await rig.ended(id);
  }
  await rig.engine.stop();
  assert.deepEqual(lines(rig), ["1/1 read read: answered", "1/1 read read: answered"]);
  isRight(rig);
});
