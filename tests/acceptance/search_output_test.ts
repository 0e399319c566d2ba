// deno-lint-ignore-file no-control-regex -- they are what is looked for
import assert from "node:assert/strict";
import { Running } from "./running.ts";
import { finished } from "./tasker.ts";
import { keysOf, type MessageRecord, Searching } from "./searching.ts";

/** How results are written: the formats, the file, pipes and terminals, and mail that means harm. */

const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** Before the start of any search, so that the frozen question takes it in. */
const DATE = "Date: Mon, 02 Nov 2026 10:00:00 +0000\r\n";

Deno.test("a search prints the same messages as table, json, ndjson and csv", async () => {
  await using bed = await Searching.open({
    domains: 1,
    usersPerDomain: 4,
    messagesPerUser: 20,
  });
  await using _server = await Running.serve(bed.place);
  const { result } = await bed.result(["--max-results-per-user", "6"]);
  const expected = keysOf(bed.records<MessageRecord>("message"));
  assert.equal(expected.length, result.summary.totalMessagesFound);

  const ndjson = await bed.search([
    "--max-results-per-user",
    "6",
    "--format",
    "ndjson",
  ]);
  assert.deepEqual(
    keysOf(ndjson.stdout.trimEnd().split("\n").map((line) => JSON.parse(line))),
    expected,
  );

  const csv = await bed.search([
    "--max-results-per-user",
    "6",
    "--format",
    "csv",
  ]);
  const [head, ...rows] = csv.stdout.trimEnd().split("\r\n");
  assert.match(
    head!,
    /^mailbox,domain,id,threadId,date,labelIds,snippet,sizeEstimate,headers\./,
  );
  assert.deepEqual(
    rows.map((row) => row.split(",")).map(([mailbox, , id]) => `${mailbox} ${id}`).sort(),
    expected,
  );

  const table = await bed.search(["--max-results-per-user", "6"]);
  assert.equal(table.code, 0);
  assert.match(table.stdout, /^DOMAIN +USER +NAME +MESSAGES/);
  for (const { email } of result.domainResults[0]!.users) {
    assert.ok(table.stdout.includes(email));
  }
  assert.ok(
    table.stdout.includes(
      `${expected.length} messages in 4 mailboxes of 1 domain`,
    ),
  );
  assert.match(table.stdout, /Coverage: 4 selected: /);
  assert.doesNotMatch(table.stdout + table.stderr, CONTROL);

  const json = await bed.place.run([
    "records",
    "last",
    "--kind",
    "message",
    "--json",
  ]);
  assert.deepEqual(keysOf(JSON.parse(json.stdout)), expected);

  const kept = await bed.place.run(["records", "last"]);
  const [coverage, messages] = kept.stdout.split("\n\n") as [string, string];
  assert.match(coverage, /^coverage:\nemail +domain +status /);
  assert.match(messages, /^message:\ndate +mailbox +headers\.From +headers\.Subject\n/);
  assert.equal(messages.trimEnd().split("\n").length, 2 + expected.length);
});

Deno.test("--output writes a private file, whole or not at all", async () => {
  await using bed = await Searching.open({
    domains: 1,
    usersPerDomain: 3,
    messagesPerUser: 10,
  });
  const path = `${bed.place.folder}/mail.csv`;
  // The ending says the format.
  const done = await bed.search(["--output", path]);
  assert.deepEqual([done.code, done.stdout], [0, ""]);
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  const text = await Deno.readTextFile(path);
  assert.match(text, /^mailbox,domain,id/);
  const kept = bed.records<MessageRecord>("message");
  assert.ok(kept.length > 20);
  assert.equal(text.trimEnd().split("\r\n").length - 1, kept.length);

  const failed = await bed.search([
    "-q",
    "(",
    "--format",
    "csv",
    "--output",
    path,
  ]);
  assert.equal(failed.code, 2);
  assert.equal(await Deno.readTextFile(path), text, "the earlier file stays");

  const replaced = await bed.place.run([
    "records",
    "last",
    "--format",
    "json",
    "--output",
    path,
  ]);
  assert.equal(replaced.code, 0);
  assert.deepEqual(JSON.parse(await Deno.readTextFile(path)), []);
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  const left = [...Deno.readDirSync(bed.place.folder)].map(({ name }) => name)
    .filter((name) => name.includes(".part"));
  assert.deepEqual(left, []);
});

