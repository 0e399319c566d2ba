import assert from "node:assert/strict";
import type { TaskerError } from "../core/errors.ts";
import { drive, resultOf, runStart, task, taskCode, withExecutor } from "./fixtures/drive.ts";

const failedCall = {
  $error: { name: "QuotaError", code: "RATE_LIMITED", message: "slow down", hint: "wait", details: { status: 429 } },
};

Deno.test("sequential calls are issued one per turn, with the arguments as they were at the call", () =>
  withExecutor(async (executor) => {
    const code = task(`
      const args = { n: 1, at: new Date(0), list: [undefined] };
      const call = __callHostTool__("gapi", ["gmail", "users", "list"], [args]);
      args.n = 2;
      const first = await call;
      const second = await tools.records.append("kind", [first]);
      const third = await __callHostTool__("gapi", "a.b.c");
      return [first, second, third];`);
    const { turns, outcome } = await drive(executor, code, (call) => call.seq * 10);
    assert.deepEqual(turns.map((turn) => turn.calls), [
      [{
        seq: 1,
        service: "gapi",
        method: "gmail.users.list",
        args: '[{"n":1,"at":"1970-01-01T00:00:00.000Z","list":[null]}]',
      }],
      [{ seq: 2, service: "records", method: "append", args: '["kind",[10]]' }],
      [{ seq: 3, service: "gapi", method: "a.b.c", args: "[]" }],
      [],
    ]);
    assert.deepEqual(outcome, { type: "completed", json: "[10,20,30]" });
  }));

Deno.test("calls of one turn are posted together", () =>
  withExecutor(async (executor) => {
    const code = task("return await Promise.all([1, 2, 3].map((n) => tools.gapi.get(n)));");
    const { turns, outcome } = await drive(executor, code, (call) => JSON.parse(call.args)[0]);
    assert.deepEqual(turns.map((turn) => turn.calls.length), [3, 0, 0, 0]);
    assert.deepEqual(outcome, { type: "completed", json: "[1,2,3]" });
  }));

Deno.test("race, any and allSettled behave as in plain JavaScript", () =>
  withExecutor(async (executor) => {
    const code = task(`
      const raced = await Promise.race([tools.a.x(), tools.a.y()]);
      const any = await Promise.any([tools.a.fails(), tools.a.z()]);
      const all = await Promise.allSettled([tools.a.fails(), tools.a.w()]);
      return { raced, any, all: all.map((one) => one.status) };`);
    const answer = (call: { method: string }) => call.method === "fails" ? failedCall : call.method;
    assert.deepEqual(await resultOf(executor, code, answer), {
      raced: "x",
      any: "z",
      all: ["rejected", "fulfilled"],
    });
  }));

Deno.test("a failed call is a catchable error with name, code, message, hint and details, and finally runs", () =>
  withExecutor(async (executor) => {
    const code = task(`
      const seen = [];
      try {
        await tools.gapi.list();
      } catch (error) {
        seen.push(error instanceof Error, error.name, error.code, error.message, error.hint, error.details);
        seen.push(error.stack.split("\\n").slice(0, 2));
      } finally {
        seen.push(await tools.log.info("clean"));
      }
      return seen;`);
    const seen = await resultOf(executor, code, (call) => call.method === "list" ? failedCall : "cleaned");
    assert.deepEqual(seen, [
      true,
      "QuotaError",
      "RATE_LIMITED",
      "slow down",
      "wait",
      { status: 429 },
      ["QuotaError: slow down", "    at task (sample.js:5:26)"],
      "cleaned",
    ]);
  }));

