import assert from "node:assert/strict";
import { finished, Place, until } from "./tasker.ts";

/** What happens to runs, and the commands that look at them. */

const STEPS = `module.exports = async function steps(input) {
  for (let n = 0; n < 3; n++) await tools.records.append("step", [{ n, square: n * n }]);
  const nested = await tools.tasks.execute("inner", { of: "steps" });
  console.log("all done", nested.said);
  return { nested, steps: 3 };
};`;
const INNER = `module.exports = async (input) => {
  await __callHostTool__("timer", ["sleep"], [1]);
  return { said: "hello " + input.of };
};`;
const WAITS = `export default async function waits() {
  await new Promise((resolve) => setTimeout(resolve, 3_600_000));
  return "late";
}`;
const FAILS = `// A line
export default async function fails(input: { how?: string }) {
  const reason: string = "the door is shut";
  await tools.log.write("info", "about to fail").catch(() => {});
  throw new RangeError(reason);
}
declare const tools: any;
`;

Deno.test("a task that throws fails with its own error, at its own file, line and column, and exit code 1", async () => {
  using place = new Place();
  await place.publish("fails.ts", FAILS);
  const { code, stdout, stderr } = await place.run(["run", "fails"]);
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /error: the door is shut/);
  assert.match(stderr, /RangeError/);
  assert.match(stderr, /fails\.ts:5:9/);
  assert.doesNotMatch(stderr, /worker_entry|bootstrap|node:vm|ext:/);
  const [view] = JSON.parse((await place.run(["runs", "--json"])).stdout);
  assert.deepEqual([view.status, view.error.name, view.error.message], ["failed", "RangeError", "the door is shut"]);
  assert.match((await place.run(["show", "last"])).stdout, /✗ failed[\s\S]*the door is shut/);
});

Deno.test("every reading command prints its documented JSON, and a run is named by id, beginning, end or last", async () => {
  using place = new Place();
  await place.publish("inner.js", INNER);
  await place.publish("steps.js", STEPS);
  const done = await place.run(["run", "steps"]);
  assert.equal(done.code, 0, done.stderr);
  assert.deepEqual(JSON.parse(done.stdout), { nested: { said: "hello steps" }, steps: 3 });

  const json = async (...args: string[]) => {
    const { code, stdout, stderr } = await place.run(args);
    assert.deepEqual([code, stderr], [0, ""], args.join(" "));
    return JSON.parse(stdout);
  };
  const runs = await json("runs", "--json");
  assert.equal(runs.length, 1);
  const [run] = runs;
  const members =
    "id taskName taskVersion codeHash status input result error progress parentRunId startedBy chain forkedFrom retryOf retriedBy idempotencyKey priority calls records waiting nestedAtWork " +
    "deadline cleanUpUntil createdAt startedAt endedAt";
  assert.deepEqual(Object.keys(run), members.split(" "));
  assert.deepEqual([run.taskName, run.status, run.records], ["steps", "completed", { step: 3 }]);
  const nested = await json("runs", "--nested", "--json");
  assert.deepEqual(nested.map(({ taskName }: { taskName: string }) => taskName).sort(), ["inner", "steps"]);
  assert.equal(nested.find(({ taskName }: { taskName: string }) => taskName === "inner").parentRunId, run.id);
  assert.deepEqual(await json("runs", "--status", "failed", "--json"), []);

  for (const name of [run.id, run.id.slice(0, 13), run.id.slice(-8), "last"]) {
    const shown = await json("show", name, "--json");
    assert.equal(shown.id, run.id);
    assert.deepEqual(
      shown.stack.map((frame: { service: string; method: string; status: string }) =>
        `${frame.service}.${frame.method} ${frame.status}`
      ).filter((text: string) => !text.startsWith("log")),
      [...Array(3).fill("records.append completed"), "tasks.execute completed"],
    );
    const inner = shown.stack.find(({ service }: { service: string }) => service === "tasks").nested;
    assert.deepEqual([inner.taskName, inner.result], ["inner", { said: "hello steps" }]);
    assert.equal(inner.stack[0].service, "timer");
  }
  assert.deepEqual(await json("records", "last", "--json"), [0, 1, 2].map((n) => ({ n, square: n * n })));
  const table = await place.run(["records", "last"]);
  assert.equal(table.stdout, "n  square\n0  0\n1  1\n2  4\n");
  const csv = await place.run(["records", "last", "--kind", "step", "--format", "csv"]);
  assert.equal(csv.stdout, "n,square\r\n0,0\r\n1,1\r\n2,4\r\n");

  const logs = await place.run(["debug", "logs", "--run", "last", "--json"]);
  const lines = logs.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ level, text }) => [level, text]), [["info", "all done hello steps"]]);
  const db = await json("debug", "db", "--json");
  assert.deepEqual(Object.keys(db), ["path", "files", "owner", "tables", "runs", "frames", "integrity"]);
  assert.deepEqual([db.path, db.owner, db.integrity], [place.db, null, ["ok"]]);
  const list = await json("publish", "--list", "--json");
  assert.deepEqual(list.map(({ name }: { name: string }) => name), ["gmail-export", "gmail-search", "inner", "steps"]);
  assert.deepEqual(Object.keys(list[0]), ["name", "version", "hash", "description", "embedded", "publishedAt"]);
});

