import assert from "node:assert/strict";
import { keep, message } from "./keeping.ts";
import { Place } from "./tasker.ts";

/** What can be asked of the rows that a run has kept. */

Deno.test("sql asks a run's rows, in every format, and lists the tables without a question", async () => {
  using place = new Place();
  await keep(place, {
    message: [
      message("ann@acme.example", "1", { Subject: "\x1b[31m=cmd()" }, { sizeEstimate: 3 }),
      message("ann@acme.example", "2", { Subject: "two, lines\nhere" }),
      message("bob@acme.example", "3", { Subject: "three" }),
    ],
    coverage: [{ email: "ann@acme.example", status: "complete" }, { email: "eve@acme.example", status: "failed" }],
  });
  const sql = async (...args: string[]) => {
    const { code, stdout, stderr } = await place.run(["sql", "last", ...args]);
    assert.deepEqual([code, stderr], [0, ""], args.join(" "));
    return stdout;
  };
  assert.equal(
    await sql(),
    "table     rows  columns\ncoverage  2     email status seq\n" +
      "message   3     mailbox id threadId date labelIds headers sizeEstimate seq\n",
  );
  assert.deepEqual(JSON.parse(await sql("--json"))[0], {
    table: "coverage",
    rows: 2,
    columns: ["email", "status", "seq"],
  });
  assert.equal(
    await sql("SELECT mailbox, count(*) AS hits FROM message GROUP BY mailbox ORDER BY hits DESC"),
    "mailbox           hits\nann@acme.example  2\nbob@acme.example  1\n",
  );
  const subjects = "SELECT headers->>'Subject' AS subject, sizeEstimate FROM message ORDER BY id";
  assert.equal(
    await sql(place.write("q.sql", subjects).replace(/^/, "@"), "--format", "csv"),
    'subject,sizeEstimate\r\n\'=cmd(),3\r\n"two, lines\nhere",\r\nthree,\r\n',
  );
  assert.deepEqual(JSON.parse(await sql(subjects, "--format", "json"))[1], {
    subject: "two, lines\nhere",
    sizeEstimate: null,
  });
  assert.equal(await sql("SELECT id FROM message WHERE id > '9'", "--format", "csv"), "id\r\n");
  assert.equal(await sql("SELECT id FROM message WHERE id > '9'", "--format", "ndjson"), "");
  const joined = "SELECT email FROM coverage LEFT JOIN message ON mailbox = email WHERE id IS NULL";
  assert.equal(await sql(joined, "--format", "ndjson"), '{"email":"eve@acme.example"}\n');

  for (const wrong of ["SELECT * FROM keystore", "DROP TABLE message", "SELECT 1; SELECT 2", "PRAGMA table_list"]) {
    const { code, stdout, stderr } = await place.run(["sql", "last", wrong]);
    assert.deepEqual([code, stdout], [2, ""], wrong);
    assert.match(stderr, /^error: .*\(USAGE\)\n {2}hint: .*SELECT/s, wrong);
  }
  assert.match((await place.run(["sql", "--help"])).stdout, /tasker sql last "SELECT mailbox, count/);
  assert.match((await place.run(["sql", "last", "SELECT x FROM message"])).stderr, /no such column: x/);
});

Deno.test("--grep prints the rows with certain words", async () => {
  using place = new Place();
  await keep(place, {
    message: [
      message("ann@acme.example", "1", { Subject: "Project Granite", From: "zoe@globex.example" }),
      message("bob@acme.example", "2", { Subject: "lunch", From: "zoe@globex.example" }),
    ],
    coverage: [{ email: "ann@acme.example", message: "granite, too" }],
  });
  const all = await place.run(["records", "last", "--grep", "GRANITE"]);
  assert.match(all.stdout, /^coverage:\nemail .*\n.*granite, too\n\nmessage:\ndate .*\n.*Project Granite\n$/);
  const csv = await place.run(["records", "last", "--kind", "message", "--grep", "zoe -granite", "--format", "csv"]);
  assert.match(csv.stdout, /^mailbox,id,.*\r\nbob@acme.example,2,.*\r\n$/);
  const none = await place.run(["records", "last", "--grep", "nowhere"]);
  assert.deepEqual([none.code, none.stdout], [0, ""]);
  assert.match(none.stderr, /^run [0-9a-f]{8} has kept no rows with nowhere\n$/);
  const nothing = await place.run(["records", "last", "--grep", "OR -x"]);
  assert.deepEqual([nothing.code, nothing.stdout], [2, ""]);
  assert.match(nothing.stderr, /names no word that is to be found/);
});

Deno.test("--group-by message-id says of each mail who holds it, where, read or not, and what was sent in answer", async () => {
  using place = new Place();
  const headers = { "Message-ID": "<offer@globex.example>", From: "zoe@globex.example", Subject: "=HYPERLINK()" };
  const labelled = (...labelIds: string[]) => ({ labelIds });
  const sent = (mailbox: string, id: string, threadId: string, subject: string, more: Record<string, string> = {}) =>
    message(mailbox, id, { "Message-ID": `<${id}@acme.example>`, From: mailbox, Subject: subject, ...more }, {
      threadId,
      labelIds: ["SENT"],
      date: "2026-11-03T10:00:00.000Z",
    });
  await keep(place, {
    message: [
      message("dan@acme.example", "d1", headers, labelled("TRASH")),
      message("ann@acme.example", "a1", headers, labelled("INBOX", "UNREAD")),
      message("bob@acme.example", "b1", headers, labelled("Label_1")),
      message("bob@acme.example", "b2", headers, labelled("INBOX")),
      message("carl@acme.example", "c1", headers, { labelIds: undefined }),
      message("eve@acme.example", "e1", { Subject: "no id" }, labelled("SPAM", "UNREAD")),
      message("ann@acme.example", "e1", { Subject: "no id" }, labelled("INBOX")),
      sent("dan@acme.example", "d2", "d1", "Re: =HYPERLINK()"),
      sent("bob@acme.example", "b3", "b1", "Fwd: =HYPERLINK()", { "In-Reply-To": "<offer@globex.example>" }),
      // Of another mail of the thread, and of another thread.
      sent("ann@acme.example", "a2", "a1", "Re: =HYPERLINK()", { "In-Reply-To": "<other@globex.example>" }),
      sent("ann@acme.example", "a3", "a9", "Re: =HYPERLINK()"),
    ],
    coverage: [{ email: "fay@acme.example", status: "failed" }, { email: "ann@acme.example", status: "complete" }],
  });
  const grouped = ["records", "last", "--group-by", "message-id"];
  const json = await place.run([...grouped, "--json"]);
  assert.equal(json.code, 0, json.stderr);
  const mails = JSON.parse(json.stdout);
  assert.equal(mails.length, 7);
  const who = (...names: string[]) => names.map((name) => `${name}@acme.example`);
  assert.deepEqual(mails[0], {
    messageId: "<offer@globex.example>",
    date: "2026-11-02T10:00:00.000Z",
    from: "zoe@globex.example",
    subject: "=HYPERLINK()",
    mailboxes: 4,
    holders: who("ann", "bob", "carl", "dan"),
    unread: who("ann"),
    read: who("bob", "dan"),
    inbox: who("ann", "bob"),
    archive: who("bob"),
    sent: [],
    drafts: [],
    spam: [],
    trash: who("dan"),
    answered: who("dan"),
    forwarded: who("bob"),
  });
  const without = mails.filter(({ messageId }: { messageId: string | null }) => messageId === null);
  assert.deepEqual(without.map(({ holders }: { holders: string[] }) => holders), [who("ann"), who("eve")]);
  assert.match(
    json.stderr,
    /an answer that the search did not find cannot be known\nof 1 copy the labels were not kept/,
  );

  const csv = await place.run([...grouped, "--grep", "globex", "--format", "csv"]);
  const [head, ...lines] = csv.stdout.trimEnd().split("\r\n");
  assert.equal(
    head,
    "messageId,date,from,subject,mailboxes,holders,unread,read,inbox,archive,sent,drafts,spam,trash,answered,forwarded",
  );
  assert.match(lines[0]!, /^<offer@globex\.example>,.*,'=HYPERLINK\(\),4,ann@acme\.example bob@acme\.example carl/);
  const table = await place.run(grouped);
  const [titles, ...mailLines] = table.stdout.trimEnd().split("\n");
  assert.match(titles!, /^mailboxes +unread +folders +sent on +date +from +subject +messageId +holders$/);
  assert.match(
    mailLines[0]!,
    /^4 +1 +2 inbox, 1 archive, 1 trash +1 answered, 1 forwarded +2026-11-02T10:00Z .*<offer@globex\.example> +ann@acme/,
  );
  const html = await place.run([...grouped, "--format", "html"]);
  assert.match(html.stdout, /One line for each mail<[\s\S]*cannot be known<[\s\S]*"columns":\["messageId","date",/);
});
