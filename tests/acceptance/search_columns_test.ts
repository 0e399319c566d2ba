// deno-lint-ignore-file no-control-regex -- they are what is looked for
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Running } from "./running.ts";
import { type MessageRecord, Searching } from "./searching.ts";

/** `--columns`: what a search says of each message, in the order asked, whatever the mail holds. */

const DATE = "Date: Mon, 02 Nov 2026 10:00:00 +0000\r\n";
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

const WITH_FILES = `From: Zoë <zoe@globex.example>\r\nTo: ann@acme.example\r\nCc: bob@acme.example\r\n${DATE}` +
  "Subject: Two files\r\nMessage-ID: <files@globex.example>\r\nIn-Reply-To: <asked@acme.example>\r\n" +
  'X-Gmail-Labels: Inbox,Unread,"Work/Big Deals"\r\n' +
  'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' +
  "--b\r\nContent-Type: text/plain\r\n\r\nSee both.\r\n" +
  '--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="=cmd\'s report.pdf"\r\n\r\n1234567\r\n' +
  "--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename*=utf-8''B%C3%BCcher.png\r\n" +
  "Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\n";

const COLUMNS = "subject,from,to,cc,date,labels,size,snippet,attachments,messageId,inReplyTo,threadId,folder,read";

async function oneUser(): Promise<{ bed: Searching; user: string }> {
  const bed = await Searching.open({ domains: ["acme.example"], usersPerDomain: 1, messagesPerUser: 0 });
  return { bed, user: bed.readable()[0]! };
}

Deno.test("every format has the chosen columns in the order asked", async () => {
  const { bed, user } = await oneUser();
  await using _bed = bed;
  await using _server = await Running.serve(bed.place);
  const id = bed.workspace.addMessage(user, WITH_FILES);
  const { result } = await bed.result(["--columns", COLUMNS]);
  const [row] = await bed.printedRecords<MessageRecord>("message");
  assert.deepEqual(Object.keys(row!), ["mailbox", "domain", "id", ...COLUMNS.split(",")]);
  assert.deepEqual(row, {
    mailbox: user,
    domain: "acme.example",
    id,
    subject: "Two files",
    from: "Zoë <zoe@globex.example>",
    to: "ann@acme.example",
    cc: "bob@acme.example",
    date: "2026-11-02T10:00:00.000Z",
    labels: ["INBOX", "UNREAD", "Work/Big Deals"],
    size: WITH_FILES.length + 1,
    snippet: "See both.",
    attachments: [
      { name: "=cmd's report.pdf", type: "application/pdf", size: 7 },
      { name: "Bücher.png", type: "image/png", size: 3 },
    ],
    messageId: "<files@globex.example>",
    inReplyTo: "<asked@acme.example>",
    threadId: id,
    folder: "inbox",
    read: false,
  } as unknown as MessageRecord);
  assert.deepEqual(result.sampleMessages, [row]);
  assert.deepEqual(result.domainResults[0]!.users[0]!.messages, [row]);

  const formats = ["--columns", "attachments,read,subject,labels"];
  const table = await bed.search(formats);
  assert.match(
    table.stdout,
    /\nmailbox +attachments +read +subject +labels\nadmin@acme\.example +=cmd's report\.pdf \(application\/pdf, 7\); Bücher\.png \(image\/p… +false +Two files +INBOX, UNREAD, Work\/Big Deals\n/,
  );
  const kept = await bed.place.run(["records", "last", "--kind", "message"]);
  assert.match(kept.stdout, /^mailbox +attachments +read +subject +labels\n/);
  const csv = await bed.search([...formats, "--format", "csv"]);
  assert.equal(
    csv.stdout,
    `mailbox,domain,id,attachments,read,subject,labels\r\n${user},acme.example,${id},` +
      `"'=cmd's report.pdf (application/pdf, 7); Bücher.png (image/png, 3)",false,Two files,"INBOX, UNREAD, Work/Big Deals"\r\n`,
  );
  const ndjson = await bed.search([...formats, "--format", "ndjson"]);
  assert.deepEqual(Object.keys(JSON.parse(ndjson.stdout)).slice(3), ["attachments", "read", "subject", "labels"]);
  const none = await bed.search([...formats, "-q", "subject:nowhere", "--format", "csv"]);
  assert.deepEqual([none.code, none.stdout], [0, ""], "no messages, and nothing else for them");
  const html = await bed.search([...formats, "--format", "html"]);
  const about = /id="about">(.*?)<\/script>/.exec(html.stdout)![1]!;
  const { columns, shown } = JSON.parse(about) as { columns: string[]; shown: number[] };
  assert.deepEqual(shown.map((place) => columns[place]), ["mailbox", "attachments", "read", "subject", "labels"]);
  const sql = await bed.place.run(["sql", "last", "SELECT attachments->0->>'name' AS name FROM message", "--json"]);
  assert.deepEqual(JSON.parse(sql.stdout), [{ name: "=cmd's report.pdf" }]);
});

