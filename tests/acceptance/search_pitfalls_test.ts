import assert from "node:assert/strict";
import { systemClock } from "../../src/core/clock.ts";
import { Running } from "./running.ts";
import { type CoverageRecord, keysOf, type MessageRecord, Searching } from "./searching.ts";
import { finished, until } from "./tasker.ts";

/** What happens to real searches sooner or later, and must not make a false answer. */

const LIST = "gmail.users.messages.list";
const GET = "gmail.users.messages.get";
const PROFILE = "gmail.users.getProfile";

function linesOf(bed: Searching): Map<string | null, CoverageRecord> {
  return new Map(bed.records<CoverageRecord>("coverage").map((line) => [line.email, line]));
}

Deno.test("one user refused for 15 minutes idles nobody, and the wait outlives the process", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 4, messagesPerUser: 60 });
  const [slow, ...others] = bed.readable() as [string, ...string[]];
  bed.workspace.setFaults([
    { kind: GET, user: slow, fault: { type: "rateLimit", status: 429, waitMs: 900_000 } },
  ]);
  const waiting = await bed.search(["--max-results-per-user", "100", "--patience", "1s"]);
  assert.equal(waiting.code, 6, waiting.stderr);
  assert.match(waiting.stderr, new RegExp(`waiting: .*user ${slow}: quota until .*\\d\\d:\\d\\d`));
  const { users } = bed.workspace.counters();
  for (const user of others) assert.equal(users[user]!.served[GET], (await bed.truth(user, "")).length, user);
  const refused = users[slow]!.refused[GET]!;

  bed.workspace.setFaults([]);
  const resumed = await bed.place.run(["resume", "last", "--patience", "1s"]);
  assert.equal(resumed.code, 6, resumed.stderr);
  const after = bed.workspace.counters().users[slow]!;
  assert.deepEqual([after.served[GET], after.refused[GET]], [undefined, refused], "nobody asked before the time");
  const view = JSON.parse((await bed.place.run(["show", "last", "--json"])).stdout);
  const left = view.waiting[0].until - Date.now();
  assert.ok(left > 800_000 && left <= 900_000, `${left} ms are left`);
});

Deno.test("a suspended user who is answered with 5xx for ever fails in the end, and costs the others nothing", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 3, messagesPerUser: 8 });
  const [broken, ...others] = bed.readable() as [string, ...string[]];
  const error = { code: 503, message: "The service is currently unavailable.", errors: [{ reason: "backendError" }] };
  bed.workspace.setFaults([{
    kind: [LIST, PROFILE],
    user: broken,
    // Without it the attempts would be up to a minute apart.
    fault: { type: "answer", status: 503, body: { error }, headers: { "retry-after": "0" } },
  }]);
  const { result, stderr } = await bed.result([], 5);
  assert.match(stderr, new RegExp(`not read: ${broken} \\(UNAVAILABLE: .*The service is currently unavailable`));
  assert.deepEqual([result.coverage.complete, result.coverage.failed], [others.length, 1]);
  const { refused } = bed.workspace.counters().users[broken]!;
  assert.equal(refused[LIST], 7, "it is tried seven times, and then no more");
});

Deno.test("users deleted, renamed or added between listing and search are told, and found by the next search", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 4, messagesPerUser: 5 });
  const [stays, gone, renamed, last] = bed.readable() as [string, string, string, string];
  const [another, added] = ["somebody.else@acme.example", "zoe.new@acme.example"];
  bed.workspace.setFaults([gone, renamed].map((user) => ({
    kind: [LIST, PROFILE],
    user,
    fault: { type: "delay", ms: 1_000 },
  })));
  const searching = bed.result([], 5);
  await until("both are about to be searched", () => {
    const { served } = bed.workspace.counters().total;
    return (served["admin.users.list"] ?? 0) > 0 && (served[GET] ?? 0) >= 10;
  });
  bed.workspace.deleteUser(gone);
  bed.workspace.renameUser(renamed, another);
  bed.workspace.addUser(added);
  const { stderr } = await searching;
  const lines = linesOf(bed);
  assert.deepEqual(
    [stays, gone, renamed, last, another, added].map((user) => lines.get(user)?.status),
    ["complete", "failed", "failed", "complete", undefined, undefined],
  );
  assert.match(stderr, new RegExp(`not read: ${gone} \\(FORBIDDEN: .*deleted`));
  assert.match(stderr, new RegExp(`not read: ${renamed} \\(`));
  const mailboxes = new Set(bed.records<MessageRecord>("message").map(({ mailbox }) => mailbox));
  assert.deepEqual([...mailboxes].sort(), [stays, last].sort());

  bed.workspace.setFaults([]);
  const { result } = await bed.result([]);
  const found = result.domainResults[0]!.users.map(({ email, messageCount }) => [email, messageCount]);
  const expected = [stays, another, last, added].sort().map(async (user) => [user, (await bed.truth(user, "")).length]);
  assert.deepEqual(found, await Promise.all(expected));
  assert.equal(
    (await bed.result(["--users", renamed])).result.coverage.complete,
    1,
    "the old address reaches the user",
  );
});

