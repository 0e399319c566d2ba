import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { systemClock } from "../../src/core/clock.ts";
import { splitMbox } from "../../src/mail/mbox.ts";
import { gmailFor } from "../../src/workspace/foreign_clients_for_tests.ts";
import { looking, runsOf } from "./journal.ts";
import { RequestBell } from "./request_bell.ts";
import { Running } from "./running.ts";
import { Searching } from "./searching.ts";

/** `tasker export`: what a search has found, byte for byte, and resumed as a search is. */

const SEARCH = ["-q", "in:anywhere", "--max-results-per-user", "30", "--quiet"];

/** What is delivered now came before every search. */
const EARLIER = {
  clock: {
    now: () => systemClock.now() - 3_600_000,
    after: (ms: number, wake: () => void) => systemClock.after(ms, wake),
  },
  assertionClock: systemClock,
};

interface Line {
  readonly mailbox: string;
  readonly id: string;
  readonly status: string;
  readonly reason?: string;
  readonly file: string;
  readonly at?: number;
  readonly length?: number;
  readonly size: number;
  readonly sha256: string;
  readonly attachments?: {
    readonly file: string;
    readonly name: string;
    readonly size: number;
    readonly sha256: string;
  }[];
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

function linesOf(folder: string): Line[] {
  const text = Deno.readTextFileSync(`${folder}/messages.ndjson`);
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Line);
}

/** A message as Google's own client gets it. */
async function truth(bed: Searching, { mailbox, id }: Line): Promise<Uint8Array> {
  const { data } = await gmailFor(bed.workspace, mailbox).users.messages.get({ userId: mailbox, id, format: "raw" });
  return Uint8Array.from(atob(data.raw!.replaceAll("-", "+").replaceAll("_", "/")), (digit) => digit.charCodeAt(0));
}

/** What exports have recorded as saved. */
function keptIn(bed: Searching): string[] {
  const sql = "SELECT data->>'mailbox' || '/' || (data->>'id') AS key FROM records WHERE kind = 'exported'";
  return looking(bed.place.db, (db) => db.prepare(sql).all().map(({ key }) => key as string));
}

async function verified(bed: Searching, folder: string): Promise<void> {
  const { code, stdout, stderr } = await bed.place.run(["verify", folder, "--db", bed.place.db]);
  assert.equal(code, 0, stdout + stderr);
}

