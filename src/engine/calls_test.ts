import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { Rig } from "./rig.ts";

/** Runs one task with the given body in a rig of its own. */
async function result(body: string, prepare: (rig: Rig) => void = () => {}): Promise<unknown> {
  await using rig = new Rig();
  prepare(rig);
  rig.publish("task", `module.exports = async (input) => { ${body} };`);
  rig.takeOver();
  return await rig.run("task");
}

const failing = (rig: Rig) => {
  rig.outside.answer = ({ method, args }) =>
    method === "fail"
      ? { type: "error", error: { name: "GoogleError", code: "FORBIDDEN", message: `no ${args[0]}`, hint: "ask" } }
      : { type: "result", value: args[0] ?? null };
};

Deno.test("calls in sequence give their results in order", async () => {
  const value = await result(
    "const seen = []; for (const n of [1, 2, 3]) seen.push(await tools.outside.echo(n)); return seen;",
  );
  assert.deepEqual(value, [1, 2, 3]);
});

Deno.test("parallel calls are all in flight at once and give their results by place, whatever finishes first", async () => {
  await using rig = new Rig();
  rig.publish("task", `module.exports = () => Promise.all(["a", "b", "c"].map((key) => tools.outside.echo(key)));`);
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("a", "b", "c");
  for (const key of ["c", "a", "b"]) rig.outside.release(key);
  assert.deepEqual(await rig.result(id), ["a", "b", "c"]);
});

Deno.test("race and any end with the first, and the calls left open are cancelled with the run", async () => {
  await using rig = new Rig();
  rig.publish(
    "task",
    `module.exports = async () => [
      await Promise.race([tools.outside.echo("slow"), tools.outside.echo("fast")]),
      await Promise.any([tools.outside.fail("bad"), tools.outside.echo("good")]),
    ];`,
  );
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.outside.arrived("slow", "fast");
  rig.outside.release("fast");
  await rig.outside.arrived("bad", "good");
  rig.outside.release("bad", { type: "error", error: { name: "Error", code: "FORBIDDEN", message: "no" } });
  rig.outside.release("good");
  assert.deepEqual(await rig.result(id), ["fast", "good"]);
  assert.deepEqual(rig.frames(id).map((frame) => frame.status), ["cancelled", "completed", "failed", "completed"]);
  assert.equal(rig.outside.asked("slow")[0]!.signal.aborted, true);
});

Deno.test("allSettled, try, catch and finally behave as in plain JavaScript", async () => {
  const value = await result(
    `const seen = [];
     try { await tools.outside.fail("x"); } catch (error) { seen.push(error.message); } finally { seen.push(await tools.outside.echo("last")); }
     const settled = await Promise.allSettled([tools.outside.echo(1), tools.outside.fail(2)]);
     return [...seen, ...settled.map((one) => one.status)];`,
    failing,
  );
  assert.deepEqual(value, ["no x", "last", "fulfilled", "rejected"]);
});

Deno.test("a failed call is a catchable error with its name, code, message and hint", async () => {
  const value = await result(
    "try { await tools.outside.fail(1); } catch (e) { return [e instanceof Error, e.name, e.code, e.message, e.hint]; }",
    failing,
  );
  assert.deepEqual(value, [true, "GoogleError", "FORBIDDEN", "no 1", "ask"]);
});

Deno.test("an error that nothing catches fails the run with what the call failed with, and the log says so", async () => {
  await using rig = new Rig();
  failing(rig);
  rig.publish("task", "module.exports = async () => { await tools.outside.fail('it'); };");
  rig.takeOver();
  const id = await rig.submit("task");
  const row = await rig.ended(id);
  assert.equal(row.status, "failed");
  assert.equal(JSON.parse(row.error!).code, "FORBIDDEN");
  assert.deepEqual(rig.logs(id), ["run failed: FORBIDDEN: no it"]);
});

Deno.test("an unknown service and one that the manifest does not declare are refused, catchably", async () => {
  await using rig = new Rig();
  rig.publish(
    "task",
    `module.exports = async () => {
      const codes = [];
      for (const service of ["nowhere", "tasks"]) {
        try { await __callHostTool__(service, "x.y", []); } catch (error) { codes.push(error.code + " " + error.hint); }
      }
      return codes;
    };`,
    { services: ["outside"] },
  );
  rig.takeOver();
  assert.deepEqual(await rig.run("task"), [
    "SERVICE_UNKNOWN undefined",
    'FORBIDDEN add it to the task\'s manifest: services: ["outside", "tasks"]',
  ]);
});

Deno.test("a task that waits for nothing that can happen fails with NOTHING_TO_WAIT_FOR", async () => {
  await using rig = new Rig();
  rig.publish("at_once", "module.exports = () => new Promise(() => {});");
  rig.publish("later", "module.exports = async () => { await tools.outside.echo(1); await new Promise(() => {}); };");
  rig.takeOver();
  assert.equal((await rig.failure("at_once")).code, "NOTHING_TO_WAIT_FOR");
  assert.equal((await rig.failure("later")).code, "NOTHING_TO_WAIT_FOR");
});

