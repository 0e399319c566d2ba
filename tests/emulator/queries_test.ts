import assert from "node:assert/strict";
import { encodeBase64Url } from "../../src/mail/base64.ts";
import { composeMessage, type ComposeParams } from "../../src/mail/compose.ts";
import { gmailFor, withWorkspace } from "../../src/workspace/foreign_clients_for_tests.ts";

/** Where npm's @emulators/google reads a query rightly, the local Workspace gives the same answer on the same mail. */

const OWNER = "admin@corp.example";
const LABELS = [{ id: "Label_1", name: "Projects" }, { id: "Label_2", name: "Done" }];
/** The emulator's label ids by their names in `X-Gmail-Labels`. */
const LABEL_IDS: Readonly<Record<string, string>> = {
  Inbox: "INBOX",
  Unread: "UNREAD",
  Starred: "STARRED",
  Important: "IMPORTANT",
  Spam: "SPAM",
  Trash: "TRASH",
  Projects: "Label_1",
  Done: "Label_2",
};

const attached = { filename: "plan.pdf", mimeType: "application/pdf", content: new Uint8Array([1, 2, 3]) };
const MAIL: readonly (Partial<ComposeParams> & { labels: string })[] = [
  { labels: "Inbox,Unread", from: { name: "Ann Adams", address: "ann@corp.example" }, subject: "Budget for May" },
  { labels: "Inbox", from: "ann@corp.example", subject: "Lunch", body: "see you at ten" },
  { labels: "Inbox,Starred", from: "bob@partner.example", subject: "Contract", attachments: [attached] },
  { labels: "Inbox,Unread,Projects", from: "bob@partner.example", subject: "Budget draft", body: "at ten you see" },
  { labels: "Projects,Done", from: "carol@partner.example", to: ["ann@corp.example", OWNER], subject: "Minutes" },
  { labels: "Inbox,Important", from: "dave@else.example", to: ["team@corp.example"], subject: "Contract signed" },
  { labels: "Inbox,Unread,Done", from: "dave@else.example", subject: "Plans", attachments: [attached] },
  { labels: "Spam", from: "bob@partner.example", subject: "Budget prize" },
  { labels: "Trash", from: "ann@corp.example", subject: "Budget, old" },
];

/** One message a day from 28 April 2026, 20:00 UTC, on; `before` and `after` are told apart by days and seconds. */
const FIRST = Date.UTC(2026, 3, 28, 20);
const DAY = 86_400_000;

/** Its `rfc822msgid:` finds nothing at all: it keeps the colon. */
const CONDITIONS = [
  ...["from:ann@corp.example", "from:bob", "from:partner.example", "to:ann@corp.example", "to:team", "-label:projects"],
  ...[
    "subject:budget",
    "subject:contract",
    "SUBJECT:Minutes",
    "label:projects",
    "label:done",
    "label:inbox",
    "label:unread",
  ],
  ...["is:unread", "is:read", "is:starred", "is:important", "has:attachment", "lunch", "contract", "ten"],
  ...['"see you"', '"you see"', '"see you at ten"'],
  ...["after:2026/05/01", "before:2026/05/01", `after:${FIRST / 1000 + 3_600}`, `before:${(FIRST + 2.5 * DAY) / 1000}`],
];

/** Every condition, every two of them together, and no condition. */
const QUERIES = [
  "",
  ...CONDITIONS,
  ...CONDITIONS.flatMap((one, index) => CONDITIONS.slice(index + 1).map((other) => `${one} ${other}`)),
];

function rawMail(): { raw: Uint8Array; labelIds: string[] }[] {
  return MAIL.map(({ labels, ...parts }, index) => ({
    labelIds: labels.split(",").map((name) => LABEL_IDS[name]!),
    raw: composeMessage({
      from: "nobody@corp.example",
      to: [OWNER],
      subject: "nothing",
      messageId: `${index}@mail.example`,
      body: "empty",
      date: FIRST + index * DAY,
      ...parts,
      headers: [{ name: "X-Gmail-Labels", value: labels }],
    }),
  }));
}

/** What the emulator answers, in the zone in which Gmail reads days. */
async function theirAnswers(mail: ReturnType<typeof rawMail>): Promise<string[][]> {
  const folder = new URL("google/", import.meta.url).pathname;
  const emulator = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--frozen", "--config", `${folder}deno.json`, `${folder}answers.ts`],
    env: { TZ: "America/Los_Angeles" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const messages = mail.map(({ raw, labelIds }) => ({ raw: encodeBase64Url(raw), labelIds }));
  const writer = emulator.stdin.getWriter();
  await writer.write(
    new TextEncoder().encode(JSON.stringify({ owner: OWNER, labels: LABELS, messages, queries: QUERIES })),
  );
  await writer.close();
  const { code, stdout, stderr } = await emulator.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout)) as string[][];
}

/** What the local Workspace answers to Google's own client. */
async function ourAnswers(mail: ReturnType<typeof rawMail>): Promise<string[][]> {
  const folder = await Deno.makeTempDir({ prefix: "tasker-emulator-" });
  try {
    for (const [index, { raw }] of mail.entries()) await Deno.writeFile(`${folder}/${index}.eml`, raw);
    const answers: string[][] = [];
    const shape = { domains: ["corp.example"], usersPerDomain: 1, messagesPerUser: 0, mail: [folder] };
    await withWorkspace({ ...shape, quota: { profile: "none" } }, async (workspace) => {
      const { messages } = gmailFor(workspace, OWNER).users;
      const names = new Map<string, string>();
      const list = async (q: string, includeSpamTrash = false) => {
        const { data } = await messages.list({ userId: OWNER, q, includeSpamTrash, maxResults: 500 });
        return (data.messages ?? []).map(({ id }) => id!);
      };
      for (const id of await list("", true)) {
        const { data } = await messages.get({ userId: OWNER, id, format: "metadata", metadataHeaders: ["Message-ID"] });
        names.set(id, data.payload!.headers![0]!.value!);
      }
      assert.equal(names.size, MAIL.length);
      for (const q of QUERIES) answers.push((await list(q)).map((id) => names.get(id)!).sort());
    });
    return answers;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the local Workspace answers as npm's emulator does, on the same mail", async () => {
  const mail = rawMail();
  const [ours, theirs] = await Promise.all([ourAnswers(mail), theirAnswers(mail)]);
  const differing = QUERIES.map((q, index) => ({ q, ours: ours[index], theirs: theirs[index] }))
    .filter(({ ours, theirs }) => JSON.stringify(ours) !== JSON.stringify(theirs));
  assert.deepEqual(differing, []);
  // A condition that finds nothing, or everything, would agree with anything.
  const telling = QUERIES.slice(1, 1 + CONDITIONS.length).filter((_, index) => {
    const found = ours[index + 1]!.length;
    return found > 0 && found < ours[0]!.length;
  });
  assert.deepEqual(telling, CONDITIONS);
});