Deno.test("an export has every message that was found byte for byte, or says why not, and proves where it comes from", async () => {
  await using bed = await Searching.open({ ...EARLIER, domains: 1, usersPerDomain: 3, messagesPerUser: 12 });
  const [ann] = bed.readable() as [string];
  const odd = bed.workspace.addMessage(
    ann,
    "From: x\r\nSubject: odd\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" +
      'Content-Disposition: attachment; filename="../../NUL"\r\n\r\n\xff\0zero\r\n--b\r\n' +
      "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n\r\nFrom here on\n>From",
  );
  assert.equal((await bed.search(SEARCH)).code, 0);
  const source = runsOf(bed.place.db)[0]!;
  const gone = bed.workspace.messageIds(ann).find((id) => id !== odd)!;
  bed.workspace.deleteMessage(ann, gone);
  const flags = ["export", "last", "--to", "out", "--attachments", "--reason", "CASE-9"];
  const done = await bed.place.run([...flags, "--json"]);
  assert.equal(done.code, 0, done.stderr);
  const folder = `${bed.place.folder}/out`;
  assert.equal(Deno.statSync(folder).mode! & 0o777, 0o700);

  const lines = linesOf(folder);
  const rows = await bed.place.run(["records", source.id, "--kind", "message", "--format", "ndjson"]);
  const found = rows.stdout.trim().split("\n").map((row) => JSON.parse(row) as Line);
  const keys = (of: readonly Line[]) => of.map(({ mailbox, id }) => `${mailbox} ${id}`).sort();
  assert.deepEqual(keys(lines), keys(found));
  const vanished = lines.filter(({ status }) => status !== "exported");
  assert.deepEqual(vanished, [{ mailbox: ann, id: gone, status: "vanished", reason: "deleted since the search" }]);
  for (const line of lines.filter(({ status }) => status === "exported")) {
    const raw = await truth(bed, line);
    const bytes = Deno.readFileSync(`${folder}/${line.file}`);
    assert.deepEqual(bytes, raw);
    assert.deepEqual([line.size, line.sha256], [raw.length, sha256(raw)]);
    assert.equal(line.file, `mail/${line.mailbox}/${line.id}.eml`);
    assert.equal(Deno.statSync(`${folder}/${line.file}`).mode! & 0o777, 0o600);
    for (const { file, size, sha256: hash } of line.attachments!) {
      const content = Deno.readFileSync(`${folder}/${file}`);
      assert.deepEqual([content.length, sha256(content)], [size, hash]);
    }
  }
  const { attachments } = lines.find(({ id }) => id === odd)!;
  const below = `attachments/${ann}/${odd}`;
  assert.deepEqual(attachments!.map(({ file, name, size }) => [file, name, size]), [
    [`${below}/01-_.._NUL`, "../../NUL", 7],
    [`${below}/02-attachment`, "", 3],
  ]);

  const manifest = JSON.parse(done.stdout);
  assert.deepEqual(manifest.messages.exported, lines.length - 1);
  assert.deepEqual([manifest.messages.vanished, manifest.messages.failed], [1, 0]);
  assert.deepEqual([manifest.source.task, manifest.exports[0].reason], ["gmail-search", "CASE-9"]);
  assert.match(manifest.source.code, /^[0-9a-f]{64}$/);
  const { coverage } = JSON.parse(Deno.readTextFileSync(`${folder}/audit.ndjson`).split("\n")[1]!).entry;
  assert.equal(sha256(Deno.readFileSync(`${folder}/coverage.ndjson`)), coverage.sha256);
  for (const line of Deno.readTextFileSync(`${folder}/SHA256SUMS`).trim().split("\n")) {
    const [hash, path] = line.split("  ") as [string, string];
    assert.equal(sha256(Deno.readFileSync(`${folder}/${path}`)), hash, path);
  }
  await verified(bed, folder);

  const before = bed.workspace.counters().total;
  assert.equal(manifest.source.run, source.id);
  const again = await bed.place.run(["export", source.id, ...flags.slice(2)]);
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stderr, /out is complete already: sealed 2/);
  assert.match(again.stdout, new RegExp(`1 vanished since the search, 0 failed.*\\nseal ${manifest.seal}\\n$`));
  assert.deepEqual(bed.workspace.counters().total, before);
  const log = await bed.place.run(["audit", "--format", "ndjson"]);
  const sealed = log.stdout.trim().split("\n").map((line) => JSON.parse(line)).filter(({ event }) =>
    event === "sealed"
  );
  assert.deepEqual(sealed.map((entry) => [entry.seal, entry.source]), [[manifest.seal, source.id]]);
});

Deno.test("an export killed in the middle goes on when it is given again, and fetches nothing again that it has", async () => {
  const bell = new RequestBell();
  await using bed = await Searching.open({
    clock: bell,
    domains: 1,
    usersPerDomain: 4,
    messagesPerUser: 60,
    latency: { from: 1, to: 4 },
  });
  assert.equal((await bed.search(["-q", "in:anywhere", "--max-results-per-user", "60", "--quiet"])).code, 0);
  bed.workspace.resetCounters();
  const folder = `${bed.place.folder}/out`;
  // An export is never the last run that is meant.
  const args = ["export", "last", "--to", folder, "--concurrency", "2"];
  // What is recorded at one moment has not been got since.
  let before: { kept: string[]; gets: Readonly<Record<string, number>> } = { kept: [], gets: {} };
  const assertNotGotAgain = () => {
    const { messageGets } = bed.workspace.counters();
    for (const key of before.kept) assert.equal(messageGets[key], before.gets[key], `${key} was got again`);
  };
  for (const requests of [70, 60]) {
    await using running = Running.start(bed.place, args);
    await running.says(/^run \S+$/m);
    await Promise.race([bell.rings(requests), running.end()]);
    running.kill("SIGKILL");
    assert.equal((await running.end()).signal, "SIGKILL");
    await bell.quiet();
    assertNotGotAgain();
    before = { kept: keptIn(bed), gets: bed.workspace.counters().messageGets };
    assert.ok(before.kept.length > 0, "it was in the middle");
    const unfinished = await bed.place.run(["verify", folder]);
    assert.deepEqual([unfinished.code, unfinished.stdout], [2, ""]);
    assert.match(unfinished.stderr, /has not ended.*\n {2}hint: the same `tasker export` goes on with it/);
  }
  const done = await bed.place.run(args);
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stderr, /going on with the export that was interrupted/);
  assertNotGotAgain();
  const lines = linesOf(folder);
  assert.equal(lines.length, bed.readable().length * 60);
  assert.ok(lines.every(({ status }) => status === "exported"));
  for (const line of lines.slice(0, 5)) {
    assert.deepEqual(Deno.readFileSync(`${folder}/${line.file}`), await truth(bed, line));
  }
  await verified(bed, folder);
});