Deno.test("submitted twice at once under a key there is one run, which a third one gives the result of", async () => {
  using place = new Place();
  await place.publish("inner.js", INNER);
  const inner = (of: string, ...more: string[]) =>
    place.run(["run", "inner", "--input", JSON.stringify({ of }), "--idempotency-key", "order 1", ...more]);
  const ids = await Promise.all([inner("x", "--detach"), inner("x", "--detach")]);
  assert.deepEqual(ids.map(({ code }) => code), [0, 0]);
  assert.equal(ids[0]!.stdout, ids[1]!.stdout);
  const third = await inner("x");
  assert.deepEqual([third.code, JSON.parse(third.stdout)], [0, { said: "hello x" }], third.stderr);
  assert.match(third.stderr, new RegExp(`run ${ids[0]!.stdout}`));
  const another = await inner("y");
  assert.equal(another.code, 2);
  assert.match(
    another.stderr,
    /the idempotency key "order 1" is taken: run \S+ has another input[\s\S]*give the same input/,
  );
});

Deno.test("of a task with limits the next run waits for its turn, and runs and show say so", async () => {
  using place = new Place();
  await place.publish("one.ts", `export const manifest = { limits: { concurrency: 1 } };\n${WAITS}`);
  for (const priority of ["0", "7"]) {
    const { code, stderr } = await place.run(["run", "one", "--detach", "--priority", priority]);
    assert.equal(code, 0, stderr);
  }
  const [second, first] = JSON.parse((await place.run(["runs", "--json"])).stdout);
  assert.deepEqual([first.status === "queued", second.status, second.priority], [false, "queued", 7]);
  assert.deepEqual(second.waiting.map(({ waitingFor }: { waitingFor: string }) => waitingFor), [
    "its turn among the runs of one: 1 at a time",
  ]);
  assert.match(
    (await place.run(["show", "last"])).stdout,
    /queued +not started[\s\S]*\nwaiting +its turn among the runs of one: 1 at a time/,
  );
  assert.match((await place.run(["run", "one", "--priority", "101"])).stderr, /from -100 to 100/);
});

