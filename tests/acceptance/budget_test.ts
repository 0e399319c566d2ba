import assert from "node:assert/strict";
import { Running } from "./running.ts";
import { type CoverageRecord, Searching } from "./searching.ts";

/** What calls that leave the machine may use. */

Deno.test("a search that reaches a budget waits, says which, and has lost no user when it is raised", async () => {
  await using bed = await Searching.open({ usersPerDomain: 5, messagesPerUser: 20 });
  const { place } = bed;
  const done = async (args: readonly string[], code = 0) => {
    const finished = await place.run(args);
    assert.equal(finished.code, code, `${args.join(" ")}: ${finished.stdout}${finished.stderr}`);
    return finished;
  };
  const json = async (args: readonly string[]) => JSON.parse((await done([...args, "--json"])).stdout);
  await done(["budget", "set", "search", "--task", "gmail-search", "--units", "300", "--per", "day"]);
  await done(["budget", "set", "all", "--calls", "100000", "--per", "run"]);

  const search = ["run", "gmail-search", "-q", "in:inbox", "--max-results-per-user", "10"];
  const waited = await done([...search, "--patience", "1s"], 6);
  assert.match(waited.stderr, /raise it: tasker budget set search --units AMOUNT/);
  assert.match(waited.stderr, /waiting: room in the budget search \(\d+ of 300 units used today/);
  const run = place.lastRun();
  const [all, units] = await json(["budget", "list"]);
  assert.deepEqual([units.name, units.limit, all.spending[0].of, units.runsWaiting], ["search", 300, run, 1]);
  const { used, left, until } = units.spending[0];
  assert.ok(used <= 300 && used + left === 300 && until > Date.now(), `${used} units`);
  assert.ok(all.spending[0].used > 0);
  assert.match((await done(["show", run])).stdout, /waiting {3}for room in the budget search .*\n +raise it: tasker/);
  // Of a user who has not been read nothing is said.
  const isRead = ({ status }: CoverageRecord) => status === "complete" || status === "truncated";
  assert.ok(bed.records<CoverageRecord>("coverage").filter(isRead).length < bed.readable().length);

  const raised = await done(["budget", "set", "search", "--units", "350"]);
  assert.match(
    raised.stderr,
    /budget search: --units 350 --per day .*--task gmail-search\n.*1 run waiting.*`tasker resume/,
  );
  {
    await using resumed = Running.start(place, ["resume", "--patience", "10m"]);
    await resumed.says(/of 350 units used/);
    const { url, token } = JSON.parse(Deno.readTextFileSync(`${place.db}.server.json`));
    const answer = await fetch(`${url}/functions/v1/budgets`, { headers: { authorization: `Bearer ${token}` } });
    assert.deepEqual((await answer.json()).budgets.map(({ name }: { name: string }) => name), ["all", "search"]);
    // Another process raises it: the run goes on at once.
    await done(["budget", "set", "search", "--units", "1_000_000"]);
    assert.equal((await resumed.end()).code, 0);
  }
  const coverage = bed.records<CoverageRecord>("coverage");
  assert.equal(coverage.filter(isRead).length, bed.readable().length);

  assert.match((await done(["budget", "set", "search", "--per", "run"])).stderr, /; it counts anew/);
  await done(["budget", "remove", "search"]);
  const audit = (await done(["audit"])).stdout;
  assert.match(audit, /budget set .*search: --units 350/);
  assert.match(audit, /budget removed .*search/);
});
