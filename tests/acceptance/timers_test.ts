import assert from "node:assert/strict";
import { looking, runsOf } from "./journal.ts";
import { Running, until } from "./running.ts";
import { Place } from "./tasker.ts";

/** Sleeping runs: what they wait for stands in the file, not in a process. */

/** When the sleeping call is due, ms since 1970; undefined until it is recorded. */
function due(place: Place): number | undefined {
  return looking(place.db, (db) => {
    const row = db.prepare("SELECT ready_at FROM stack_runs WHERE method = 'sleep' AND status = 'pending'").get();
    return row?.ready_at === null || row === undefined ? undefined : Number(row.ready_at);
  });
}

async function publishSleeper(place: Place, ms: number): Promise<void> {
  const file = place.write(
    "sleeper.ts",
    `export const manifest = { description: "Sleeps", services: ["timer", "records"] };
     export default async function sleeper() {
       const began = Date.now();
       await tools.records.append("before", [{ began }]);
       await new Promise((resolve) => setTimeout(resolve, ${ms}));
       await tools.records.append("after", [{ began }]);
       return { began, slept: Date.now() - began };
     }`,
  );
  const { code, stderr } = await place.run(["publish", file]);
  assert.equal(code, 0, stderr);
}

Deno.test("a run that is killed twice while it sleeps 2 seconds sleeps them once and ends right", async () => {
  using place = new Place();
  await publishSleeper(place, 2_000);
  await using running = Running.start(place, ["run", "sleeper"]);
  const at = await until("sleeping call", () => due(place));
  running.kill("SIGKILL");
  await running.end();
  await using again = Running.start(place, ["serve"]);
  await again.says(/^serving /m);
  assert.equal(due(place), at, "the time it is due has not moved");
  again.kill("SIGKILL");
  await again.end();

  const resumed = await place.run(["resume", "--json"]);
  assert.equal(resumed.code, 0, resumed.stderr);
  const { began, slept } = JSON.parse(resumed.stdout) as { began: number; slept: number };
  assert.ok(slept >= 2_000 && slept < 15_000, `it slept ${slept} ms`);
  assert.ok(Date.now() >= at);
  const records = await place.run(["records", "last", "--format", "ndjson"]);
  assert.equal(records.stdout.trim().split("\n").length, 2, records.stdout);
  assert.ok(records.stdout.includes(String(began)));
});

Deno.test("a long sleep is a row that says until when, over processes that come and go", async () => {
  using place = new Place();
  await publishSleeper(place, 100_000);
  const started = await place.run(["run", "sleeper", "--patience", "1s"]);
  assert.equal(started.code, 6, started.stderr);
  assert.match(started.stderr, /waiting: timer,? until .*tasker resume \S+/s);
  const at = due(place)!;
  assert.ok(at > Date.now() + 60_000);

  for (let times = 0; times < 2; times++) {
    await using server = Running.start(place, ["serve"]);
    await server.says(/^serving /m);
    const { stdout } = await place.run(["runs", "--json"]);
    const [view] = JSON.parse(stdout) as { status: string; waiting: { until: number; waitingFor: string }[] }[];
    assert.equal(view!.status, "suspended_waiting_child");
    assert.deepEqual(view!.waiting.map(({ until, waitingFor }) => ({ until, waitingFor })), [{
      until: at,
      waitingFor: "timer",
    }]);
    server.kill("SIGKILL");
    await server.end();
  }
  const cancelled = await place.run(["cancel", "last"]);
  assert.equal(cancelled.code, 0, cancelled.stderr);
  assert.equal(runsOf(place.db)[0]!.status, "cancelled");
});