Deno.test("a closed stdout ends the command quietly", async () => {
  await using bed = await Searching.open({
    domains: 1,
    usersPerDomain: 3,
    messagesPerUser: 150,
  });
  const wide = [
    "--quota-profile",
    "legacy",
    "--max-results-per-user",
    "150",
    "--quiet",
    "--format",
    "ndjson",
  ];
  const child = bed.place.start(["run", "gmail-search", ...wide]);
  await child.stdout.cancel();
  const [status, stderr] = await Promise.all([
    child.status,
    new Response(child.stderr).text(),
  ]);
  assert.deepEqual([status.code, stderr], [0, ""]);

  const records = bed.place.start(["records", "last", "--format", "ndjson"]);
  await records.stdout.cancel();
  const [ended, complaint] = await Promise.all([
    records.status,
    new Response(records.stderr).text(),
  ]);
  assert.deepEqual([ended.code, complaint], [0, ""]);
  const all = await bed.place.run([
    "records",
    "last",
    "--kind",
    "message",
    "--format",
    "ndjson",
  ]);
  assert.ok(all.stdout.length > 100_000, "more than a pipe holds");
});

Deno.test("a search ends as soon as it has written its result", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 2, messagesPerUser: 30 });
  // The server's own idle connections once kept every fourth process alive for 90 s.
  for (let n = 0; n < 6; n++) {
    const child = bed.place.start(["run", "gmail-search", "--json", "--quiet"]);
    const stdout = await new Response(child.stdout).bytes();
    assert.ok(stdout.length > 1_000);
    await child.stderr.cancel();
    assert.equal((await child.status).code, 0);
  }
  const runs = JSON.parse((await bed.place.run(["runs", "--json"])).stdout) as { startedAt: number; endedAt: number }[];
  const between = runs.slice(1).map(({ endedAt }, index) => runs[index]!.startedAt - endedAt);
  assert.ok(Math.max(...between) < 15_000, `from one run's end to the next one's start: ${between} ms`);
});