Deno.test("mail with broken headers is found and shown like any other", async () => {
  // The mail is older than the search, which asks for what came before its first second.
  const clock = { ...systemClock, now: () => Date.now() - 10_000 };
  await using bed = await Searching.open({
    ...{ domains: 1, usersPerDomain: 1, messagesPerUser: 0 },
    ...{ clock, assertionClock: systemClock },
  });
  const [user] = bed.readable() as [string];
  const latin = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  const ids = [
    latin(`From: J\xfcrgen <j@y.example>\r\nTo: ${user}\r\nSubject: Gr\xfc\xdfe\r\n\r\nlatin\r\n`),
    `From: a@y.example\r\nTo: ${user}\r\n\r\nno subject, date or message id\r\n`,
    `From: first@y.example\r\nFrom: second@y.example\r\nSubject: two senders\r\n\r\nx\r\n`,
    `Subject: =?no-such-charset?Q?=FF=FE?= =?utf-8?B?broken\r\nDate: yesterday, perhaps\r\nMessage-ID: none\r\n\r\nx\r\n`,
    `\r\nnothing but a body\r\n`,
  ].map((raw) => bed.workspace.addMessage(user, raw));
  const { code, stdout, stderr } = await bed.search([]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /5 messages in 1 mailbox/);
  assert.doesNotMatch(stdout + stderr, /undefined|NaN|Invalid Date/);
  const messages = bed.records<MessageRecord>("message");
  assert.deepEqual(messages.map(({ id }) => id).sort(), ids.sort());
  assert.ok(messages.every(({ date }) => !Number.isNaN(Date.parse(date as string))), "a date that is Gmail's own");
  for (const format of ["csv", "html"]) {
    const file = `${bed.place.folder}/mail.${format}`;
    assert.equal((await bed.place.run(["records", "last", "--kind", "message", "--output", file])).code, 0);
    assert.match(Deno.readTextFileSync(file), /two senders/);
  }
});

Deno.test("a clock that is off is named as the reason, before anything is searched", async () => {
  const ahead = { ...systemClock, now: () => Date.now() + 3_600_000 };
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 2, messagesPerUser: 1, assertionClock: ahead });
  const { code, stderr } = await bed.search([]);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /hint: This machine's clock seems to be off: set it/);
});

Deno.test("a network that is gone at the start and in the middle delays a search, and changes nothing", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 3, messagesPerUser: 60 });
  const waits = () =>
    until("the search waits for the network", async () => {
      const [run] = JSON.parse((await bed.place.run(["runs", "--json"])).stdout);
      return /nothing answers at/.test(run?.waiting[0]?.waitingFor ?? "");
    });
  await bed.workspace.stop();
  const searching = finished(bed.place.start(["run", "gmail-search", "--max-results-per-user", "100", "--json"]));
  await waits();
  await bed.comeBack({ faults: [{ kind: GET, nth: [60, 70, 80], fault: { type: "delay", ms: 60_000 } }] });
  await until("it is in the middle", () => (bed.workspace.counters().total.served[GET] ?? 0) >= 70);
  await bed.workspace.stop();
  await waits();
  await bed.comeBack();
  const { code, stdout, stderr } = await searching;
  assert.equal(code, 0, stderr);
  const { summary, coverage } = JSON.parse(stdout);
  assert.equal(coverage.complete, bed.readable().length);
  const expected: string[] = [];
  for (const user of bed.readable()) {
    for (const id of await bed.truth(user, summary.searchQuery)) expected.push(`${user} ${id}`);
  }
  assert.deepEqual(keysOf(bed.records<MessageRecord>("message")), expected.sort());
});

Deno.test("domains with letters of their own, capitals and tags reach the mailbox that they mean", async () => {
  await using bed = await Searching.open({ domains: ["xn--bcher-kva.example"], usersPerDomain: 3, messagesPerUser: 2 });
  await using _server = await Running.serve(bed.place);
  const [user] = bed.readable() as [string];
  const [local] = user.split("@") as [string];
  for (const name of [`${local}+orders@BÜCHER.example`, `${local.toUpperCase()}@b\u00fccher.example`]) {
    const { result } = await bed.result(["--users", name]);
    assert.deepEqual(result.domainResults.flatMap(({ users }) => users.map(({ email }) => email)), [user]);
  }
  const { result } = await bed.result(["--domains", "bücher.example"]);
  assert.deepEqual([result.summary.totalDomains, result.coverage.complete], [1, 3]);
});

Deno.test("a mailbox that two tenants reach is searched once, and the second one says so", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 3, messagesPerUser: 2 });
  bed.addNamespace("same");
  const { result } = await bed.result(["--tenant", "default,same"]);
  assert.deepEqual([result.coverage.complete, result.summary.totalMessagesFound], [3, 6]);
  const lines = bed.records<CoverageRecord & { tenant: string }>("coverage");
  assert.deepEqual(
    lines.filter(({ tenant }) => tenant === "same").map(({ status, reason }) => `${status} ${reason}`),
    Array(3).fill("skipped same mailbox"),
  );
});

Deno.test("5,000 users are accounted for to the last one, in a small heap", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 5_000, messagesPerUser: 1 });
  const flags = ["--max-users-per-domain", "100", "--max-results-per-user", "1", "--json"];
  const { code, stderr } = await bed.search(flags, { env: { DENO_V8_FLAGS: "--max-old-space-size=64" } });
  assert.equal(code, 0, stderr);
  const lines = linesOf(bed);
  assert.equal(lines.size, 5_000);
  const counts = Map.groupBy(lines.values(), ({ status, reason }) => `${status} ${reason}`);
  const closed = bed.workspace.users().length - bed.readable().length;
  assert.deepEqual([counts.get("complete null")!.length, counts.get("skipped over the limit")!.length], [
    100,
    5_000 - closed - 100,
  ]);
});