Deno.test("what could not be read is told, and tried again; a mailbox of another address is never saved", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 3, messagesPerUser: 5 });
  await using _server = await Running.serve(bed.place);
  const [ann, bob] = bed.readable() as [string, string];
  assert.equal((await bed.search(SEARCH)).code, 0);
  const profile = { type: "answer", status: 200, body: { emailAddress: "eve@acme.example" } } as const;
  bed.workspace.setFaults([{ kind: "gmail.users.getProfile", user: ann, fault: profile }]);
  bed.workspace.suspendUser(bob);
  const source = runsOf(bed.place.db)[0]!.id;
  const args = ["export", source, "--to", "out"];
  const first = await bed.place.run(args);
  assert.equal(first.code, 5, first.stderr);
  assert.match(first.stderr, /warning: 10 messages could not be read: the same command tries them again/);
  const folder = `${bed.place.folder}/out`;
  const failed = linesOf(folder).filter(({ status }) => status === "failed");
  assert.deepEqual(
    [...new Set(failed.map(({ mailbox, reason }) => `${mailbox} ${reason}`))].sort(),
    [
      `${ann} WRONG_MAILBOX`,
      `${bob} FORBIDDEN`,
    ].sort(),
  );
  assert.throws(() => Deno.statSync(`${folder}/mail/${ann}`), Deno.errors.NotFound);
  await verified(bed, folder);

  bed.workspace.setFaults([]);
  bed.workspace.restoreUser(bob);
  bed.workspace.resetCounters();
  const second = await bed.place.run(args);
  assert.equal(second.code, 0, second.stderr);
  assert.ok(linesOf(folder).every(({ status }) => status === "exported"));
  const got = Object.keys(bed.workspace.counters().messageGets);
  assert.deepEqual([...new Set(got.map((key) => key.split("/")[0]))].sort(), [ann, bob].sort());
  await verified(bed, folder);
});

Deno.test("--mbox writes a file for each mailbox, and tenants have folders of their own", async () => {
  await using bed = await Searching.open({
    ...EARLIER,
    domains: ["acme.example"],
    usersPerDomain: 2,
    messagesPerUser: 4,
  });
  await using _other = await bed.tenant("Globex", {
    domains: ["globex.example"],
    usersPerDomain: 1,
    messagesPerUser: 3,
  });
  const [ann] = bed.readable() as [string];
  bed.workspace.addMessage(ann, "Subject: quoted\n\nFrom me\n>From you\nno end");
  assert.equal((await bed.search([...SEARCH, "--tenant", "default,Globex"])).code, 0);
  const done = await bed.place.run(["export", "last", "--to", "out", "--mbox"]);
  assert.equal(done.code, 0, done.stderr);
  const folder = `${bed.place.folder}/out`;
  const lines = linesOf(folder) as (Line & { tenant: string })[];
  assert.equal(lines.length, 4 * 2 + 1 + 3);
  const files = [...new Set(lines.map(({ file }) => file))];
  assert.equal(files.length, 3);
  assert.ok(files.every((file) => /^mail\/(default|globex~[0-9a-f]{12})\/[^/]+\.mbox$/.test(file)), files.join());
  for (const file of files) {
    const bytes = Deno.readFileSync(`${folder}/${file}`);
    const messages = [...splitMbox(bytes)];
    const own = lines.filter((line) => line.file === file);
    assert.equal(messages.length, own.length);
    for (const { at, length, size, sha256: hash } of own) {
      const [message] = splitMbox(bytes.subarray(at, at! + length!));
      assert.equal(sha256(message!.subarray(0, size)), hash);
    }
  }
  assert.deepEqual([...Deno.readDirSync(`${folder}/mail/default`)].filter(({ isDirectory }) => isDirectory), []);
  await verified(bed, folder);
});

