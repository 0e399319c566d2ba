import assert from "node:assert/strict";
import { Chance } from "./chance.ts";
import { callsOf, integrityOf, type JournaledCall, runsOf } from "./journal.ts";
import { RequestBell } from "./request_bell.ts";
import { Running } from "./running.ts";
import { type CoverageRecord, type MessageRecord, Searching, type SearchResult } from "./searching.ts";
import type { Counters } from "../../src/workspace/workspace.ts";

/** The promise that tasker is for: killed at any moment, a search ends as if nothing had happened. */

/** On Deno 2.4 a part of them, as of the chaos. */
const KILLS = Deno.version.deno.startsWith("2.4.") ? 12 : 50;
/** In so many stages of its work at least; when chance has not been there by then, a few more kills go there. */
const STAGES = 6;
/** Outside calls at a time; each asks for at most so many messages, so a kill can repeat at most their product. */
const LANES = [1, 2, 4, 8, 32];
const MANY = 50;
/** What a process is doing when it is killed. */
const KINDS = ["at the start", "after a call", "anywhere", "anywhere"] as const;
const SEARCH = ["-q", "-in:trash", "--max-results-per-user", "200"];

Deno.test(`a search killed at ${KILLS} random moments or more keeps what an undisturbed one keeps, and asks for nothing recorded again`, async () => {
  const chance = new Chance("kill test");
  const bell = new RequestBell();
  await using bed = await Searching.open({
    clock: bell,
    seed: 7,
    usersPerDomain: 10,
    messagesPerUser: 140,
    latency: { from: 1, to: 6 },
  });
  const { place, workspace } = bed;
  const undisturbed = await finishedSearch(bed);
  const asked = workspace.counters();
  workspace.resetCounters();

  let before: { calls: JournaledCall[]; counters: Counters } | undefined;
  let mayRepeat = 0;
  let inFlight = 0;
  let searches = 1;
  const stages = new Set<string>();
  let args = ["run", "gmail-search", ...SEARCH];
  let kills = 0;
  while (kills < KILLS || stages.size < STAGES) {
    const kind = kills < KILLS ? chance.of(KINDS) : "after a call";
    assert.ok(kills < KILLS + 2 * STAGES, `the search was killed in ${stages.size} stages of its work only`);
    // Over one lane that many requests end a call for certain: so the work goes on, however often it is killed.
    const lanes = kind === "after a call" ? 1 : chance.of(LANES);
    const requests = kind === "after a call" ? 60 + chance.below(60) : 1 + chance.below(Math.min(lanes * MANY, 400));
    const flags = ["--concurrency", String(lanes), "--quota-profile", "legacy", "--format", "json"];
    await using running = Running.start(place, [...args, ...flags]);
    // The search exists from this word on; later moments fall into starts, replays and the work itself.
    if (args[0] === "run") await running.says(/^run \S+$/m);
    if (kind === "at the start") await pause(chance.next() * 150);
    else {
      await moment(running, bell.rings(requests));
      await pause(chance.next() * 8);
    }
    running.kill("SIGKILL");
    const { code, signal, stdout, stderr } = await running.end();
    await bell.quiet();
    if (signal === null) {
      // It was at its end before the moment came: that was one search, and the kills go on with another.
      assert.equal(code, 0, stderr);
      assertSame(bed, JSON.parse(stdout), undisturbed);
      if (before !== undefined) assertNotAskedAgain(before, workspace.counters());
      [args, before, inFlight] = [["run", "gmail-search", ...SEARCH], undefined, 0];
      searches++;
      continue;
    }
    assert.equal(signal, "SIGKILL");
    kills++;

    const search = searchIn(place.db);
    const after = { calls: callsOf(place.db).filter(({ run }) => run === search), counters: workspace.counters() };
    if (before !== undefined) assertNotAskedAgain(before, after.counters);
    // A process killed before its recovery leaves those of the one before it. A lane is free again when its call has been
    // answered, which is a moment before that is committed: so there may be a few more calls than lanes.
    const outside = after.calls.filter(({ call, status }) =>
      call.startsWith("gapi.") && status === "processing"
    ).length;
    assert.ok(outside <= Math.max(2 * lanes, inFlight), `${outside} calls were in flight over ${lanes} lanes`);
    inFlight = outside;
    mayRepeat += inFlight * MANY;
    before = after;
    stages.add(`${searches}/${after.calls.filter(({ status }) => status === "completed").length}`);
    args = ["resume"];
  }

  const last = await place.run(["resume", "--format", "json"]);
  assert.equal(last.code, 0, last.stderr);
  assertNotAskedAgain(before!, workspace.counters());
  assertSame(bed, JSON.parse(last.stdout), undisturbed);
  assert.equal(integrityOf(place.db), "ok");

  const gets = (counters: Counters) => Object.values(counters.messageGets).reduce((sum, count) => sum + count, 0);
  const repeated = gets(workspace.counters()) - searches * gets(asked);
  assert.deepEqual(Object.keys(workspace.counters().messageGets).sort(), Object.keys(asked.messageGets).sort());
  assert.ok(
    repeated >= 0 && repeated <= mayRepeat,
    `${repeated} messages were got again; in flight were at most ${mayRepeat}`,
  );
  console.log(
    `${kills} kills in ${stages.size} stages of ${searches} searches; ${undisturbed.messages.length} messages, ${repeated} got again because they were in flight`,
  );
});

