import assert from "node:assert/strict";
import { Running } from "./running.ts";
import { finished, until } from "./tasker.ts";
import { type CoverageRecord, keysOf, type MessageRecord, Searching } from "./searching.ts";

/** The main job when something is in its way: nothing that was not read may look as if it had been. */

function refusal(code: number, reason: string, message: string) {
  return {
    type: "answer",
    status: code,
    body: { error: { code, message, errors: [{ reason, message, domain: "global" }] } },
  } as const;
}

Deno.test("a user who cannot be read is told from one without hits in every format, and the exit code is 5", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 4, messagesPerUser: 12 });
  await using _server = await Running.serve(bed.place);
  const [closed, empty] = bed.readable().slice(1) as [string, string];
  for (const id of bed.workspace.messageIds(empty)) bed.workspace.deleteMessage(empty, id);
  bed.workspace.setFaults([
    { kind: "gmail.users.messages.list", user: closed, fault: refusal(403, "forbidden", "Not for you.") },
  ]);

  const table = await bed.search([]);
  assert.equal(table.code, 5, table.stderr);
  const lineOf = (email: string) => table.stdout.split("\n").find((line) => line.includes(email)) ?? "";
  assert.match(lineOf(closed), /FAILED/);
  assert.match(lineOf(empty), / 0$/);
  assert.match(table.stdout, /1 FAILED/);
  assert.match(table.stderr, new RegExp(`not read: ${closed} .*Not for you\\.`));
  assert.doesNotMatch(table.stderr, new RegExp(`not read: ${empty}`));

  for (const format of ["ndjson", "csv"]) {
    const rows = await bed.search(["--format", format, "--quiet"]);
    assert.equal(rows.code, 5);
    assert.match(rows.stderr, new RegExp(`not read: ${closed} `));
    assert.doesNotMatch(rows.stderr, new RegExp(`not read: ${empty}`));
  }

  const { result } = await bed.result([], 5);
  assert.deepEqual(result.coverage.users.map(({ email, status }) => [email, status]), [[closed, "failed"]]);
  const users = result.domainResults[0]!.users;
  assert.equal(users.find(({ email }) => email === closed)!.status, "failed");
  assert.equal(users.find(({ email }) => email === closed)!.messages, undefined);
  assert.equal(users.find(({ email }) => email === empty)!.status, "complete");
  const coverage = bed.records<CoverageRecord>("coverage");
  assert.equal(coverage.find(({ email }) => email === closed)!.status, "failed");
  assert.deepEqual(coverage.find(({ email }) => email === empty)!.matched, 0);
});

Deno.test("users asked for by name who are missing, suspended or without a mailbox fail; a limit is only a warning", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 6, messagesPerUser: 15 });
  await using _server = await Running.serve(bed.place);
  const [a, suspended, archived, closed] = bed.readable() as [string, string, string, string];
  bed.workspace.suspendUser(suspended);
  bed.workspace.archiveUser(archived);
  bed.workspace.removeMailbox(closed);
  const ask = async (...users: string[]) => {
    const done = await bed.search(["--users", users.join(","), "--json"]);
    const coverage = bed.records<CoverageRecord>("coverage");
    return { ...done, reasons: coverage.filter(({ status }) => status === "failed").map(({ reason }) => reason) };
  };
  const missing = await ask(a, "nobody@acme.example");
  assert.deepEqual([missing.code, missing.reasons], [5, ["not found"]]);
  assert.match(missing.stderr, /not read: nobody@acme\.example \(not found/);
  assert.deepEqual((await ask(suspended)).reasons, ["suspended"]);
  const all = await ask(a, archived, closed);
  assert.deepEqual([all.code, all.reasons.sort()], [5, ["archived", "no mailbox"]]);

  const limited = await bed.search(["--users", a, "--max-results-per-user", "3"]);
  assert.equal(limited.code, 0, limited.stderr);
  assert.match(limited.stderr, /warning: 1 mailbox has more than 3 messages/);
});

Deno.test("a domain that cannot be listed is a failure, not an empty domain", async () => {
  await using bed = await Searching.open({ usersPerDomain: 2, messagesPerUser: 3 });
  const done = await bed.search(["--domains", "acme.example,nowhere.example", "--json"]);
  assert.equal(done.code, 5, done.stderr);
  assert.match(done.stderr, /not read: the domain nowhere\.example/);
  const result = JSON.parse(done.stdout);
  assert.deepEqual([result.coverage.failed, result.coverage.complete], [1, 2]);
});

