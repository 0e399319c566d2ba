import assert from "node:assert/strict";
import { RequestBell } from "./request_bell.ts";
import { Running } from "./running.ts";
import { type CoverageRecord, keysOf, type MessageRecord, refusing, Searching } from "./searching.ts";

/** `--since-run`: the same question again, for what an earlier run has not found. */

const MINUTE = 60_000;
const HOUR = 3_600_000;

/** Mail of so long ago, ms: what is of the very second in which a run asks is not its own any more. */
const mail = (subject: string, ago = MINUTE) =>
  `From: zoe@globex.example\r\nDate: ${new Date(Date.now() - ago).toUTCString().replace("GMT", "+0000")}\r\n` +
  `Subject: ${subject}\r\n\r\nhi\r\n`;

Deno.test("only what the earlier run has not found is found, and mailboxes that it had not read are read whole", async () => {
  await using bed = await Searching.open({ domains: ["acme.example"], usersPerDomain: 4, messagesPerUser: 0 });
  await using _server = await Running.serve(bed.place);
  const { place, workspace } = bed;
  const [ann, bob, cem, dora] = bed.readable() as [string, string, string, string];
  for (const user of [ann, bob, cem, dora]) {
    workspace.addMessage(user, mail("offer of old", 90 * 24 * HOUR));
    workspace.addMessage(user, mail("offer of this hour", HOUR));
    workspace.addMessage(user, mail("else", HOUR));
  }
  for (const n of [1, 2, 3]) workspace.addMessage(dora, mail(`offer ${n}`, n * 2 * HOUR));
  workspace.setFaults([refusing(cem)]);
  await bed.result(["--subject", "offer", "--max-results-per-user", "4"], 5);
  const first = place.lastRun();
  const before = bed.records<MessageRecord>("message");
  assert.equal(before.length, 8);
  workspace.setFaults([]);

  workspace.addMessage(ann, mail("offer, new"));
  // It was on its way when the first run asked.
  workspace.addMessage(bob, mail("offer, late", 2 * HOUR));
  workspace.addMessage(ann, mail("nothing of interest"));
  const { result, stderr } = await bed.result(["--since-run", first.slice(-8)]);
  assert.equal(stderr.includes("not read"), false);
  const all = [];
  for (const user of [ann, bob, cem, dora]) {
    all.push(...(await bed.truth(user, "subject:offer")).map((id) => `${user} ${id}`));
  }
  assert.deepEqual(
    keysOf(bed.records<MessageRecord>("message")),
    all.filter((key) => !keysOf(before).includes(key)).sort(),
  );
  const coverage = bed.records<CoverageRecord & { since?: string }>("coverage");
  const of = (user: string) => coverage.find(({ email }) => email === user)!;
  assert.deepEqual([ann, bob, cem, dora].map((user) => of(user).status), [
    "complete",
    "complete",
    "complete",
    "complete",
  ]);
  assert.deepEqual([ann, bob, cem, dora].map((user) => of(user).since !== undefined), [true, true, false, false]);
  assert.match(of(cem).message!, /from the beginning: for the earlier run it was failed \(FORBIDDEN\)/);
  assert.match(of(dora).message!, /from the beginning: for the earlier run it was truncated \(truncated at 4\)/);
  const { since } = result as unknown as { since: { run: string; whole: number } };
  assert.deepEqual([since.run, since.whole], [first, 2]);
  assert.match(result.summary.searchQuery, /^\(subject:offer\) before:\d+$/);

  // And so on: nothing is found twice, by whichever run it was found.
  const third = await bed.search(["--since-run", "last"]);
  assert.equal(third.code, 0, third.stderr);
  assert.match(
    third.stdout,
    /\n0 messages in 4 mailboxes of 1 domain for \(subject:offer\) before:\d+\nSince run [0-9a-f]{8}: what it has not found, 4 mailboxes from \S+ \S+ on\n/,
  );
  const last = workspace.addMessage(dora, mail("offer, last"));
  await bed.result(["--since-run", "last"]);
  assert.deepEqual(keysOf(bed.records<MessageRecord>("message")), [`${dora} ${last}`]);

  const refused = await place.run(["diff", first, "last"]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /has searched only what came after another run/);
});