Deno.test("local effects that nothing awaits commit with the run's end; outside calls do not start any more", async () => {
  await using rig = new Rig();
  rig.publish(
    "task",
    `module.exports = async () => {
      await tools.outside.echo("first");
      tools.records.append("row", { n: 1 });
      tools.records.append("row", { n: 2 });
      tools.log.info("bye");
      tools.outside.echo("never");
      return "done";
    };`,
  );
  rig.takeOver();
  const id = await rig.submit("task");
  const row = await rig.ended(id);
  assert.equal(row.result, '"done"');
  assert.deepEqual([...rig.store.records.each({ run: row.run })].map((record) => record.data), [{ n: 1 }, { n: 2 }]);
  assert.deepEqual(rig.logs(id), ["bye"]);
  assert.deepEqual(rig.outside.asked("never"), []);
  assert.deepEqual(rig.frames(id).map((frame) => frame.status), [
    "completed",
    "completed",
    "completed",
    "completed",
    "cancelled",
  ]);
});

Deno.test("an effect that is refused fails its call and leaves the rest of its transaction alone", async () => {
  const value = await result(
    `const settled = await Promise.allSettled([tools.records.append("a", 1), tools.records.append("not a kind!", 2), tools.records.append("a", 3)]);
     return settled.map((one) => one.value?.last ?? one.reason.code);`,
  );
  assert.deepEqual(value, [1, "INVALID_INPUT", 2]);
});

Deno.test("a result over 16 MiB fails its call with TOO_LARGE", async () => {
  const value = await result(
    "try { await tools.outside.big(); } catch (error) { return [error.code, error.message]; }",
    (rig) => rig.outside.answer = () => ({ type: "result", value: "x".repeat(16 * 1024 * 1024) }),
  );
  assert.deepEqual(value, ["TOO_LARGE", "the result of outside.big is 16.0 MiB, 16 MiB is the most"]);
});

Deno.test("the input gets the schema's defaults, and one that does not fit is refused by name", async () => {
  await using rig = new Rig();
  const input = {
    type: "object",
    properties: { n: { type: "integer", default: 7 }, who: { type: "string" } },
    required: ["who"],
    additionalProperties: false,
  };
  rig.publish("task", "module.exports = async (input) => input;", { input });
  rig.takeOver();
  assert.deepEqual(await rig.run("task", { who: "ann" }), { n: 7, who: "ann" });
  await assert.rejects(rig.submit("task", { who: 1 }), { code: "INVALID_INPUT", message: /who/ });
  await assert.rejects(rig.submit("task", { who: "ann", m: 1 }), { code: "INVALID_INPUT", message: /m/ });
  await assert.rejects(rig.submit("nobody"), { code: "NOT_FOUND", hint: "published are: task" });
});

Deno.test("the names of the earlier system go to the services of today", async () => {
  await using rig = new Rig({
    services: [{
      name: "gapi",
      local: false,
      traits: () => ({ repeatable: true }),
      call: ({ method }) => ({ type: "result", value: method }),
    }],
  });
  rig.publish("task", 'module.exports = () => __callHostTool__("wrappedgapi", ["gmail", "users", "list"], [{}]);');
  rig.takeOver();
  const id = await rig.submit("task");
  assert.equal(await rig.result(id), "gmail.users.list");
  assert.equal(rig.frames(id)[0]!.service, "gapi");
});

Deno.test("a local effect that is claimed while its run's end is on its way commits with that end", async () => {
  await using rig = new Rig();
  rig.publish(
    "busy",
    'module.exports = async () => { await tools.outside.echo("go"); for (let i = 0; i < 2e8; i++); };',
  );
  rig.publish(
    "task",
    `module.exports = async () => {
      const last = tools.outside.echo("b");
      await tools.outside.echo("a");
      tools.records.append("row", 1);
      return await last;
    };`,
  );
  rig.outside.pause();
  rig.takeOver();
  const { nudge } = rig;
  const busy = await rig.submit("busy");
  const id = await rig.submit("task");
  await rig.outside.arrived("go", "a", "b");
  await rig.until(busy, (run) => run.status === "suspended_waiting_child");
  await rig.until(id, (run) => run.status === "suspended_waiting_child");
  rig.nudge = () => {};
  rig.outside.release("a");
  await rig.until(id, () => rig.frames(id).length === 3);
  // A realm at work puts the commit off; the run's own realm goes when its end is staged.
  rig.outside.release("go");
  rig.outside.release("b");
  while (rig.realms() > 1) await new Promise((resolve) => setImmediate(resolve));
  rig.engine.step();
  rig.nudge = nudge;
  assert.equal(await rig.result(id), "b");
  assert.equal(rig.store.records.kinds(rig.row(id).run).get("row"), 1);
  await rig.ended(busy);
});

Deno.test("a result or an error that the file refuses fails its run alone", async () => {
  await using rig = new Rig();
  const deep = "let deep = 1; for (let i = 0; i < 1200; i++) deep = [deep];";
  rig.publish("gives", `module.exports = async () => { ${deep} return deep; };`);
  rig.publish(
    "throws",
    `module.exports = async () => { ${deep} throw Object.assign(new Error("x"), { details: { deep } }); };`,
  );
  rig.publish("task", 'module.exports = () => tools.tasks.execute("gives").catch((error) => error.message);');
  rig.takeOver();
  const outcome = Promise.race([
    Promise.all([rig.failure("gives"), rig.failure("throws"), rig.run("task")]),
    rig.engine.failed.then((error) => Promise.reject(error)),
  ]);
  const [gives, throws, task] = await outcome;
  assert.equal(gives.code, "TASK_FAILED");
  assert.match(gives.message, /nested too deep/);
  assert.deepEqual([throws.message, throws.details], ["x", undefined]);
  assert.equal(task, gives.message);
});
