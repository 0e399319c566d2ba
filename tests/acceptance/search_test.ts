import assert from "node:assert/strict";
import { embeddedTasks } from "../../src/publish/embedded.ts";
import { buildTaskCode } from "../../src/publish/publish.ts";
import { looking } from "./journal.ts";
import { Running } from "./running.ts";
import { type CoverageRecord, keysOf, type MessageRecord, Searching } from "./searching.ts";

/** The main job: what it finds is what Google's own client finds, and its result has the documented shape. */

Deno.test("a search finds exactly the messages that Google's client finds, and keeps each as one record", async () => {
  await using bed = await Searching.open({
    usersPerDomain: 12,
    messagesPerUser: 60,
  });
  const { result, stderr } = await bed.result([
    "-q",
    "in:inbox -subject:report",
    "--max-results-per-user",
    "37",
  ]);

  const question = result.summary.searchQuery;
  assert.match(question, /^\(in:inbox -subject:report\) before:\d{10}$/);
  const expected: string[] = [];
  for (const user of bed.readable()) {
    for (const id of (await bed.truth(user, question)).slice(0, 37)) {
      expected.push(`${user} ${id}`);
    }
  }
  assert.ok(
    expected.length > 300,
    `${expected.length} messages are too few to prove anything`,
  );
  const messages = await bed.printedRecords<MessageRecord>("message");
  assert.deepEqual(messages, bed.records("message"));
  assert.deepEqual(keysOf(messages), expected.sort());

  // A binary has it built.
  const task = (await embeddedTasks()).find(({ name }) => name === "gmail-search");
  const code = looking(
    bed.place.db,
    (db) => db.prepare("SELECT name, filename, hash, source FROM task_functions").all(),
  );
  const { manifest: _, ...built } = await buildTaskCode(task!);
  assert.deepEqual(code.map((row) => ({ ...row })), [built]);

  assert.deepEqual(Object.keys(result), [
    "summary",
    "domainResults",
    "sampleMessages",
    "executionInfo",
    "coverage",
  ]);
  assert.equal(result.summary.totalDomains, 2);
  assert.equal(result.summary.totalUsers, bed.readable().length);
  assert.equal(result.summary.totalMessagesFound, expected.length);
  assert.deepEqual(result.domainResults.map(({ domain }) => domain), [
    "acme.example",
    "globex.example",
  ]);
  for (
    const { domain, users, totalMessages, userCount } of result.domainResults
  ) {
    assert.deepEqual(users.map(({ email }) => email), bed.readable(domain));
    assert.equal(userCount, users.length);
    assert.equal(
      totalMessages,
      messages.filter((message) => message.domain === domain).length,
    );
    for (const user of users) {
      const kept = messages.filter(({ mailbox }) => mailbox === user.email);
      assert.equal(user.messageCount, kept.length);
      assert.ok(user.name.length > 0);
      if (user.messages !== undefined) {
        assert.deepEqual(keysOf(user.messages), keysOf(kept));
      }
    }
  }
  assert.equal(result.sampleMessages.length, 10);
  for (const sample of result.sampleMessages) {
    assert.ok(expected.includes(`${sample.mailbox} ${sample.id}`));
    assert.ok(sample.headers.Subject !== undefined);
  }
  assert.ok(
    Math.abs(Date.parse(result.executionInfo.completedAt) - Date.now()) <
      60_000,
  );
  const { served } = bed.workspace.counters().total;
  assert.equal(served["gmail.users.messages.get"], expected.length);
  assert.ok(
    result.executionInfo.totalApiCalls >=
      expected.length + bed.readable().length + 3,
  );
  assert.match(
    result.executionInfo.description,
    /messages in \d+ mailboxes of 2 domains/,
  );
  assert.match(stderr, /Coverage: \d+ selected: /);
});