async function finishedSearch(bed: Searching) {
  const { result } = await bed.result([...SEARCH, "--quota-profile", "legacy"]);
  const messages = bed.records<MessageRecord>("message");
  assert.equal(new Set(messages.map(({ mailbox, id }) => `${mailbox}/${id}`)).size, messages.length);
  assert.ok(messages.length > 1_500, `${messages.length} messages are too few to be killed in between`);
  return { result, messages, coverage: bed.records<CoverageRecord>("coverage") };
}

/** The newest search has the result, the messages and the coverage of an undisturbed one: none missing, none doubled. */
function assertSame(
  bed: Searching,
  result: SearchResult,
  undisturbed: Awaited<ReturnType<typeof finishedSearch>>,
): void {
  assert.deepEqual(unlessTimed(result), unlessTimed(undisturbed.result));
  assert.deepEqual(contents(bed.records<MessageRecord>("message")), contents(undisturbed.messages));
  assert.deepEqual(contents(bed.records<CoverageRecord>("coverage")), contents(undisturbed.coverage));
}

/** The search that is being killed: the newest run. */
function searchIn(db: string): string {
  return runsOf(db).at(-1)!.id;
}

/** A promise that a process which ends too early does not keep waiting. */
async function moment(running: Running, event: Promise<void>): Promise<void> {
  await Promise.race([event, running.end()]);
}

/** The random moment itself; nothing is waited for. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What was recorded at an earlier moment has not been asked for since. */
function assertNotAskedAgain(before: { calls: JournaledCall[]; counters: Counters }, now: Counters): void {
  for (const { call, args, status, seq } of before.calls) {
    if (status !== "completed") continue;
    const params = (args[0] ?? {}) as { userId?: string; ids?: string[]; domain?: string };
    if (call === "gapi.gmail.users.messages.getMany") {
      for (const id of params.ids!) {
        const key = `${params.userId}/${id}`;
        assert.equal(now.messageGets[key], before.counters.messageGets[key], `${key} (call ${seq}) was got again`);
      }
    } else if (call === "gapi.gmail.users.messages.list") {
      const lists = (counters: Counters) => counters.users[params.userId!]?.served["gmail.users.messages.list"];
      assert.equal(
        lists(now),
        lists(before.counters),
        `the messages of ${params.userId} (call ${seq}) were listed again`,
      );
    } else if (call === "gapi.admin.domains.list") {
      const lists = (counters: Counters) => counters.total.served["admin.domains.list"];
      assert.equal(lists(now), lists(before.counters), `the domains (call ${seq}) were listed again`);
    }
  }
}

/** Rows as a set with counts: doubled and missing ones both show. */
function contents(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

/** A result without the times of its run. */
function unlessTimed(result: SearchResult) {
  const { summary, executionInfo, ...rest } = result;
  return {
    ...rest,
    summary: { ...summary, searchQuery: summary.searchQuery.replace(/before:\d+/, "before:START") },
    executionInfo: { ...executionInfo, completedAt: "" },
  };
}
