import assert from "node:assert/strict";
import { TaskerError } from "../core/errors.ts";
import { rehearse } from "./rehearsal.ts";
import { Rig } from "./rig.ts";

const TASK = `module.exports = async ({ names }) => {
  const seen = await Promise.all(names.map((name) => tools.outside.echo(name)));
  for (const one of seen) await tools.records.append("row", { one });
  const last = await tools.outside.echo("last");
  return { seen, last, at: Date.now() };
};`;

Deno.test("code is given the recorded answers call by call, and what is left is what has changed", async () => {
  await using rig = new Rig();
  rig.publish("task", TASK);
  rig.outside.pause();
  rig.takeOver();
  const id = await rig.submit("task", { names: ["a", "a", "b"] });
  await rig.outside.arrived("a", "b");
  const answers = ["A1", "A2", "B"];
  for (const [at, key] of ["a", "a", "b"].entries()) rig.outside.release(key, { type: "result", value: answers[at]! });
  await rig.outside.arrived("last");
  rig.outside.release("last");
  await rig.result(id);
  const asked = rig.outside.calls.length;
  const own = rig.store.taskFunctions.latest("task")!;
  const rows = () => rig.store.db.prepare("SELECT total_changes() AS n").get();
  const before = rows();
  const test = (edit: (source: string) => string) =>
    rehearse({
      beginning: rig.row(id),
      earlier: { store: rig.store, run: rig.row(id), reveal: (json) => json },
      code: { ...own, source: edit(TASK), hash: edit(TASK) },
    });
  const brief = async (edit: (source: string) => string) => {
    const { same, changes, unanswered, now, isSame } = await test(edit);
    return {
      ...{ same, isSame, unanswered: unanswered.map(({ args }) => args) },
      changes: changes.map((change) => [
        change.type,
        change.type === "missing" ? change.recorded.args : change.now.args,
      ]),
      result: now?.type === "completed" ? JSON.parse(now.json) : now?.error.message,
    };
  };
  const recorded = JSON.parse(rig.row(id).result!);

  const none = { same: 7, isSame: true, unanswered: [], changes: [], result: recorded };
  assert.deepEqual(await brief((source) => source), none);
  // In another order: the same call has its own answer all the same, the nth the nth.
  assert.deepEqual(
    await brief((source) => source.replace("names.map", "names.toReversed().map")),
    { ...none, changes: [], isSame: false, result: { ...recorded, seen: ["B", "A1", "A2"] } },
  );
  // Rows are kept in no store, so other rows need no answer.
  const kept = await brief((source) => source.replace("{ one }", "{ one, more: 1 }"));
  assert.deepEqual([kept.isSame, kept.same, kept.result, kept.unanswered], [false, 4, recorded, []]);
  assert.deepEqual(kept.changes.map(([type]) => type), Array(3).fill("other arguments"));
  assert.deepEqual(
    (await brief((source) => source.replace('const last = await tools.outside.echo("last")', "const last = 1")))
      .changes,
    [["missing", '["last"]']],
  );
  // It goes on beside a call without an answer as far as it can.
  const stuck = await brief((source) => source.replace("echo(name)", 'echo(name === "b" ? "c" : name)'));
  assert.deepEqual([stuck.unanswered, stuck.changes, stuck.result], [
    ['["c"]'],
    [["other arguments", '["c"]']],
    undefined,
  ]);
  const caught = await brief((source) => source.replace("return {", 'tools.outside.echo("new"); return {'));
  assert.deepEqual([caught.changes, caught.unanswered, caught.isSame], [[["new", '["new"]']], [], false]);
  assert.equal((await brief((source) => source.replace("return {", 'throw Error("bad"); return {'))).result, "bad");
  assert.equal(rig.outside.calls.length, asked);
  assert.deepEqual(rows(), before);
});

const TIMES = `module.exports = async () => {
  const begun = Date.now();
  const over = [];
  const tell = (name) => () => over.push([name, Date.now() - begun]);
  await Promise.all([
    tools.timer.sleep("3 days").then(tell("days")),
    tools.timer.sleep(1_000).then(tell("second")),
    tools.timer.sleepUntil(new Date(begun + 60_000)).then(tell("minute")),
    tools.timer.sleepUntil("2020-01-01T00:00Z").then(tell("passed")),
    tools.log.info("a line").then(tell("line")),
  ]);
  await tools.timer.sleep("1h").then(tell("hour"));
  await tools.signals.wait("go", { timeout: 0 });
  return over;
};`;