Deno.test("every user of the directory is in the coverage once, each with why", async () => {
  await using bed = await Searching.open({
    usersPerDomain: 12,
    messagesPerUser: 5,
  });
  const { result } = await bed.result([
    "--max-users-per-domain",
    "4",
    "--max-results-per-user",
    "100",
  ]);
  const coverage = bed.records<CoverageRecord>("coverage");
  assert.deepEqual(
    coverage.map(({ email }) => email).sort(),
    bed.workspace.users().map(({ email }) => email),
  );
  for (const { email, status, reason } of coverage) {
    const user = bed.workspace.users().find((candidate) => candidate.email === email)!;
    if (user.suspended) {
      assert.deepEqual([status, reason], ["skipped", "suspended"]);
    } else if (user.archived) {
      assert.deepEqual([status, reason], ["skipped", "archived"]);
    } else if (!user.isMailboxSetup) {
      assert.deepEqual([status, reason], ["skipped", "no mailbox"]);
    } else {
      const isSelected = bed.readable(user.domain).indexOf(user.email) < 4;
      assert.deepEqual(
        [status, reason],
        isSelected ? ["complete", null] : ["skipped", "over the limit"],
      );
    }
  }
  const of = (status: string) => coverage.filter((line) => line.status === status).length;
  const { selected, complete, truncated, skipped, failed } = result.coverage;
  assert.deepEqual([selected, complete, truncated, failed], [8, 8, 0, 0]);
  assert.equal(skipped, of("skipped"));
  assert.equal(complete + skipped, bed.workspace.users().length);
});

Deno.test("a limit that is no multiple of a page is kept to the message, and what it cut off is said", async () => {
  await using bed = await Searching.open({
    domains: 1,
    usersPerDomain: 2,
    messagesPerUser: 640,
  });
  const [first, second] = bed.readable() as [string, string];
  const flags = ["--quota-profile", "legacy", "--max-results-per-user", "501"];
  const { result, stderr } = await bed.result(flags);
  const question = result.summary.searchQuery;
  assert.match(question, /^before:\d+$/);
  const all = {
    [first]: await bed.truth(first, question),
    [second]: await bed.truth(second, question),
  };
  assert.ok(
    all[first]!.length > 501 && all[second]!.length > 501,
    "both mailboxes hold more than the limit",
  );
  const messages = bed.records<MessageRecord>("message");
  for (const user of [first, second]) {
    const kept = messages.filter(({ mailbox }) => mailbox === user).map((
      { id },
    ) => id).sort();
    assert.deepEqual(kept, all[user]!.slice(0, 501).sort());
  }
  assert.deepEqual([result.coverage.truncated, result.coverage.complete], [
    2,
    0,
  ]);
  const coverage = bed.records<CoverageRecord>("coverage");
  assert.deepEqual(coverage.map(({ reason }) => reason), [
    "truncated at 501",
    "truncated at 501",
  ]);
  assert.match(stderr, /warning: 2 mailboxes have more than 501 messages/);
});

Deno.test("a mailbox with exactly as many hits as the limit is complete, one with one more is truncated", async () => {
  await using bed = await Searching.open({
    domains: 1,
    usersPerDomain: 1,
    messagesPerUser: 0,
    users: ["b@acme.example"],
  });
  await using _server = await Running.serve(bed.place);
  for (let n = 0; n < 4; n++) {
    const mail =
      `From: x@y.example\r\nTo: b@acme.example\r\nDate: Mon, 02 Nov 2026 10:0${n}:00 +0000\r\nSubject: n${n}\r\n\r\nhi\r\n`;
    bed.workspace.addMessage("b@acme.example", mail);
  }
  const status = async (limit: number) => {
    const { result } = await bed.result([
      "--users",
      "b@acme.example",
      "--max-results-per-user",
      String(limit),
      "-q",
      "",
    ]);
    const line = bed.records<CoverageRecord>("coverage").find((
      { email },
    ) => email === "b@acme.example")!;
    return [line.status, line.messages, result.summary.totalMessagesFound];
  };
  assert.deepEqual(await status(4), ["complete", 4, 4]);
  assert.deepEqual(await status(3), ["truncated", 3, 3]);
  assert.deepEqual(await status(5), ["complete", 4, 4]);
});