Deno.test("a folder that is not this export's is refused, and stays as it is", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 1, messagesPerUser: 2 });
  await using _server = await Running.serve(bed.place);
  const { place } = bed;
  assert.equal((await bed.search(SEARCH)).code, 0);
  assert.equal((await bed.search(["--count"])).code, 0);
  const [source, count] = runsOf(place.db).map(({ id }) => id) as [string, string];
  assert.equal((await place.run(["export", source, "--to", "mine"])).code, 0);
  assert.equal((await bed.search(SEARCH)).code, 0);
  Deno.mkdirSync(`${place.folder}/full`);
  place.write("full/notes.txt", "mine");
  place.write("file", "");
  Deno.mkdirSync(`${place.folder}/broken`);
  place.write("broken/export.json", "{}");
  const refusals: [string[], number, RegExp][] = [
    [
      [source, "--to", "full"],
      2,
      /full is not empty, and holds no export.*\n {2}hint: name a folder that is not there yet/,
    ],
    [[source, "--to", "file"], 2, /file is no folder/],
    [[source, "--to", "broken"], 2, /export\.json is not what an export of this tasker wrote/],
    [["last", "--to", "mine"], 2, /mine holds the messages of run .*, not those of .*\n {2}hint: name another folder/],
    [[source, "--to", "mine", "--mbox"], 2, /made with --eml, not with --mbox.*\n {2}hint: give the same flags/],
    [[source, "--to", "new", "--mbox", "--eml"], 2, /--eml and --mbox/],
    [[count, "--to", "new"], 3, /has kept no messages.*\n {2}hint: .*--count/],
  ];
  for (const [args, code, words] of refusals) {
    const refused = await place.run(["export", ...args]);
    assert.equal(refused.code, code, `${args.join(" ")}: ${refused.stderr}`);
    assert.match(refused.stderr, words);
  }
  assert.deepEqual([...Deno.readDirSync(`${place.folder}/full`)].map(({ name }) => name), ["notes.txt"]);
  const direct = await place.run(["run", "gmail-export", "--run", source, "--folder", `${place.folder}/full`]);
  assert.equal(direct.code, 1);
  assert.match(direct.stderr, /full was not prepared for the export .*METHOD_REFUSED/);
});

Deno.test("a full disk is told, and the export goes on when there is room again", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 4, messagesPerUser: 30 });
  assert.equal((await bed.search(SEARCH)).code, 0);
  const source = runsOf(bed.place.db)[0]!.id;
  const folder = `${bed.place.folder}/small`;
  const mount = async (...args: string[]) =>
    (await new Deno.Command("mount", { args: [...args, folder], stderr: "null" }).output()).success;
  Deno.mkdirSync(folder);
  if (Deno.build.os !== "linux" || !await mount("-t", "tmpfs", "-o", "size=360k,mode=700", "tmpfs")) {
    return console.log("NOT CHECKED: an export on a full disk, since no small disk could be mounted");
  }
  try {
    const args = ["export", source, "--to", folder, "--concurrency", "1"];
    const first = await bed.place.run(args);
    assert.equal(first.code, 2, first.stderr);
    assert.match(
      first.stderr,
      /error: the disk is full: .*\n {2}hint: free some space, then run the same `tasker export` again/,
    );
    assert.ok(await mount("-o", "remount,ro"));
    const closed = await bed.place.run(args);
    assert.equal(closed.code, 2);
    assert.match(closed.stderr, /small cannot be written: .*\n {2}hint: name a folder that you may write to/);
    assert.ok(await mount("-o", "remount,rw,size=10m"));
    const kept = keptIn(bed);
    assert.ok(kept.length > 0, "it was in the middle");
    const before = bed.workspace.counters().messageGets;
    const done = await bed.place.run(args);
    assert.equal(done.code, 0, done.stderr);
    const { messageGets } = bed.workspace.counters();
    for (const key of kept) assert.equal(messageGets[key], before[key], `${key} was got again`);
    assert.equal(linesOf(folder).length, bed.readable().length * 30);
    await verified(bed, folder);
  } finally {
    await new Deno.Command("umount", { args: [folder] }).output();
  }
});
