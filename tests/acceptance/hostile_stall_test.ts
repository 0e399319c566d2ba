import assert from "node:assert/strict";
import { runsOf } from "./journal.ts";
import { Running, until } from "./running.ts";
import { isCompiled, Place } from "./tasker.ts";

/** Task code that never gives back the processor or the memory costs only its own run. */

const STEADY = `export const manifest = { description: "Works on", services: ["timer", "records"] };
  export default async function steady() {
    for (let i = 0; i < 20; i++) { await tools.timer.sleep(5); await tools.records.append("beat", [{ i }]); }
    return "steady";
  }`;

async function publish(place: Place, tasks: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, source] of Object.entries(tasks)) {
    const { code, stderr } = await place.run(["publish", place.write(`${name}.ts`, source)]);
    assert.equal(code, 0, stderr);
  }
}

Deno.test("endless loops and endless microtasks fail their own runs with TASK_STALLED, while others end", async () => {
  using place = new Place();
  await publish(place, {
    loop: `export default async () => { await tools.timer.sleep(1); for (;;); };`,
    microtasks: `export default async () => { for (;;) await undefined; };`,
    steady: STEADY,
  });
  await using server = Running.start(place, ["serve"]);
  await server.says(/^serving /m);
  await using loop = Running.start(place, ["run", "loop"]);
  await using microtasks = Running.start(place, ["run", "microtasks"]);
  await loop.says(/^run /m);
  await microtasks.says(/^run /m);
  const steady = await place.run(["run", "steady", "--json"]);
  assert.equal(steady.code, 0, steady.stderr);
  assert.equal(JSON.parse(steady.stdout), "steady");
  for (const stalled of [loop, microtasks]) {
    const { code, stderr } = await stalled.end();
    assert.equal(code, 1);
    assert.match(stderr, /computed for too long without a call.*\(TASK_STALLED\)/);
  }
  const ended = runsOf(place.db).map(({ task_name, status, error }) => [task_name, status, error?.code]);
  assert.deepEqual(ended.sort(), [
    ["loop", "failed", "TASK_STALLED"],
    ["microtasks", "failed", "TASK_STALLED"],
    ["steady", "completed", undefined],
  ]);
  const after = await place.run(["run", "steady", "--json"]);
  assert.equal(after.code, 0, "the same process goes on");
  server.kill("SIGTERM");
  assert.equal((await server.end()).code, 0);
});

Deno.test("a memory bomb may end the process, but only its own run fails, after three deaths of its own", async () => {
  using place = new Place();
  await publish(place, {
    bomb: `export default async () => { const kept = []; for (;;) kept.push(new Array(10_000).fill(kept.length)); };`,
    steady: STEADY,
  });
  // Little memory, so that the machine is spared: the binary takes no flags of V8 from its environment.
  const small = isCompiled
    ? { through: ["/bin/sh", "-c", 'ulimit -c 0; ulimit -d 1800000; exec "$@"', "sh"] }
    : { env: { DENO_V8_FLAGS: "--max-old-space-size=64" } };
  assert.equal((await place.run(["run", "steady", "--detach"])).code, 0);
  assert.equal((await place.run(["run", "bomb", "--detach"])).code, 0);
  assert.equal((await place.run(["run", "steady", "--detach"])).code, 0);
  let deaths = 0;
  for (;;) {
    await using process = Running.start(place, ["resume"], small);
    const { code, signal, stderr } = await process.end();
    if (signal === null && code === 1) {
      assert.match(stderr, /TASK_KILLED_PROCESS/);
      assert.match(stderr, /the process died \d+ times while only this task's code was running/);
      break;
    }
    assert.match(stderr, /out of memory|memory allocation|heap limit/i, `exit code ${code}`);
    deaths++;
    assert.ok(deaths <= 13, `the bomb has ended ${deaths} processes`);
  }
  assert.ok(deaths >= 3, `it failed after ${deaths} deaths`);
  const runs = runsOf(place.db).map(({ task_name, status, error }) => [task_name, status, error?.code ?? null]);
  assert.deepEqual(runs, [
    ["steady", "completed", null],
    ["bomb", "failed", "TASK_KILLED_PROCESS"],
    ["steady", "completed", null],
  ]);
  for (const { id } of runsOf(place.db).filter(({ task_name }) => task_name === "steady")) {
    const { stdout } = await place.run(["records", id, "--format", "ndjson"]);
    const beats = stdout.trim().split("\n").map((line) => (JSON.parse(line) as { i: number }).i);
    assert.deepEqual(beats, Array.from({ length: 20 }, (_none, i) => i), "each beat once, over all deaths");
  }
});

Deno.test("a run that stalls in one native call ends its process at most, and fails alone", async () => {
  using place = new Place();
  await publish(place, {
    // One regular expression that nothing interrupts.
    native: `export default async () => /^(a+)+$/.test("a".repeat(64) + "b");`,
    steady: STEADY,
  });
  await using server = Running.start(place, ["serve"]);
  await server.says(/^serving /m);
  assert.equal((await place.run(["run", "native", "--detach"])).code, 0);
  const steady = await place.run(["run", "steady", "--json"]);
  assert.equal(steady.code, 0, steady.stderr);
  const failed = await until(
    "end of the stalled run",
    () => runsOf(place.db).find(({ task_name, status }) => task_name === "native" && status === "failed"),
    60_000,
  );
  assert.equal(failed.error?.code, "TASK_STALLED");
});