Deno.test("messages deleted between listing and reading get a record of their own", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 3, messagesPerUser: 20 });
  const get = "gmail.users.messages.get";
  bed.workspace.setFaults([{ kind: get, nth: [3, 11], fault: { type: "deleteMessage" } }]);
  const { result } = await bed.result(["--max-results-per-user", "100"]);
  const gone = bed.records<{ mailbox: string; id: string }>("message_gone");
  assert.equal(gone.length, 2);
  const messages = bed.records<MessageRecord>("message");
  const left: string[] = [];
  for (const user of bed.readable()) {
    for (const id of await bed.truth(user, result.summary.searchQuery)) left.push(`${user} ${id}`);
  }
  assert.deepEqual(keysOf(messages), left.sort());
  for (const { mailbox, id } of gone) assert.ok(!left.includes(`${mailbox} ${id}`));
  assert.equal(result.coverage.failed, 0);
});

Deno.test("access tokens that expire in mid-run are renewed, and the search is exact", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 3, messagesPerUser: 40 });
  const get = "gmail.users.messages.get";
  bed.workspace.setFaults([{ kind: get, nth: [5, 60], fault: { type: "expireToken" } }]);
  const { result } = await bed.result(["--max-results-per-user", "100"]);
  assert.ok((bed.workspace.counters().statuses["401"] ?? 0) >= 2, "tokens were refused");
  const expected: string[] = [];
  for (const user of bed.readable()) {
    for (const id of await bed.truth(user, result.summary.searchQuery)) expected.push(`${user} ${id}`);
  }
  assert.deepEqual(keysOf(bed.records<MessageRecord>("message")), expected.sort());
});

Deno.test("page tokens that expire while a run is held cost nothing but a new listing", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 1, messagesPerUser: 700 });
  const list = "gmail.users.messages.list";
  bed.workspace.setFaults([{ kind: list, nth: 2, fault: { type: "delay", ms: 60_000 } }]);
  const flags = ["--max-results-per-user", "600", "--quota-profile", "legacy"];
  const child = bed.place.start(["run", "gmail-search", ...flags]);
  const done = finished(child);
  await until("the first page is served", () => bed.workspace.counters().total.served[list] === 1);
  child.kill("SIGINT");
  const held = await done;
  assert.equal(held.code, 4, held.stderr);
  assert.match(held.stderr, /held[\s\S]*tasker resume [0-9a-f]{8}/);
  const [runs] = JSON.parse((await bed.place.run(["runs", "--json"])).stdout);
  assert.equal(runs.status, "held");

  bed.workspace.setFaults([]);
  bed.workspace.expirePageTokens();
  const resumed = await bed.place.run(["resume", "last", "--json", "--quota-profile", "legacy"]);
  assert.equal(resumed.code, 0, resumed.stderr);
  const { summary, coverage } = JSON.parse(resumed.stdout);
  const [user] = bed.readable() as [string];
  const expected = (await bed.truth(user, summary.searchQuery)).slice(0, 600).map((id) => `${user} ${id}`).sort();
  assert.equal(expected.length, 600);
  assert.deepEqual(keysOf(bed.records<MessageRecord>("message")), expected);
  assert.equal(coverage.truncated, 1);
  assert.ok((bed.workspace.counters().total.refused[list] ?? 0) >= 1, "the old page token was refused");
});

Deno.test("the day's quota ends the following with exit code 6 and a time, and resume finishes the same run", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 3, messagesPerUser: 10 });
  const get = "gmail.users.messages.get";
  bed.workspace.setFaults([{ kind: get, fault: { type: "dailyLimit", waitMs: 6_000 } }]);
  const waiting = await bed.search(["--patience", "1s"]);
  assert.equal(waiting.code, 6, waiting.stderr);
  assert.equal(waiting.stdout, "");
  assert.match(waiting.stderr, /waiting: .*daily.* until .*\d\d:\d\d/i);
  const id = /tasker resume ([0-9a-f]{8})/.exec(waiting.stderr)![1]!;

  bed.workspace.setFaults([]);
  const resumed = await bed.place.run(["resume", id, "--json"]);
  assert.equal(resumed.code, 0, resumed.stderr);
  const { summary } = JSON.parse(resumed.stdout);
  assert.equal(summary.totalMessagesFound, bed.records<MessageRecord>("message").length);
  assert.ok(summary.totalMessagesFound > 20);
  const runs = JSON.parse((await bed.place.run(["runs", "--json"])).stdout);
  assert.equal(runs.length, 1);
});

