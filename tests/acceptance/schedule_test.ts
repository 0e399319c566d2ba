import assert from "node:assert/strict";
import type { ScheduleView } from "../../src/server/api.ts";
import { Running, until } from "./running.ts";
import { Place } from "./tasker.ts";

/** `tasker schedule`, with and without a process that works on the database. */

const GREET = `export const manifest = {
  description: "Greets",
  input: { type: "object", required: ["who"], properties: { who: { type: "string" }, count: { type: "integer" } } },
};
export default async function greet(input: { who: string }) {
  return { greeting: "hello " + input.who };
}
`;

async function list(place: Place): Promise<ScheduleView[]> {
  return JSON.parse((await place.run(["schedule", "list", "--json"])).stdout);
}

Deno.test("a schedule is added with its task's flags, listed, paused, resumed and removed", async () => {
  using place = new Place();
  const refused = await place.run(["schedule", "pause", "greet"]);
  assert.deepEqual([refused.code, (await place.run(["schedule", "list"])).stderr], [3, "there is no schedule\n"]);
  await place.run(["publish", place.write("greet.ts", GREET)]);
  for (
    const [args, code, says] of [
      [["0 7 * * *", "greet"], 2, /--who is missing/],
      [["0 7 * *", "greet", "--who", "Ann"], 2, /five|5 parts.*\n {2}hint: write minute, hour/],
      [["0 7 * * *", "greet", "--who", "Ann", "--timezone", "Mars"], 2, /no time zone "Mars"/],
      [["0 7 * * *", "greeet", "--who", "Ann"], 3, /Did you mean "greet"/],
      [["0 7 * * *"], 2, /needs a pattern of times and a task/],
    ] as [string[], number, RegExp][]
  ) {
    const { code: got, stderr } = await place.run(["schedule", "add", ...args]);
    assert.equal(got, code, stderr);
    assert.match(stderr, says);
  }
  const added = await place.run([
    ...["schedule", "add", "0 7 * * *", "greet", "--who", "Ann", "--timezone", "Europe/Berlin", "--catch-up", "all"],
    ...["--name", "mornings", "--reason", "case 7"],
  ]);
  assert.equal(added.code, 0, added.stderr);
  assert.match(added.stderr, /^schedule mornings: greet runs next at \d{4}-\d\d-\d\d 07:00 \(Europe\/Berlin\)$/m);
  assert.match(added.stderr, /while a tasker process works on the database: `tasker serve` is one/);
  const [view] = await list(place);
  const { pattern, timeZone, catchUp, taskName, input, reason, paused } = view!;
  assert.deepEqual({ pattern, timeZone, catchUp, taskName, input, reason, paused }, {
    ...{ pattern: "0 7 * * *", timeZone: "Europe/Berlin", catchUp: "all", taskName: "greet", input: { who: "Ann" } },
    ...{ reason: "case 7", paused: false },
  });
  assert.match(
    (await place.run(["schedule", "list"])).stdout,
    /^mornings +0 7 \* \* \* +Europe\/Berlin +greet +\d.* case 7$/m,
  );

  assert.match((await place.run(["schedule", "pause", "mornings"])).stderr, /^schedule mornings is paused$/m);
  assert.equal((await list(place))[0]!.nextAt, null);
  assert.match((await place.run(["schedule", "resume", "mornings"])).stderr, /fires next at .* 07:00/);
  assert.equal((await place.run(["schedule", "remove", "mornings"])).code, 0);
  assert.deepEqual(await list(place), []);
  const audit = JSON.parse((await place.run(["audit", "--json"])).stdout) as { event: string; schedule: string }[];
  assert.deepEqual(audit.map(({ event, schedule }) => `${event} ${schedule}`), [
    ...[
      "schedule added mornings",
      "schedule paused mornings",
      "schedule resumed mornings",
      "schedule removed mornings",
    ],
  ]);
});

Deno.test("tasker serve fires what is due, and another that takes over does not fire for it again", async () => {
  using place = new Place();
  await place.run(["publish", place.write("greet.ts", GREET)]);
  await place.run(["schedule", "add", "* * * * *", "greet", "--who", "Bob", "--catch-up", "all"]);
  // As if nobody had been at work for three minutes.
  const missed = "UPDATE schedules SET next_at = next_at - 3 * 60000";
  const { DatabaseSync } = await import("node:sqlite");
  const db = new DatabaseSync(place.db);
  db.exec(missed);
  db.close();
  const runs = async () =>
    JSON.parse((await place.run(["runs", "--json"])).stdout) as { status: string; input: unknown }[];
  const minute = () => Math.floor(Date.now() / 60_000);
  const begun = minute();
  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    await using server = Running.start(place, ["serve"]);
    await server.says(/serving/);
    await until("runs that have completed", async () => {
      const all = await runs();
      return all.length >= 3 && all.every(({ status }) => status === "completed") ? true : undefined;
    });
    server.kill(signal);
    await server.end();
  }
  const all = await runs();
  assert.ok(all.length - 3 <= minute() - begun, `${all.length} runs`);
  assert.deepEqual(all[0]!.input, { who: "Bob" });
  const [{ lastRunId, lastError }] = await list(place) as [ScheduleView];
  assert.notEqual(lastRunId, null);
  assert.equal(lastError, null);
});