Deno.test("what a mailbox had is left out until it has been read to the end", async () => {
  await using bed = await Searching.open({ domains: ["acme.example"], usersPerDomain: 1, messagesPerUser: 7 });
  await using _server = await Running.serve(bed.place);
  const [user] = bed.readable() as [string];
  const seen: string[] = [];
  const found = async (...flags: string[]) => {
    await bed.result(flags, 0);
    const keys = keysOf(bed.records<MessageRecord>("message"));
    seen.push(...keys);
    return keys.length;
  };
  assert.equal(await found("--max-results-per-user", "3"), 3);
  const plan = await bed.result(["--since-run", "last", "--plan"]);
  assert.equal(plan.result.summary.totalMessagesFound, 4);
  const first = (JSON.parse((await bed.place.run(["runs", "--json"])).stdout) as { id: string }[])[1]!.id;
  assert.equal(await found("--since-run", first), 3);
  assert.equal(await found("--since-run", "last"), 1);
  assert.deepEqual([...new Set(seen)].sort(), bed.workspace.messageIds(user).map((id) => `${user} ${id}`).sort());
  assert.equal(seen.length, 7);
});

Deno.test("the question and the users are those of the earlier run, and cannot be given besides", async () => {
  await using bed = await Searching.open({ domains: ["acme.example"], usersPerDomain: 2, messagesPerUser: 1 });
  await using _server = await Running.serve(bed.place);
  await bed.result([]);
  for (
    const flags of [["-q", "x"], ["--users", "a@acme.example"], ["--until", "2026-01-01"], ["--include-spam-trash"]]
  ) {
    const refused = await bed.search(["--since-run", "last", ...flags]);
    assert.equal(refused.code, 2, flags.join(" "));
    assert.match(refused.stderr, /sinceRun: \S+ cannot be given besides: run .* has said it/);
  }
  const shown = await bed.result(["--since-run", "last", "--columns", "subject,date"]);
  assert.equal(shown.result.summary.totalMessagesFound, 0);
  assert.equal((await bed.search(["--since-run", "nothing"])).code, 3);
});

Deno.test("killed in the middle, it goes on as it began, and keeps each body once", async () => {
  const bell = new RequestBell();
  await using bed = await Searching.open({
    clock: bell,
    domains: ["acme.example"],
    usersPerDomain: 3,
    messagesPerUser: 60,
    latency: { from: 1, to: 3 },
  });
  const [user] = bed.readable() as [string];
  await bed.result(["-q", "-in:trash", "--max-results-per-user", "20"]);
  const before = keysOf(bed.records<MessageRecord>("message"));
  const flags = ["--max-results-per-user", "100", "--columns", "subject,body", "--quota-profile", "none"];
  let args = ["run", "gmail-search", "--since-run", "last", ...flags];
  for (const requests of [12, 60]) {
    await using running = Running.start(bed.place, [...args, "--concurrency", "2"]);
    if (args[0] === "run") await running.says(/^run \S+$/m);
    await Promise.race([bell.rings(requests), running.end()]);
    running.kill("SIGKILL");
    await running.end();
    await bell.quiet();
    args = ["resume"];
  }
  const done = await bed.place.run(["resume", "--json"]);
  assert.equal(done.code, 0, done.stderr);
  const truth = [];
  for (const name of bed.readable()) truth.push(...(await bed.truth(name, "-in:trash")).map((id) => `${name} ${id}`));
  const rows = await bed.printedRecords<MessageRecord & { body: string }>("message");
  assert.deepEqual(keysOf(rows), truth.filter((key) => !before.includes(key)).sort());
  assert.ok(before.some((key) => key.startsWith(`${user} `)));
  const bodies = await bed.place.run(["sql", "last", "SELECT mailbox, id, text FROM body", "--json"]);
  const texts = new Map(
    (JSON.parse(bodies.stdout) as { mailbox: string; id: string; text: string }[])
      .map(({ mailbox, id, text }) => [`${mailbox} ${id}`, text]),
  );
  assert.equal(texts.size, rows.length);
  for (const { mailbox, id, body } of rows) assert.equal(body, texts.get(`${mailbox} ${id}`));
});