Deno.test("an uncaught error fails the run with its name, code, message and the task's own frames", () =>
  withExecutor(async (executor) => {
    const code = task(`
      const helper = () => { throw Object.assign(new RangeError("too far"), { code: "FAR" }); };
      await tools.timer.sleep(1);
      helper();`);
    const { outcome } = await drive(executor, code);
    assert.ok(outcome?.type === "failed");
    const { stack, ...error } = outcome.error;
    assert.deepEqual(error, { name: "RangeError", code: "FAR", message: "too far" });
    assert.match(stack!, /^RangeError: too far\n {4}at helper \(sample\.js:3:/);
    assert.doesNotMatch(stack!, /worker_entry|realm|node:|file:/);
  }));

Deno.test("a thrown value that is no error fails the run with what it shows", () =>
  withExecutor(async (executor) => {
    for (const [thrown, message] of [["'text'", "text"], ["{ a: 1 }", "{ a: 1 }"], ["undefined", "undefined"]]) {
      const { outcome } = await drive(executor, task(`throw ${thrown};`));
      assert.deepEqual(outcome, { type: "failed", error: { name: "Error", code: "TASK_FAILED", message } });
    }
  }));

Deno.test("a thrown value that resists being read fails the run all the same", () =>
  withExecutor(async (executor) => {
    const mute = "new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 2; } })";
    const revoked = "const { proxy, revoke } = Proxy.revocable(function () {}, {}); revoke();";
    const cases: [string, string][] = [
      [`throw ${mute};`, "[a value that cannot be shown]"],
      [`Promise.reject(${mute}); await tools.a.b();`, "[a value that cannot be shown]"],
      [`${revoked} throw proxy;`, "[a value that cannot be shown]"],
      [`${revoked} throw Object.assign(new Error("has details"), { details: proxy });`, "has details"],
      ["throw Object.assign(new Error(), { name: Symbol(), message: { no: 'text' } });", '{ no: "text" }'],
      ["throw Object.freeze(new Error('frozen'));", "frozen"],
      ["throw undefined;", "undefined"],
    ];
    for (const [body, message] of cases) {
      const { outcome } = await drive(executor, task(body));
      assert.ok(outcome?.type === "failed", body);
      assert.deepEqual([outcome.error.message, outcome.error.code], [message, "TASK_FAILED"], body);
    }
  }));

Deno.test("what a damaged file gives for a call or an input fails its own run, and says so", () =>
  withExecutor(async (executor) => {
    const code = task("try { return await tools.a.b(); } catch { return 'caught'; }");
    const innocent = await executor.start(code, runStart());
    for (const [ok, json] of [[true, '{"a'], [false, "null"], [false, "x"]] as const) {
      const { realm } = await executor.start(code, runStart());
      const { outcome } = await realm.deliver([{ seq: 1, at: 1, ok, json }]);
      assert.ok(outcome?.type === "failed", json);
      assert.match(outcome.error.message, json === "null" ? /null/ : /what is recorded for call 1 cannot be read/);
    }
    const { report } = await executor.start(code, { ...runStart(), input: "{" });
    assert.ok(report.outcome?.type === "failed");
    assert.match(report.outcome.error.message, /the run's input cannot be read: the database is damaged/);
    const { outcome } = await innocent.realm.deliver([{ seq: 1, at: 1, ok: true, json: '"fine"' }]);
    assert.deepEqual(outcome, { type: "completed", json: '"fine"' });
  }));

Deno.test("arguments and results that cannot be recorded are refused by name", () =>
  withExecutor(async (executor) => {
    const code = task(`
      const circle = {}; circle.self = circle;
      const messages = [];
      for (const arg of [() => 1, Symbol("s"), 1n, circle, { deep: { callback() {} } }]) {
        await tools.a.b("fine", arg).catch((error) => messages.push([error instanceof TypeError, error.message]));
      }
      return messages;`);
    assert.deepEqual(await resultOf(executor, code), [
      [true, "argument 2 of a.b cannot be recorded: it is a function"],
      [true, "argument 2 of a.b cannot be recorded: it is a symbol"],
      [true, "argument 2 of a.b cannot be recorded: it is a bigint"],
      [true, "argument 2 of a.b cannot be recorded: it contains itself"],
      [true, 'argument 2 of a.b cannot be recorded: its "callback" is a function'],
    ]);
    const { outcome } = await drive(executor, task("return { n: 1n };"));
    assert.ok(outcome?.type === "failed");
    assert.equal(outcome.error.message, `the task's result cannot be recorded: its "n" is a bigint`);
    assert.equal(await resultOf(executor, task("return undefined;")), null);
  }));

Deno.test("arguments and results are refused when they are too large or too deep, before they are written out", () =>
  withExecutor(async (executor) => {
    const code = task(`
      const nested = (depth) => { let value = "x"; for (let i = 0; i < depth; i++) value = [value]; return value; };
      const endless = new Proxy([], { get: (target, key) => key === "length" ? 2 ** 28 : target[key] });
      const sparse = []; sparse.length = 4e9;
      const growing = () => ({ toJSON: () => [growing()] });
      const messages = [];
      const attempt = (...args) => tools.a.b(...args).catch((error) => messages.push(error.message, error.hint));
      await attempt("x".repeat(17e6));
      await attempt("\0".repeat(3e6));
      await attempt("x".repeat(9e6), "x".repeat(9e6));
      await attempt(endless);
      await attempt(sparse);
      await attempt({ bytes: new Uint8Array(3e7) });
      await attempt(nested(1001));
      await attempt(growing());
      messages.push((await attempt(nested(1000), [nested(999), nested(999)])));
      return messages;`);
    const hint = "keep large data as it comes, with tools.records, and hand on what leads to it";
    const tooLarge = ["argument 1 of a.b cannot be recorded: it is over 16 MiB", hint];
    const tooDeep = [
      "argument 1 of a.b cannot be recorded: it is nested too deep: 1,000 arrays or objects inside each other are the most",
      null,
    ];
    assert.deepEqual(await resultOf(executor, code), [
      ...tooLarge,
      ...tooLarge,
      "the arguments of a.b cannot be recorded: they are over 16 MiB",
      hint,
      ...tooLarge,
      ...tooLarge,
      ...tooLarge,
      ...tooDeep,
      ...tooDeep,
      null,
    ]);
  }));

Deno.test("a service or method whose name the file would not give back is refused", () =>
  withExecutor(async (executor) => {
    const code = task(`
      const messages = [];
      const attempt = (call) => call.catch((error) => messages.push(error.message));
      await attempt(tools["a\0b"].c());
      await attempt(tools.a["b\ud800"].c());
      await attempt(__callHostTool__("a", ["b", 'c"'], []));
      await attempt(__callHostTool__("a", "b".repeat(501), []));
      await attempt(tools.a["b c"].ü());
      return messages;`);
    const { calls, outcome } = await drive(executor, code);
    assert.deepEqual(calls.map(({ seq, method }) => [seq, method]), [[1, "b c.ü"]]);
    assert.ok(outcome?.type === "completed");
    assert.deepEqual(JSON.parse(outcome.json), [
      '"a\\u0000b" cannot be the name of a service or method',
      '"b\\ud800.c" cannot be the name of a service or method',
      '"b.c\\"" cannot be the name of a service or method',
      `"${"b".repeat(79)}… cannot be the name of a service or method`,
    ]);
  }));

Deno.test("a module may export its task as module.exports or as default, and has no require", () =>
  withExecutor(async (executor) => {
    assert.equal(await resultOf(executor, taskCode("exports.default = (i) => i.n + 1;"), undefined, { n: 1 }), 2);
    const { outcome: none } = await drive(executor, taskCode("exports.other = 1;"));
    assert.match(none?.type === "failed" ? none.error.message : "", /exports no task/);
    const { outcome: required } = await drive(executor, taskCode("require('node:fs');"));
    assert.match(required?.type === "failed" ? required.error.message : "", /require\("node:fs"\) is refused/);
    const { outcome: broken } = await drive(executor, taskCode("const const = 1;"));
    assert.deepEqual(broken?.type === "failed" && broken.error.name, "SyntaxError");
    assert.match(broken?.type === "failed" ? broken.error.message : "", /^sample\.js: /);
  }));

const busy = task(`
  const out = [];
  const one = async (n) => {
    for (let i = 0; i < 3; i++) {
      try {
        out.push([n, i, await tools.a.step(n, i, Math.random(), Date.now(), crypto.randomUUID())]);
      } catch (error) {
        console.warn(n, i, error.code, performance.now());
      }
    }
  };
  await Promise.race([one(1), one(2), one(3)]);
  await Promise.all([one(4), one(5)]);
  return { out, now: new Date().toISOString(), bytes: [...crypto.getRandomValues(new Uint8Array(8))] };`);

Deno.test("the same deliveries give the same turns, random numbers and clock readings", () =>
  withExecutor(async (executor) => {
    const answer = (call: { seq: number }) => call.seq % 4 === 0 ? failedCall : call.seq;
    const first = await drive(executor, busy, answer, runStart({}, "one"));
    const { realm, report } = await executor.start(busy, runStart({}, "one"));
    const turns = [...report.turns];
    let outcome = report.outcome;
    for (const delivery of first.deliveries) {
      const again = await realm.deliver([delivery]);
      turns.push(...again.turns);
      outcome = again.outcome;
    }
    assert.deepEqual(turns, first.turns);
    assert.deepEqual(outcome, first.outcome);
    const other = await drive(executor, busy, answer, runStart({}, "two"));
    assert.notDeepEqual(other.turns, first.turns);
  }));

Deno.test("a batch of deliveries gives the turns that one at a time gives, and ignores what comes after the end", () =>
  withExecutor(async (executor) => {
    const code = task("await Promise.all(input.map(async (n) => { await tools.a.b(n); console.log(Date.now()); }));");
    const input = [1, 2, 3, 4, 5, 6];
    const single = await drive(executor, code, () => 1, runStart(input));
    const { realm } = await executor.start(code, runStart(input));
    const batch = await realm.deliver([...single.deliveries]);
    assert.deepEqual(batch.turns, single.turns.slice(1));
    assert.deepEqual(batch.outcome, single.outcome);
    assert.deepEqual(batch.turns.map((turn) => turn.logs[0]?.text), input.map((n) => String(1_000_000 + n * 1_000)));
    const early = await executor.start(task("await Promise.race([tools.a.b(), tools.a.c()]);"), runStart());
    const ended = await early.realm.deliver([1, 2].map((seq) => ({ seq, at: 0, ok: true, json: "0" })));
    assert.deepEqual(ended, { turns: [{ calls: [], logs: [] }], outcome: { type: "completed", json: "null" } });
  }));

Deno.test("a realm that waits for nothing is reported without calls and without an outcome", () =>
  withExecutor(async (executor) => {
    const { report } = await executor.start(task("await new Promise(() => {});"), runStart());
    assert.deepEqual(report, { turns: [{ calls: [], logs: [] }] });
  }));

Deno.test("a delivery to a call that is not open is refused", () =>
  withExecutor(async (executor) => {
    const { realm } = await executor.start(task("await tools.a.b(); await tools.a.c();"), runStart());
    const first = { seq: 1, at: 0, ok: true, json: "1" };
    await realm.deliver([first]);
    await assert.rejects(realm.deliver([first]), (error: TaskerError) => error.code === "INTERNAL");
  }));
