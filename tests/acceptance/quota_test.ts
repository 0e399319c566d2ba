import assert from "node:assert/strict";
import { finished, until } from "./tasker.ts";
import { Searching } from "./searching.ts";

/** Google's quotas, over the ends of processes and runs. The Workspace refuses whoever goes over them, and counts. */

const GET = "gmail.users.messages.get";

Deno.test("what one process has spent of a minute's quota the next one does not spend again, killed or not", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 1, messagesPerUser: 300, quota: {} });
  const [user] = bed.readable() as [string];
  const refused = () => bed.workspace.counters().users[user]!.refused;

  // 1 + 5 + 240 × 20 of 6,000 units. The call in flight when the process is killed may count twice: another 1,000.
  const killed = bed.place.start(["run", "gmail-search", "--max-results-per-user", "240"]);
  const gone = finished(killed);
  await until("half of the messages are read", () => (bed.workspace.counters().total.served[GET] ?? 0) > 120);
  killed.kill("SIGKILL");
  await gone;
  const resumed = await bed.place.run(["resume", "last", "--json"]);
  assert.equal(resumed.code, 0, resumed.stderr);

  const again = await bed.search(["--max-results-per-user", "100", "--patience", "1s"]);
  assert.equal(again.code, 6, again.stderr);
  assert.match(again.stderr, new RegExp(`waiting: .*user ${user}: quota until .*\\d\\d:\\d\\d`));
  const view = JSON.parse((await bed.place.run(["show", "last", "--json"])).stdout);
  assert.equal(view.status, "suspended_waiting_child");
  assert.match(view.waiting[0].waitingFor, new RegExp(`^user ${user}: quota until `));
  assert.ok(view.waiting[0].until > Date.now() && view.waiting[0].until < Date.now() + 60_001);
  assert.match((await bed.place.run(["show", "last"])).stdout, new RegExp(`user ${user}: quota until `));
  assert.deepEqual(refused(), {}, "nothing was refused");
  assert.ok(bed.workspace.counters().peaks.unitsPerUser[user]! <= 6_000);
});