Deno.test("flags choose the domains, the users, spam and trash, the headers and the fields", async () => {
  await using bed = await Searching.open({
    usersPerDomain: 8,
    messagesPerUser: 60,
  });
  await using _server = await Running.serve(bed.place);

  const one = await bed.result([
    "--domains",
    "Globex.Example ",
    "--maxUsersPerDomain",
    "2",
  ]);
  assert.deepEqual(one.result.domainResults.map(({ domain }) => domain), [
    "globex.example",
  ]);
  assert.deepEqual(
    one.result.domainResults[0]!.users.map(({ email }) => email),
    bed.readable("globex.example").slice(0, 2),
  );

  const [a, , , d] = bed.readable("acme.example") as [
    string,
    string,
    string,
    string,
  ];
  const g = bed.readable("globex.example")[1]!;
  const named = await bed.result([
    "--users",
    `${a},${d}`,
    "--users",
    g.toUpperCase(),
    "--max-users-per-domain",
    "1",
  ]);
  assert.deepEqual(
    named.result.domainResults.flatMap(({ users }) => users.map(({ email }) => email)),
    [a, d, g],
  );

  const spam = await bed.result([
    "--users",
    a,
    "--max-results-per-user",
    "500",
    "--include-spam-trash",
  ]);
  const plain = await bed.result([
    "--users",
    a,
    "--max-results-per-user",
    "500",
  ]);
  const question = plain.result.summary.searchQuery;
  assert.equal(
    plain.result.summary.totalMessagesFound,
    (await bed.truth(a, question)).length,
  );
  assert.equal(
    spam.result.summary.totalMessagesFound,
    (await bed.truth(a, question, true)).length,
  );
  assert.ok(
    spam.result.summary.totalMessagesFound >
      plain.result.summary.totalMessagesFound,
  );

  await bed.result(["--users", a, "--metadata-headers", "Subject,X-Nothing"]);
  for (const { headers } of bed.records<MessageRecord>("message")) {
    assert.deepEqual(Object.keys(headers), ["Subject"]);
  }
  await bed.result(["--users", a, "--fields", "id,internalDate"]);
  for (const row of bed.records<MessageRecord>("message")) {
    assert.deepEqual([row.headers, row.snippet, row.threadId], [{}, "", null]);
    assert.match(String(row.date), /^\d{4}-/);
  }
});

Deno.test("the query may be given by each of its names, and by --input as text, file and stdin", async () => {
  await using bed = await Searching.open({
    domains: 1,
    usersPerDomain: 2,
    messagesPerUser: 30,
  });
  await using _server = await Running.serve(bed.place);
  const query = "in:inbox -from:ci";
  const input = { gmailSearchQuery: query, maxResultsPerUser: 7 };
  const file = bed.place.write("question.json", JSON.stringify(input));
  const limit = ["--max-results-per-user", "7"];
  const asked = [
    await bed.search(["-q", query, ...limit, "--json"]),
    await bed.search(["--query", query, ...limit, "--json"]),
    await bed.search([
      `--gmailSearchQuery=${query}`,
      "--maxResultsPerUser=7",
      "--json",
    ]),
    await bed.search([
      "--gmail-search-query",
      query,
      ...limit,
      "--format=json",
    ]),
    await bed.search(["--input", JSON.stringify(input), "--json"]),
    await bed.search(["--input", `@${file}`, "--json"]),
    await bed.search(["--input", "-", "--json"], {
      stdin: JSON.stringify(input),
    }),
  ];
  const samples = asked.map(({ code, stdout, stderr }) => {
    assert.equal(code, 0, stderr);
    const result = JSON.parse(stdout);
    return [
      result.summary.searchQuery.replace(/\d+$/, ""),
      result.sampleMessages.map(({ id }: MessageRecord) => id),
    ];
  });
  assert.deepEqual(samples[0]![0], `(${query}) before:`);
  assert.ok(samples[0]![1].length > 0);
  for (const sample of samples) assert.deepEqual(sample, samples[0]);

  for (const negative of ["-label:x", "-is:unread"]) {
    const { code, stdout, stderr } = await bed.search([
      "-q",
      negative,
      "--json",
    ]);
    assert.equal(code, 0, stderr);
    assert.match(
      JSON.parse(stdout).summary.searchQuery,
      new RegExp(`^\\(${negative}\\)`),
    );
  }
});