Deno.test("a throttled user is waited for, by name, while the others go on", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 5, messagesPerUser: 10 });
  const [slow, ...others] = bed.readable() as [string, ...string[]];
  bed.workspace.setFaults([
    {
      kind: "gmail.users.messages.list",
      user: slow,
      times: 1,
      fault: { type: "rateLimit", status: 403, waitMs: 6_000 },
    },
  ]);
  const started = Date.now();
  const running = bed.search(["--json"]);
  const get = "gmail.users.messages.get";
  await until("the others are read", () => {
    const { users } = bed.workspace.counters();
    return others.every((user) => (users[user]?.served[get] ?? 0) >= 5) && users[slow]?.refused !== undefined;
  });
  const othersTook = Date.now() - started;
  assert.equal(bed.workspace.counters().users[slow]!.served["gmail.users.messages.list"], undefined);
  const [view] = JSON.parse((await bed.place.run(["runs", "--json"])).stdout);
  assert.match(view.waiting[0].waitingFor, new RegExp(slow));
  assert.ok(view.waiting[0].until > Date.now());

  const done = await running;
  assert.equal(done.code, 0, done.stderr);
  assert.ok(othersTook < 6_000, `the others took ${othersTook} ms`);
  assert.ok(Date.now() - started >= 6_000, "the wait that Google named was kept");
  assert.equal(JSON.parse(done.stdout).coverage.complete, 5);
});

Deno.test("missing credentials are named together with the command that sets them", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 1, messagesPerUser: 1 });
  await bed.place.run(["keystore", "delete", "GAPI_ADMIN_EMAIL"]);
  const noAdmin = await bed.search([]);
  assert.equal(noAdmin.code, 1);
  assert.match(noAdmin.stderr, /GAPI_ADMIN_EMAIL[\s\S]*tasker keystore set GAPI_ADMIN_EMAIL/);
  await bed.place.run(["keystore", "delete", "GAPI_KEY"]);
  const noKey = await bed.search(["--users", "a@acme.example"]);
  assert.equal(noKey.code, 1);
  assert.match(noKey.stderr, /no GAPI_KEY[\s\S]*tasker keystore set GAPI_KEY --file/);

  await bed.place.run(["keystore", "set", "GAPI_KEY"], { stdin: '{"type":"authorized_user"}' });
  const wrongKind = await bed.search([]);
  assert.equal(wrongKind.code, 1);
  assert.match(wrongKind.stderr, /GAPI_KEY[\s\S]*service.account/i);
  assert.equal(bed.workspace.counters().requests, 0);
});

Deno.test("a scope that was not granted is named with the client id and the page that grants it", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 2, messagesPerUser: 1 });
  const { client_id: clientId } = bed.workspace.serviceAccount();
  const directory = "https://www.googleapis.com/auth/admin.directory";
  const gmail = "https://www.googleapis.com/auth/gmail.readonly";
  for (
    const [granted, missing] of [
      [[gmail, `${directory}.domain.readonly`], `${directory}.user.readonly`],
      [[`${directory}.user.readonly`, `${directory}.domain.readonly`], gmail],
    ] as [string[], string][]
  ) {
    bed.workspace.grantScopes(granted);
    const done = await bed.search([]);
    assert.notEqual(done.code, 0);
    const said = done.stderr + (await bed.place.run(["show", "last"])).stdout;
    for (const fact of [missing, clientId, "admin.google.com"]) {
      assert.ok(done.stderr.includes(fact), `"${fact}" is missing in: ${said}`);
    }
  }
});

Deno.test("a mailbox that answers for another address is an error and no result", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 4, messagesPerUser: 3 });
  const [wrong, other] = bed.readable("acme.example") as [string, string];
  const body = { emailAddress: other, messagesTotal: 3, threadsTotal: 3, historyId: "1" };
  bed.workspace.setFaults([{
    fault: { type: "answer", status: 200, body },
    kind: "gmail.users.getProfile",
    user: wrong,
  }]);
  const { result, stderr } = await bed.result(["--include-spam-trash"], 5);
  assert.deepEqual(result.coverage.users.map(({ email, reason }) => [email, reason]), [[wrong, "WRONG_MAILBOX"]]);
  assert.match(stderr, new RegExp(`not read: ${wrong} \\(WRONG_MAILBOX: Google answered with the mailbox of ${other}`));
  const mailboxes = new Set(bed.records<MessageRecord>("message").map(({ mailbox }) => mailbox));
  assert.deepEqual([...mailboxes].sort(), bed.readable("acme.example").filter((email) => email !== wrong));
  assert.equal((await bed.search(["--count"])).code, 5);
});

Deno.test("without credentials a search fails with what to do, its domains named or not", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 2, messagesPerUser: 0 });
  bed.workspace.grantScopes([]);
  for (const flags of [[], ["--domains", "acme.example"]]) {
    const { code, stderr } = await bed.search(flags);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /hint: .*domainwidedelegation/s);
  }
});
