import assert from "node:assert/strict";
import { keep, message } from "./keeping.ts";
import { Running } from "./running.ts";
import { refusing, Searching } from "./searching.ts";
import { Place } from "./tasker.ts";

/** `tasker diff`: what has become of an answer. */

interface Change {
  readonly change: string;
  readonly mailbox: string;
  readonly id: string | null;
  readonly [name: string]: unknown;
}

const mail = (subject: string) =>
  `From: zoe@globex.example\r\nDate: Mon, 02 Nov 2026 10:00:00 +0000\r\nSubject: ${subject}\r\n\r\nhi\r\n`;

Deno.test("what came, went and changed between two searches is told, and nothing of a mailbox that was not read", async () => {
  await using bed = await Searching.open({ domains: ["acme.example"], usersPerDomain: 4, messagesPerUser: 0 });
  await using _server = await Running.serve(bed.place);
  const { place, workspace } = bed;
  const [ann, bob, cem, dora] = bed.readable() as [string, string, string, string];
  const ids = Object.fromEntries(
    [ann, bob, cem, dora].map((
      user,
    ) => [user, ["stays", "goes", "moves"].map((word) => workspace.addMessage(user, mail(word)))]),
  );
  const search = async (code: number) => {
    await bed.result(["--columns", "from,subject,date,messageId,labels"], code);
    return place.lastRun();
  };
  workspace.setFaults([refusing(cem)]);
  const first = await search(5);
  const added: Record<string, string> = {};
  for (const user of [ann, bob, cem, dora]) {
    const [, goes, moves] = ids[user]!;
    workspace.deleteMessage(user, goes!);
    workspace.relabelMessage(user, moves!, ["Label_1", "UNREAD"]);
    added[user] = workspace.addMessage(user, mail("arrives"));
  }
  workspace.setFaults([refusing(dora)]);
  const second = await search(5);

  const diff = (...args: string[]) => place.run(["diff", ...args]);
  const json = await diff(first, second, "--json");
  assert.equal(json.code, 1, json.stderr);
  const lines = JSON.parse(json.stdout) as Change[];
  const brief = lines.map(({ change, mailbox, id, subject }) => [mailbox, change, id, subject]);
  const known = [ann, bob].flatMap((user) => [
    [user, "new", added[user], "arrives"],
    [user, "vanished", ids[user]![1], "goes"],
    [user, "changed", ids[user]![2], "moves"],
  ]);
  const unknown = (user: string, messages: [string | undefined, string][]) => [
    [user, "unknown", null, null],
    ...messages.map(([id, subject]) => [user, "unknown", id, subject]),
  ];
  const bySubject = (a: unknown[], b: unknown[]) => `${a[0]} ${a[3]}` < `${b[0]} ${b[3]}` ? -1 : 1;
  assert.deepEqual(
    brief.toSorted(bySubject),
    [
      ...known,
      ...unknown(cem, [[added[cem], "arrives"], [ids[cem]![0], "stays"], [ids[cem]![2], "moves"]]),
      ...unknown(dora, [[ids[dora]![0], "stays"], [ids[dora]![1], "goes"], [ids[dora]![2], "moves"]]),
    ].toSorted(bySubject),
  );
  const changed = lines.find(({ change }) => change === "changed")!;
  assert.deepEqual(
    [changed.folderBefore, changed.folder, changed.readBefore, changed.read, changed.labelsRemoved],
    ["inbox", "archive", true, false, ["INBOX"]],
  );
  const itself = lines.find(({ mailbox, id }) => mailbox === dora && id === null)!;
  assert.match(String(itself.reason), /^the second run could not read it \(FORBIDDEN: /);
  assert.match(
    json.stderr,
    /^2 new, 2 vanished, 2 changed, 2 same, 6 not known\. Both runs have read 2 of 4 mailboxes/m,
  );

  const table = await diff(first, second);
  assert.match(table.stdout, /^change +mailbox +date +from +subject +what\n/);
  assert.match(
    table.stdout,
    /\nchanged +\S+ +2026-11-02T10:00Z +zoe@globex\.example +moves +inbox → archive, read → unread/,
  );
  assert.match(table.stdout, /\nnot known +\S+ +.*the first run could not read it \(FORBIDDEN/);
  const byMailbox = await diff(first, second, "--group-by", "mailbox", "--format", "csv");
  const [head, ...rows] = byMailbox.stdout.trimEnd().split("\r\n");
  assert.equal(head, "mailbox,new,vanished,changed,same,unknown,reason");
  assert.deepEqual(rows.map((row) => row.split(",").slice(0, 6).join(",")), [
    `${ann},1,1,1,1,0`,
    `${bob},1,1,1,1,0`,
    `${cem},0,0,0,0,3`,
    `${dora},0,0,0,0,3`,
  ]);
  const csv = await diff(first, second, "--format", "csv");
  assert.equal(csv.stdout.trimEnd().split("\r\n").length, 1 + lines.length);
  const html = await diff(first, second, "--format", "html");
  assert.match(html.stdout, /What has become of the answer of run/);

  // Nothing differs from itself; but not everything is known, even so.
  const same = await diff(first, first, "--json");
  assert.deepEqual([same.code, (JSON.parse(same.stdout) as Change[]).map(({ mailbox }) => mailbox)], [5, [cem]]);
  workspace.setFaults([]);
  const [third, fourth] = [await search(0), await search(0)];
  const nothing = await diff(third, fourth);
  assert.deepEqual([nothing.code, nothing.stdout], [0, "change  mailbox  date  from  subject  what\n"]);
  assert.match(
    nothing.stderr,
    /^0 new, 0 vanished, 0 changed, 12 same\. Both runs have read 4 mailboxes to the end\n$/,
  );
  const later = JSON.parse((await diff(second, third, "--json")).stdout) as Change[];
  assert.deepEqual(later.map(({ mailbox, change }) => `${mailbox} ${change}`), [
    `${dora} unknown`,
    ...[1, 2, 3].map(() => `${dora} unknown`),
  ]);
});

Deno.test("a limit that cut a mailbox off, a user who left and other questions are not taken for deletions", async () => {
  await using bed = await Searching.open({
    domains: ["acme.example", "globex.example"],
    usersPerDomain: 2,
    messagesPerUser: 3,
  });
  await using _server = await Running.serve(bed.place);
  const { place, workspace } = bed;
  const search = async (...flags: string[]) => {
    await bed.result(flags);
    return place.lastRun();
  };
  const changesOf = async (first: string, second: string) => {
    const { code, stdout, stderr } = await place.run(["diff", first, second, "--json"]);
    const changes = JSON.parse(stdout) as Change[];
    return { code, changes, stderr, kinds: [...new Set(changes.map(({ change }) => change))] };
  };
  const all = await search();
  const cut = await changesOf(all, await search("--max-results-per-user", "2"));
  assert.deepEqual([cut.code, cut.kinds], [5, ["unknown"]]);
  assert.match(String(cut.changes[0]!.reason), /the second run read the newest of it only \(truncated at 2\)/);
  assert.match(cut.stderr, /given different --max-results-per-user: 10 and 2/);

  const [gone] = bed.readable("globex.example").toReversed();
  workspace.deleteUser(gone!);
  const left = await changesOf(all, await search());
  assert.deepEqual([left.code, left.kinds, new Set(left.changes.map(({ mailbox }) => mailbox))], [
    5,
    ["unknown"],
    new Set([gone]),
  ]);
  assert.match(String(left.changes[0]!.reason), /^the second run knew of no such mailbox$/);

  const one = await changesOf(all, await search("--domains", "acme.example"));
  assert.deepEqual([one.code, one.kinds], [5, ["unknown"]]);
  assert.match(one.stderr, /given different --domains: nothing and \["acme.example"\]/);
  const other = await changesOf(all, await search("-q", "subject:nothing-has-this-word"));
  assert.equal(other.code, 1);
  assert.match(other.stderr, /the runs asked different questions, all mail and \(subject:nothing-has-this-word\)/);

  const counted = await search("--count");
  const refused = await place.run(["diff", all, counted]);
  assert.deepEqual([refused.code, refused.stdout], [2, ""]);
  assert.match(refused.stderr, /has only counted/);
  assert.equal((await place.run(["diff", all, "nonsense"])).code, 3);
  assert.equal((await place.run(["diff", all])).code, 2);
});

Deno.test("labels that one run has not kept are not compared, and rows of no search are refused", async () => {
  using place = new Place();
  const coverage = [{ email: "ann@acme.example", domain: "acme.example", status: "complete", reason: null }];
  const rows = (labelIds: string[] | undefined) => [message("ann@acme.example", "1", { Subject: "one" }, { labelIds })];
  await keep(place, { message: rows(["INBOX"]), coverage });
  const first = place.lastRun();
  await keep(place, { message: rows(undefined), coverage });
  const done = await place.run(["diff", first, "last"]);
  assert.equal(done.code, 5, done.stderr);
  assert.match(done.stderr, /of 1 message that both runs found, one of them has not kept the labels/);
  await keep(place, { word: [1] });
  const refused = await place.run(["diff", first, "last"]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /has kept no coverage: it is no search/);
});
