import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { checkAudit } from "../../src/store/audit_check.ts";
import { openStore } from "../../src/store/store.ts";
import { Running } from "./running.ts";
import { Place } from "./tasker.ts";

/** The audit log: what was asked, by whom and why, and how it ended. */

const TASK = `
  exports.manifest = {
    description: "Keeps a coverage", services: ["records"],
    input: { type: "object", properties: { users: { type: "array" }, pin: { type: "string", writeOnly: true }, fail: { type: "boolean" } } },
  };
  exports.default = async ({ users = ["ann@acme.example"], fail }) => {
    await tools.records.append("coverage", users.map((email) => ({ email, domain: "acme.example", status: "complete" })));
    if (fail) throw new Error("no luck");
    return { users };
  };`;

async function published(place: Place): Promise<void> {
  const { code, stderr } = await place.run(["publish", place.write("keeps.js", TASK)]);
  assert.equal(code, 0, stderr);
}

interface Entry {
  readonly seq: number;
  readonly at: string;
  readonly event: string;
  readonly run: string;
  readonly who?: string;
  readonly owner: string;
  readonly reason?: string | null;
  readonly hash: string;
  readonly [name: string]: unknown;
}

async function entries(place: Place, ...args: string[]): Promise<Entry[]> {
  const { code, stdout, stderr } = await place.run(["audit", ...args, "--json"]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Entry[];
}

async function verified(place: Place, ...args: string[]): Promise<{ code: number; problems: string[]; head: string }> {
  const { code, stdout, stderr } = await place.run(["audit", "--verify", "--json", ...args]);
  assert.equal(stderr, "");
  const { ok, problems, head } = JSON.parse(stdout);
  assert.equal(ok, code === 0);
  return { code, problems, head };
}

function tamper(place: Place, ...statements: string[]): void {
  const db = new DatabaseSync(place.db);
  try {
    for (const sql of statements) db.exec(sql);
  } finally {
    db.close();
  }
}

const UNLOCKED = ["DROP TRIGGER audit_follows", "DROP TRIGGER audit_stays", "DROP TRIGGER audit_is_kept"];

Deno.test("every run has an entry of who asked for what, and why, and one of how it ended, also when it comes over HTTP", async () => {
  using place = new Place();
  await published(place);
  const first = await place.run(["run", "keeps", "--reason", "CASE-7: \x1b[31mred", "--input", '{"pin":"1234"}']);
  assert.equal(first.code, 0, first.stderr);
  const failed = await place.run(["run", "keeps", "--fail"]);
  assert.equal(failed.code, 1);
  {
    await using serving = Running.start(place, ["serve"]);
    await serving.says(/127\.0\.0\.1:\d+/);
    const { url, token } = JSON.parse(Deno.readTextFileSync(`${place.db}.server.json`));
    const submit = (body: object) =>
      fetch(`${url}/functions/v1/tasks/execute`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const asked = { taskName: "keeps", input: {}, reason: "from afar", by: "eve@elsewhere" };
    const { taskRunId } = await (await submit(asked)).json();
    // Asked again under its id it is the run that is there, and has no second entry.
    assert.equal((await (await submit({ ...asked, id: taskRunId })).json()).taskRunId, taskRunId);
    for (const wrong of [{ reason: 7 }, { reason: "  " }, { reason: "x".repeat(2_001) }, { by: "" }]) {
      const response = await submit({ ...asked, ...wrong });
      assert.equal(response.status, 400, JSON.stringify(wrong));
      await response.body?.cancel();
    }
    assert.equal((await place.run(["resume"])).code, 0);
  }
  const log = await entries(place);
  assert.deepEqual(log.map(({ seq, event }) => `${seq} ${event}`), [
    "1 submitted",
    "2 ended",
    "3 submitted",
    "4 ended",
    "5 submitted",
    "6 ended",
  ]);
  const [submitted, ended] = log as [Entry, Entry];
  assert.match(submitted.who!, /^.+@.+$/);
  const { at: _at, hash: _hash, run, code, ...said } = submitted;
  assert.match(String(code), /^[0-9a-f]{64}$/);
  assert.deepEqual(said, {
    seq: 1,
    event: "submitted",
    task: "keeps",
    version: 1,
    asked: { pin: "[redacted]" },
    reason: "CASE-7: \x1b[31mred",
    who: submitted.owner,
    owner: submitted.owner,
  });
  assert.equal(ended.run, run);
  assert.equal(ended.status, "completed");
  assert.deepEqual(ended.records, { coverage: 1 });
  const { sha256: _sha256, ...read } = ended.coverage as Record<string, unknown>;
  assert.deepEqual(read, { complete: 1, domains: ["acme.example"] });
  assert.deepEqual(log[3]!.error, { code: "TASK_FAILED", message: "no luck" });
  assert.deepEqual([log[2]!.reason, log[4]!.reason, log[4]!.who], [null, "from afar", "eve@elsewhere"]);
  assert.equal(log[4]!.owner, submitted.owner);

  const table = await place.run(["audit", "last"]);
  assert.match(
    table.stdout,
    /^# +time +event +run +who +what +reason\n5 .* eve@elsewhere +keeps +from afar\n6 .* completed; mailboxes: 1 complete *\n$/,
  );
  const listed = (await place.run(["audit"])).stdout;
  assert.ok(!listed.includes("\x1b") && !listed.includes("1234"), listed);
  assert.equal((await entries(place, run)).length, 2);
  const { code: good, stdout } = await place.run(["audit", "--verify"]);
  assert.equal(good, 0);
  assert.match(
    stdout,
    /^6 entries, each follows the one before it; 3 runs of this database are as entered\nhead [0-9a-f]{64}\n$/,
  );

  const cleared = await place.run(["debug", "clear", "--yes"]);
  assert.equal(cleared.code, 0, cleared.stderr);
  const last = (await entries(place)).at(-1)!;
  assert.deepEqual([last.event, last.seq, (last.rows as { task_runs: number }).task_runs], ["cleared", 7, 3]);
  assert.equal((await verified(place)).code, 0);
});

Deno.test("the audit log refuses changes, and what is changed all the same is found", async () => {
  using place = new Place();
  await published(place);
  assert.equal((await place.run(["run", "keeps", "--reason", "why"])).code, 0);
  const { head } = await verified(place);
  assert.equal((await place.run(["run", "keeps"])).code, 0);
  assert.deepEqual((await verified(place, "--head", head)).problems, []);
  for (
    const sql of [
      "UPDATE audit SET entry = '{}'",
      "DELETE FROM audit WHERE seq = 4",
      "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 4",
      "REPLACE INTO audit SELECT seq - 1, entry, hash FROM audit WHERE seq = 2",
      "INSERT INTO audit SELECT 6, entry, hash FROM audit WHERE seq = 4",
    ]
  ) assert.throws(() => tamper(place, sql), /audit log/, sql);

  const whole = Deno.readFileSync(place.db);
  const found = (expected: RegExp, sql: readonly string[], noted?: string) => {
    Deno.writeFileSync(place.db, whole);
    tamper(place, ...UNLOCKED, ...sql);
    const store = openStore(place.db);
    try {
      const { problems } = checkAudit(store, noted);
      assert.match(problems.join("\n"), expected, sql.join("; "));
      return problems;
    } finally {
      store.close();
    }
  };
  const oneWord = found(/^entry 1 was changed/, [
    "UPDATE audit SET entry = replace(entry, 'why', 'who') WHERE seq = 1",
  ]);
  assert.equal(oneWord.length, 1);
  found(/^entry 2 was changed/, ["UPDATE audit SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE seq = 2"]);
  found(/entry 2 is missing/, ["DELETE FROM audit WHERE seq = 2"]);
  found(/run \S+ is completed, and has no entry of its end/, ["DELETE FROM audit WHERE seq = 4"]);
  found(/run \S+ has no entry of its submission/, ["DELETE FROM audit WHERE seq > 2"]);
  found(/run \S+ has no entry of its submission/, [
    "DELETE FROM audit WHERE seq > 2",
    "UPDATE task_runs SET audit = NULL WHERE run = 2",
  ]);
  found(/entry 0 is none/, [
    "INSERT INTO audit SELECT 0, entry, hash FROM audit WHERE seq = 1",
  ]);
  found(/its result or its coverage were changed/, [
    "UPDATE task_runs SET result = '{\"users\":[]}' WHERE run = 1",
  ]);
  found(/its result or its coverage were changed/, [
    "UPDATE records SET data = replace(data, 'complete', 'failed') WHERE run = 2",
  ]);
  found(
    /no entry has the hash/,
    ["DELETE FROM audit", "DELETE FROM records", "DELETE FROM stack_runs", "DELETE FROM task_runs"],
    head,
  );
  const { code, problems } = await verified(place, "--head", head);
  assert.deepEqual([code, problems], [1, [
    `no entry has the hash ${head}: the log was changed or cut off since that was noted`,
  ]]);
});

Deno.test("a reason can be made compulsory, for whoever submits a run", async () => {
  using place = new Place();
  await published(place);
  const set = await place.run(["keystore", "set", "REASON_REQUIRED"], { stdin: "yes\n" });
  assert.equal(set.code, 0, set.stderr);
  const without = await place.run(["run", "keeps"]);
  assert.equal(without.code, 2);
  assert.match(without.stderr, /error: a reason must be given.*\n {2}hint: say why with --reason TEXT/);
  assert.match((await place.run(["runs"])).stderr, /there is no run yet/);
  assert.equal((await place.run(["run", "keeps", "--reason", "CASE-8"])).code, 0);
  await place.run(["keystore", "set", "REASON_REQUIRED"], { stdin: "no\n" });
  assert.equal((await place.run(["run", "keeps"])).code, 0);
  await place.run(["keystore", "delete", "REASON_REQUIRED"]);
  const log = await entries(place);
  assert.deepEqual(log.map(({ event, entry, reason }) => [event, entry ?? reason ?? null]), [
    ["entry set", "default/REASON_REQUIRED"],
    ["submitted", "CASE-8"],
    ["ended", null],
    ["entry set", "default/REASON_REQUIRED"],
    ["submitted", null],
    ["ended", null],
    ["entry deleted", "default/REASON_REQUIRED"],
  ]);
  assert.doesNotMatch(JSON.stringify(log), /yes/);
  assert.equal((await verified(place)).code, 0);
});