const REFUSED = `module.exports = async () => {
  const errors = [];
  const calls = [
    () => tools.timer.sleep("soon"),
    () => tools.timer.sleepUntil("tomorrow"),
    () => tools.timer.nap(5),
    () => tools.records.append("no kind", [{}]),
    () => tools.signals.wait("two words"),
    () => tools.tasks.execute(""),
    () => tools.log.shout("it"),
  ];
  for (const call of calls) await call().catch(({ code, message, hint }) => errors.push({ code, message, hint }));
  return { errors, rows: [await tools.records.append("row", [{}, {}]), await tools.records.append("row", {})] };
};`;

Deno.test("calls without a recorded answer end as the services would end them, as far as that follows from the run", async () => {
  await using rig = new Rig();
  rig.publish("task", "module.exports = async () => null;");
  rig.publish("refused", REFUSED, { services: ["records"] });
  rig.takeOver();
  const id = await rig.submit("task");
  await rig.result(id);
  const own = rig.store.taskFunctions.latest("refused")!;
  const test = (source: string) =>
    rehearse({
      beginning: rig.row(id),
      earlier: { store: rig.store, run: rig.row(id), reveal: (json) => json },
      code: { ...own, source, hash: source },
    });
  const ending = async (source: string) => {
    const { now } = await test(source);
    return now?.type === "completed" ? JSON.parse(now.json) : now;
  };

  const waits = await test(TIMES);
  assert.deepEqual([waits.unanswered.map(({ method }) => method), waits.now], [["wait"], undefined]);
  const days = 3 * 86_400_000;
  assert.deepEqual(await ending(TIMES.replace(/await tools\.signals.*;/, "")), [
    ...[["passed", 0], ["line", 0], ["second", 1_000], ["minute", 60_000], ["days", days], ["hour", days + 3_600_000]],
  ]);
  const { errors, rows } = await ending(REFUSED);
  assert.deepEqual(errors.map(({ code }: { code: string }) => code), [
    ...[
      "INVALID_INPUT",
      "INVALID_INPUT",
      "METHOD_UNKNOWN",
      "INVALID_INPUT",
      "INVALID_INPUT",
      "FORBIDDEN",
      "METHOD_UNKNOWN",
    ],
  ]);
  assert.deepEqual({ errors, rows }, await rig.run("refused"));
});

Deno.test("code is tried with another input, or with no recorded answer at all, and every call is heard with its place", async () => {
  await using rig = new Rig();
  const source = `module.exports = async ({ names }) => {
  console.log(names.length);
  for (const name of names) await tools.outside.echo(name).catch(() => null);
};`;
  rig.publish("task", source);
  rig.outside.answer = ({ args: [name] }) => {
    if (name === "bad") throw new TaskerError("INVALID_INPUT", "bad");
    return { type: "result", value: name! };
  };
  rig.takeOver();
  const id = await rig.submit("task", { names: ["a", "bad"] });
  await rig.result(id);
  const heard: unknown[] = [];
  const test = async (earlier: boolean) => {
    const run = rig.row(id);
    const { unanswered } = await rehearse({
      code: rig.store.taskFunctions.latest("task")!,
      beginning: { ...run, input: '{"names":["bad","a","b"]}' },
      earlier: earlier ? { store: rig.store, run, reveal: (json) => json } : undefined,
      onCall: ({ args, at }, answer) => heard.push([args, at, answer]),
      onLog: ({ text }) => heard.push(text),
    });
    return unanswered.map(({ seq, stack }) => [seq, stack?.match(/task\.js:\d+:\d+/g)]);
  };
  const at = "task.js:3:49";
  assert.deepEqual([await test(true), await test(false)], [[[3, [at]]], [[1, [at]]]]);
  assert.deepEqual(heard, [
    "3",
    ['["bad"]', at, { from: "recorded", failed: "INVALID_INPUT" }],
    ['["a"]', at, { from: "recorded" }],
    ['["b"]', at, { from: "nowhere" }],
    "3",
    ['["bad"]', at, { from: "nowhere" }],
  ]);
});
