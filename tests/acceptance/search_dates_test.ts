import assert from "node:assert/strict";
import { type MessageRecord, Searching } from "./searching.ts";
import { finished, until } from "./tasker.ts";

/** Dates in a query: days as they are where the question is asked. */

/** A message of each hour around two midnights of Tokyo: 1 and 2 May there begin at 15:00 UTC of the day before. */
const HOURS = ["2026-04-30T14:59:00Z", "2026-04-30T15:01:00Z", "2026-05-01T14:59:00Z", "2026-05-01T15:01:00Z"];

Deno.test("a date is the midnight of the zone in which the search began, wherever it goes on", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tasker-dates-" });
  try {
    for (const [index, hour] of HOURS.entries()) {
      const lines = ["To: admin@acme.example", `Subject: ${hour}`, `Date: ${new Date(hour).toUTCString()}`, "", "text"];
      await Deno.writeTextFile(`${folder}/${index}.eml`, lines.join("\r\n"));
    }
    await using bed = await Searching.open({ domains: 1, usersPerDomain: 1, messagesPerUser: 0, mail: [folder] });
    bed.workspace.setFaults([{ kind: "gmail.users.messages.get", fault: { type: "delay", ms: 60_000 } }]);
    const child = bed.place.start(["run", "gmail-search", "-q", "after:2026/05/01 before:2026/05/02"], {
      env: { TZ: "Asia/Tokyo" },
    });
    const done = finished(child);
    await until("the list is served", () => bed.workspace.counters().total.served["gmail.users.messages.list"] === 1);
    child.kill("SIGINT");
    assert.equal((await done).code, 4, (await done).stderr);

    bed.workspace.setFaults([]);
    const resumed = await bed.place.run(["resume", "last", "--json"], { env: { TZ: "America/New_York" } });
    assert.equal(resumed.code, 0, resumed.stderr);
    const found = bed.records<MessageRecord>("message");
    assert.deepEqual(found.map(({ headers }) => headers.Subject).sort(), HOURS.slice(1, 3));
    const [from, to] = [Date.UTC(2026, 3, 30, 15) / 1000, Date.UTC(2026, 4, 1, 15) / 1000];
    assert.match(
      JSON.parse(resumed.stdout).summary.searchQuery,
      new RegExp(`^\\(after:${from} before:${to}\\) before:`),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