Deno.test("input that is wrong is refused before anything is asked of Google", async () => {
  await using bed = await Searching.open({
    domains: 1,
    usersPerDomain: 1,
    messagesPerUser: 1,
  });
  const refusals: [flags: string[], words: RegExp, stdin?: string][] = [
    [
      ["--max-results-per-user", "0"],
      /--max-results-per-user: expected a whole number of at least 1, got 0/,
    ],
    [
      ["--max-results-per-user", "ten"],
      /--max-results-per-user: expected a whole number.*"ten"/,
    ],
    [
      ["--max-usres-per-domain", "3"],
      /there is no flag --max-usres-per-domain[\s\S]*did you mean --max-users-per-domain/,
    ],
    [["--input", "{no"], /the input from --input is not JSON/],
    [["--input", "@absent.json"], /there is no file absent\.json/],
    [["--input", "-"], /the input from stdin is not JSON/, "nonsense"],
    [["--input", '{"gmailSearchQuery":3}'], /--query: expected text.*, got 3/],
    [["--input", '{"maxResults":3}'], /it has no "maxResults"/],
    [["--input", "{}", "-q", "x"], /--input is the whole input/],
    [["-q", "x", "--gmailSearchQuery", "y"], /are the same flag/],
    [["--format", "xml"], /--format/],
    [["--output", "absent/out.json"], /there is no folder absent/],
    [["extra"], /extra|argument/],
  ];
  for (const [flags, words, stdin] of refusals) {
    const { code, stdout, stderr } = await bed.search(
      flags,
      stdin === undefined ? {} : { stdin },
    );
    assert.equal(
      code,
      flags[1] === "@absent.json" ? 3 : 2,
      `${flags.join(" ")}: ${stderr}`,
    );
    assert.match(stderr, words);
    assert.equal(stdout, "");
  }
  assert.equal(bed.workspace.counters().requests, 0);
});

Deno.test("a query that could swallow the frozen date is refused", async () => {
  await using bed = await Searching.open({
    domains: 1,
    usersPerDomain: 1,
    messagesPerUser: 1,
  });
  await using _server = await Running.serve(bed.place);
  for (const query of ["(subject:a", 'subject:"a', "a)", "{a"]) {
    const { code, stderr } = await bed.search(["-q", query]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /brackets or quotes of the query do not pair/);
  }
  assert.equal(
    bed.workspace.counters().total.served["gmail.users.messages.list"],
    undefined,
  );
});

Deno.test("a plan and a count say exactly what each mailbox has, and fetch nothing", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 12, messagesPerUser: 1_200 });
  await using _server = await Running.serve(bed.place);
  const [user] = bed.readable("acme.example");
  const flags = ["-q", "from:a", "--max-results-per-user", "300"];
  const { result, stderr } = await bed.result([...flags, "--plan"]);
  assert.equal(stderr.includes("truncated"), false);
  const hits = bed.records<{ mailbox: string; hits: number; toFetch: number; units: number }>("count");
  assert.deepEqual(hits.map(({ mailbox }) => mailbox).sort(), bed.readable("acme.example"));
  const mine = hits.find(({ mailbox }) => mailbox === user)!;
  const truth = await bed.truth(user!, result.summary.searchQuery);
  assert.equal(mine.hits, truth.length);
  assert.equal(mine.toFetch, Math.min(300, truth.length));
  assert.equal(mine.units, 1 + 5 + 20 * mine.toFetch);
  const coverage = bed.records<CoverageRecord>("coverage");
  assert.deepEqual(coverage.map(({ email }) => email).sort(), bed.workspace.users().map(({ email }) => email));
  assert.deepEqual(bed.workspace.counters().messageGets, {});

  const shown = await bed.search([...flags, "--plan"]);
  const sum = hits.reduce((all, { toFetch }) => all + toFetch, 0);
  assert.match(
    shown.stdout,
    new RegExp(`Plan: ${sum.toLocaleString("en-US")} messages to fetch for [\\d,]+ quota units`),
  );
  const counted = await bed.search([...flags, "--count", "--format", "csv"]);
  assert.equal(counted.code, 0, counted.stderr);
  assert.equal(counted.stdout.trim().split("\n").length, 1 + hits.length);

  const refusal = { type: "answer", status: 400, body: { error: { code: 400, message: "no" } } } as const;
  bed.workspace.setFaults([{ fault: refusal, kind: "gmail.users.messages.list" }]);
  const failing = await bed.search(["--users", user!, "--count"]);
  assert.equal(failing.code, 5, failing.stderr);
  assert.match(failing.stdout, /FAILED/);
});