Deno.test("only what the columns need is fetched, and the plan says what it costs", async () => {
  const { bed, user } = await oneUser();
  await using _bed = bed;
  bed.workspace.addMessage(user, WITH_FILES);
  const plan = async (columns: string) => {
    const { result } = await bed.result(["--plan", "--columns", columns, "--quota-profile", "new"]);
    return (result as unknown as { plan: { units: number } }).plan.units;
  };
  const served = async (columns: string) => {
    bed.workspace.resetCounters();
    await bed.result(["--columns", columns]);
    const { served } = bed.workspace.counters().users[user]!;
    return Object.fromEntries(Object.entries(served).filter(([kind]) => kind.startsWith("gmail.")));
  };
  const GETS = { "gmail.users.getProfile": 1, "gmail.users.messages.list": 1, "gmail.users.messages.get": 1 };
  assert.equal(await plan("from,attachments"), 26);
  assert.deepEqual(await served("from,attachments"), GETS);
  assert.equal(await plan("from,labels"), 27);
  assert.deepEqual(await served("from,labels"), { ...GETS, "gmail.users.labels.list": 1 });
});

Deno.test("bodies are kept when they are asked for, and only as rows: the journal has their hashes", async () => {
  const { bed, user } = await oneUser();
  await using _bed = bed;
  bed.workspace.addMessage(user, WITH_FILES);
  const secret = "Gr\u00fc\u00dfe aus dem Tresor";
  const html = `<html><body><p>${secret}</p><p>${"more ".repeat(30_000)}</p></body></html>`;
  bed.workspace.addMessage(
    user,
    `From: x@y.example\r\n${DATE}Subject: long\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${html}\r\n`,
  );
  await bed.result(["--columns", "subject,attachments,body"]);
  const rows = await bed.printedRecords<MessageRecord & { body: string }>("message");
  const textOf = (subject: string) => rows.find((row) => row.subject === subject)!.body;
  assert.equal(textOf("Two files"), "See both.");
  assert.ok(textOf("long").startsWith(`${secret}\nmore more`));
  assert.equal(textOf("long").length, 100_000);
  const kept = await bed.place.run(["records", "last", "--grep", "Tresor", "--format", "ndjson"]);
  const found = kept.stdout.trimEnd().split("\n").map((line) => JSON.parse(line)) as {
    kind: string;
    data: { characters: number };
  }[];
  assert.deepEqual(found.map(({ kind }) => kind), ["body"]);
  assert.ok(found[0]!.data.characters > 150_000);
  const joined = "SELECT m.subject FROM message m JOIN body b ON b.seq = m.body->>'seq' WHERE b.text LIKE '%Tresor%'";
  assert.equal((await bed.place.run(["sql", "last", joined, "--format", "csv"])).stdout, "subject\r\nlong\r\n");

  const csv = await bed.search(["--columns", "body,subject", "--format", "csv"]);
  assert.match(csv.stdout, /^mailbox,domain,id,body,subject\r\n/);
  assert.match(csv.stdout, /,"?See both\.\s*"?,Two files\r\n/);
  const html5 = await bed.place.run(["records", "last", "--kind", "message", "--format", "html"]);
  assert.ok(html5.stdout.includes(secret));
  const table = await bed.place.run(["records", "last"]);
  assert.ok(table.stdout.split("\n").every((line) => line.length < 2_000));

  const db = new DatabaseSync(bed.place.db, { readOnly: true });
  try {
    const all = db.prepare("SELECT * FROM stack_runs").all().map((row) => JSON.stringify(row)).join("\n");
    const runs = db.prepare("SELECT * FROM task_runs").all().map((row) => JSON.stringify(row)).join("\n");
    assert.ok(all.includes("sha256") && runs.includes("sha256"));
    assert.doesNotMatch(all + runs, /Tresor|VHJlc29y|See both/);
  } finally {
    db.close();
  }
});