/** Runs tasker on a terminal of 100 columns; gives what the terminal got. */
async function onTerminal(
  bed: Searching,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const [command, ...before] = bed.place.commandLine();
  const quoted = [command!, ...before, ...args].map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`).join(" ");
  const child = new Deno.Command("script", {
    args: ["-qec", `stty cols 100; ${quoted}`, "/dev/null"],
    clearEnv: true,
    env: {
      ...bed.place.environment(),
      PATH: Deno.env.get("PATH")!,
      TERM: "xterm",
      ...env,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return (await finished(child)).stdout;
}

/** One picture of the progress: how much is done, and of how many users. */
const PICTURE = /gmail-search [^\n]*\d+ (of \d+ )?messages[^\n]*\d+ of \d+ (users|mailboxes listed)/;

Deno.test("colours and a drawn-over progress bar are for terminals only, and colours not with NO_COLOR", async () => {
  await using bed = await Searching.open({
    domains: 1,
    usersPerDomain: 6,
    messagesPerUser: 20,
    latency: 300,
  });
  const colored = await onTerminal(bed, ["run", "gmail-search"]);
  assert.match(colored, /\x1b\[1mDOMAIN/);
  assert.match(colored, /\x1b\[J/, "the bar is taken away");
  assert.match(colored, PICTURE);

  const plain = await onTerminal(bed, ["run", "gmail-search"], {
    NO_COLOR: "1",
  });
  assert.doesNotMatch(plain, /\x1b\[\d*m/);
  assert.match(plain, PICTURE);
  const quiet = await onTerminal(bed, ["run", "gmail-search", "--quiet"], {
    NO_COLOR: "1",
  });
  assert.doesNotMatch(quiet, /\x1b/);

  const piped = await bed.search([]);
  assert.doesNotMatch(piped.stdout + piped.stderr, /\x1b|\r[^\n]/);
});

Deno.test("a table on a terminal is no wider than the terminal", async () => {
  await using bed = await Searching.open({
    domains: 1,
    usersPerDomain: 3,
    messagesPerUser: 0,
  });
  const [user] = bed.readable();
  bed.workspace.addMessage(
    user!,
    `From: "${"n".repeat(80)}" <x@y.example>\r\n${DATE}Subject: ${"long ".repeat(60)}\r\n\r\nhi\r\n`,
  );
  const text = await onTerminal(bed, [
    "run",
    "gmail-search",
    "--quiet",
    "-q",
    "subject:long",
  ], { NO_COLOR: "1" });
  assert.match(text, /nnnn/);
  for (const line of text.split("\r\n")) {
    assert.ok(line.length <= 100, `${line.length} columns: ${line}`);
  }
  for (
    const args of [["records", "last", "--kind", "message"], ["runs"], [
      "show",
      "last",
    ]]
  ) {
    const lines = (await onTerminal(bed, args, { NO_COLOR: "1" })).split(
      "\r\n",
    );
    for (const line of lines) {
      assert.ok(
        line.length <= 100,
        `${args.join(" ")}: ${line.length} columns: ${line}`,
      );
    }
  }
});

const HOSTILE = {
  escape: "\x1b[2J\x1b]0;owned\x07red \x1b[31malert",
  bidi: "invoice\u202Egpj.exe",
  formula: '=HYPERLINK("http://evil.example","click")',
  plus: "+cmd|' /C calc'!A0",
  at: "@SUM(1+1)",
  nul: "before\x00after",
  line: "one\ttwo",
} as const;

function encodedWord(text: string): string {
  return `=?utf-8?B?${btoa(String.fromCharCode(...new TextEncoder().encode(text)))}?=`;
}

Deno.test("hostile mail reaches neither the terminal nor a spreadsheet", async () => {
  await using bed = await Searching.open({
    domains: 1,
    usersPerDomain: 1,
    messagesPerUser: 0,
  });
  const [user] = bed.readable() as [string];
  const raw = (subject: string) =>
    `From: ${
      subject.slice(0, 4)
    } <x@y.example>\r\nTo: ${user}\r\n${DATE}Subject: ${subject}\r\n\r\n=body ${subject}\r\n`;
  for (const text of Object.values(HOSTILE)) {
    bed.workspace.addMessage(user, raw(encodedWord(text)));
  }
  bed.workspace.addMessage(user, raw(HOSTILE.escape));

  const table = await bed.search(["--max-results-per-user", "50"]);
  assert.deepEqual(table.code, 0, table.stderr);
  assert.match(table.stdout, /8 messages in 1 mailbox/);
  assert.doesNotMatch(table.stdout + table.stderr, CONTROL);
  assert.match(table.stdout, /invoice.*gpj\.exe/);
  const messages = await bed.place.run([
    "records",
    "last",
    "--kind",
    "message",
  ]);
  assert.doesNotMatch(messages.stdout + messages.stderr, CONTROL);

  const csv = await bed.place.run([
    "records",
    "last",
    "--kind",
    "message",
    "--format",
    "csv",
  ]);
  assert.doesNotMatch(csv.stdout, CONTROL);
  const cells = csv.stdout.split("\r\n").flatMap((row) => row.match(/"(?:[^"]|"")*"|[^,]+/g) ?? []);
  const dangerous = cells.filter((cell) => /^"?[=+@\t]/.test(cell));
  assert.deepEqual(dangerous, []);
  assert.ok(csv.stdout.includes(`'=HYPERLINK(`), csv.stdout);
  assert.ok(csv.stdout.includes("'+cmd|"));

  const shown = await bed.place.run(["show", "last"]);
  assert.doesNotMatch(shown.stdout, CONTROL);
  const data = await bed.printedRecords<MessageRecord>("message");
  const subjects = data.map(({ headers }) => headers.Subject);
  assert.ok(subjects.includes(HOSTILE.bidi), "json keeps what the mail said");
});

Deno.test("hostile words of a query and of a server are shown harmlessly", async () => {
  await using bed = await Searching.open({
    domains: 1,
    usersPerDomain: 2,
    messagesPerUser: 1,
  });
  const [user] = bed.readable() as [string];
  const query = await bed.search(["-q", "subject:\x1b[31mred\u202e"]);
  assert.doesNotMatch(query.stdout + query.stderr, CONTROL);
  bed.workspace.setFaults([{
    kind: "gmail.users.messages.list",
    user,
    fault: {
      type: "answer",
      status: 403,
      body: {
        error: {
          code: 403,
          message: "no \x1b[2J\u202e way",
          errors: [{ reason: "forbidden", message: "x" }],
        },
      },
    },
  }]);
  const refused = await bed.search([]);
  assert.equal(refused.code, 5, refused.stderr);
  assert.match(refused.stderr, /not read: /);
  assert.doesNotMatch(refused.stdout + refused.stderr, CONTROL);
});