Deno.test("what is not there is exit code 3, and what cannot be is exit code 2", async () => {
  using place = new Place();
  await place.publish("inner.js", INNER);
  await place.run(["run", "inner", "--input", '{"of":"x"}']);
  for (const command of ["show", "cancel", "records", "resume"]) {
    const { code, stdout, stderr } = await place.run([command, "feedbeef"]);
    assert.deepEqual([code, stdout], [3, ""], stderr);
    assert.match(stderr, /there is no run feedbeef[\s\S]*tasker runs/);
  }
  const ended = await place.run(["cancel", "last"]);
  assert.equal(ended.code, 2);
  assert.match(ended.stderr, /is completed already/);
  const over = await place.run(["resume", "last"]);
  assert.equal(over.code, 2);
  assert.match(over.stderr, /nothing to go on with/);
  const nothing = await place.run(["resume"]);
  assert.deepEqual([nothing.code, nothing.stderr.trim()], [0, "no run is held or unfinished"]);
  const absent = await place.run(["runs", "--db", `${place.folder}/absent.db`]);
  assert.deepEqual([absent.code, absent.stderr.trim()], [0, "there is no run yet"]);
  await assert.rejects(Deno.stat(`${place.folder}/absent.db`), Deno.errors.NotFound, "reading makes no database");
});

Deno.test("a detached run is carried out by the next process that owns the database", async () => {
  using place = new Place();
  await place.publish("inner.js", INNER);
  for (const flag of ["--detach", "--noWait", "--no-wait"]) {
    const { code, stdout, stderr } = await place.run(["run", "inner", flag, "--input", '{"of":"later"}']);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^[0-9a-f-]{36}\n$/);
    assert.match(stderr, /no tasker process stays to work on it/);
  }
  const json = await place.run(["run", "inner", "--detach", "--json", "--input", '{"of":"later"}']);
  const submitted = JSON.parse(json.stdout);
  assert.deepEqual(Object.keys(submitted), ["taskRunId", "stackRunId", "status", "message"]);
  const resumed = await place.run(["resume"]);
  assert.equal(resumed.code, 0, resumed.stderr);
  const runs = JSON.parse((await place.run(["runs", "--json"])).stdout);
  assert.deepEqual(runs.map(({ status }: { status: string }) => status), Array(4).fill("completed"));
});

Deno.test("runs and show say so when no process works on what has not ended", async () => {
  using place = new Place();
  await place.publish("waits.ts", WAITS);
  assert.equal((await place.run(["run", "waits", "--detach"])).code, 0);
  assert.equal((await place.run(["run", "waits", "--detach"])).code, 0);
  for (const [command, count] of [[["runs"], "2 unfinished runs"], [["show", "last"], "1 unfinished run"]] as const) {
    const { stderr } = await place.run(command);
    assert.equal(stderr, `no tasker process works on the ${count} at the moment: \`tasker resume\` goes on\n`);
  }
});

Deno.test("Ctrl-C holds a run, which then waits for resume; cancel ends it", async () => {
  using place = new Place();
  await place.publish("waits.ts", WAITS);
  const child = place.start(["run", "waits"]);
  const done = finished(child);
  const view = async () => JSON.parse((await place.run(["runs", "--json"])).stdout)[0];
  await until("the run waits", async () => (await view())?.waiting?.length === 1);
  assert.equal((await place.run(["runs"])).stderr, "", "somebody works on it");
  child.kill("SIGINT");
  const held = await done;
  assert.equal(held.code, 4, held.stderr);
  const id = /tasker resume ([0-9a-f]{8})/.exec(held.stderr)![1]!;
  assert.equal((await view()).status, "held");

  const again = place.start(["resume", id]);
  const resumed = finished(again);
  await until("it waits again", async () => (await view()).status === "suspended_waiting_child");
  const cancelled = await place.run(["cancel", id, "--json"]);
  assert.equal(cancelled.code, 0, cancelled.stderr);
  assert.equal(JSON.parse(cancelled.stdout).status, "cancelled");
  const ended = await resumed;
  assert.equal(ended.code, 4, ended.stderr);
  assert.match(ended.stderr, /was cancelled/);
  assert.equal((await view()).status, "cancelled");
});