Deno.test("a column that there is not is refused with all there are, and so is one that is asked for twice", async () => {
  const { bed } = await oneUser();
  await using _bed = bed;
  const unknown = await bed.search(["--columns", "from,sender"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /--columns: expected one of from, to, cc, .*, read, body, got "sender"/);
  assert.equal((await bed.search(["--columns", "from,from"])).code, 2);
  const both = await bed.search(["--columns", "from", "--metadata-headers", "From"]);
  assert.equal(both.code, 2);
  assert.match(both.stderr, /--columns says what is fetched, and so do --metadata-headers and --fields/);
  assert.deepEqual(bed.workspace.counters().requests, 0);
});

Deno.test("headers that are broken, or mean harm, are read as far as they can be, and shown harmlessly", async () => {
  const { bed, user } = await oneUser();
  await using _bed = bed;
  const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
  const subjects: [raw: string, read: string | null][] = [
    ["Subject: =?utf-8?Q?caf=C3=A9?= =?koi8-r?B?88/Pwt0=?=", "caféСообщ"],
    ["Subject: =?windows-1251?Q?caf=C3=A9?=", "cafГ©"],
    ["Subject: =?x-nonsense?Q?caf=E9?=", "café"],
    ["Subject: =?utf-8?Q?cut=C3?=", "cut\ufffd"],
    ["Subject: =?utf-8?B?Y2Fmw6k", "=?utf-8?B?Y2Fmw6k"],
    ["Subject: Gr\xfc\xdfe, undeclared", "Grüße, undeclared"],
    ["Subject: a\x00b\x1b[2Jc", "a\x00b\x1b[2Jc"],
    ["Subject: =?utf-8?B?aW52b2ljZeKArmdwai5leGU=?=", "invoice\u202egpj.exe"],
    ["Subject: =?utf-8?Q?=3DHYPERLINK=28=22http=3A//x=22=29?=", '=HYPERLINK("http://x")'],
    ["X-Nothing: 1", null],
  ];
  for (const [raw] of subjects) {
    bed.workspace.addMessage(user, latin1(`From: x@y.example\r\nFrom: z@y.example\r\n${DATE}${raw}\r\n\r\nhi\r\n`));
  }
  const flags = ["--columns", "subject,from,date", "--max-results-per-user", "50"];
  const table = await bed.search(flags);
  assert.equal(table.code, 0, table.stderr);
  assert.doesNotMatch(table.stdout + table.stderr, CONTROL);
  const rows = bed.records<MessageRecord>("message");
  const bySubject = (a: unknown, b: unknown) => String(a) < String(b) ? -1 : 1;
  assert.deepEqual(
    rows.map(({ subject }) => subject).sort(bySubject),
    subjects.map(([, read]) => read).sort(bySubject),
  );
  assert.deepEqual([...new Set(rows.map(({ from, date }) => `${from} ${date}`))], [
    "x@y.example, z@y.example 2026-11-02T10:00:00.000Z",
  ]);
  const csv = await bed.place.run(["records", "last", "--kind", "message", "--format", "csv"]);
  assert.doesNotMatch(csv.stdout, CONTROL);
  assert.match(csv.stdout, /"'=HYPERLINK\(""http/);
});

Deno.test("what was answered is known exactly, and rows that do not name their mail are not grouped", async () => {
  const { bed, user } = await oneUser();
  await using _bed = bed;
  await using _server = await Running.serve(bed.place);
  const send = (id: string, subject: string, from: string, more = "") =>
    bed.workspace.addMessage(
      user,
      `From: ${from}\r\n${DATE}Subject: ${subject}\r\nMessage-ID: <${id}@x>\r\n${more}\r\nhi\r\n`,
    );
  send("one", "Offer", "zoe@globex.example");
  send("two", "Re: Offer", "zoe@globex.example", "In-Reply-To: <one@x>\r\n");
  send("three", "Re: Offer", user, "In-Reply-To: <one@x>\r\nReferences: <one@x>\r\n");
  const answered = async (...flags: string[]) => {
    await bed.result(flags);
    const grouped = await bed.place.run(["records", "last", "--group-by", "message-id", "--json"]);
    assert.equal(grouped.code, 0, grouped.stderr);
    const mails = JSON.parse(grouped.stdout) as { messageId: string; answered: string[] }[];
    return {
      stderr: grouped.stderr,
      answered: mails.filter(({ answered }) => answered.length > 0).map((mail) => mail.messageId),
    };
  };
  assert.deepEqual((await answered()).answered, ["<one@x>"]);
  assert.deepEqual((await answered("--columns", "messageId,inReplyTo,subject,labels")).answered, ["<one@x>"]);
  const blind = await answered("--columns", "messageId,from,read,folder");
  assert.deepEqual(blind.answered, []);
  assert.match(blind.stderr, /neither is known here: the run's --columns left out subject, inReplyTo\n/);
  await bed.result(["--columns", "from,subject"]);
  const refused = await bed.place.run(["records", "last", "--group-by", "message-id"]);
  assert.deepEqual([refused.code, refused.stdout], [2, ""]);
  assert.match(refused.stderr, /has not kept which mail each row is a copy of.*\n.*messageId/);
});
