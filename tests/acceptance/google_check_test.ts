import assert from "node:assert/strict";
import { READONLY_SCOPE, SEARCH_SCOPES } from "../../src/workspace/methods.ts";
import { generatePrivateKey } from "../../src/workspace/service_account.ts";
import { Searching } from "./searching.ts";

interface Check {
  readonly name: string;
  readonly passed: boolean;
  readonly detail: string;
  readonly hint?: string;
}

/** What the check finds, by what it looked at. */
async function check(bed: Searching, code: number, flags: string[] = []): Promise<Record<string, Check>> {
  const done = await bed.place.run(["google", "check", "--json", ...flags]);
  assert.equal(done.code, code, done.stderr + done.stdout);
  assert.doesNotMatch(done.stdout + done.stderr, /PRIVATE KEY|ya29|eyJ/);
  const { ok, checks } = JSON.parse(done.stdout) as { ok: boolean; checks: Check[] };
  assert.equal(ok, code === 0);
  return Object.fromEntries(checks.map((one) => [one.name, one]));
}

const failing = (checks: Record<string, Check>) =>
  Object.values(checks).filter(({ passed }) => !passed).map(({ name }) => name);

Deno.test("a Workspace that can be searched passes, thing by thing", async () => {
  await using bed = await Searching.open({ usersPerDomain: 3, messagesPerUser: 2 });
  const [user] = bed.readable("globex.example");
  const { code, stdout, stderr } = await bed.place.run(["google", "check", "--user", user!]);
  assert.equal(code, 0, stderr);
  const lines = stdout.trim().split("\n");
  assert.ok(lines.every((line) => line.startsWith("PASS  ")), stdout);
  assert.deepEqual(lines.map((line) => line.slice(6, line.indexOf(": "))), [
    "clock",
    "service account",
    "key",
    "scope admin.directory.user.readonly",
    "scope admin.directory.domain.readonly",
    "scope gmail.readonly",
    "administrator",
    "mailbox of a user of acme.example",
    "mailbox of a user of globex.example",
    `mailbox of ${user}`,
    "quota profile",
  ]);
});

Deno.test("what is missing fails by its name, with what to do, and the rest is tried all the same", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 3, messagesPerUser: 0 });
  bed.workspace.grantScopes(SEARCH_SCOPES.filter((scope) => scope !== READONLY_SCOPE));
  const unscoped = await check(bed, 1);
  assert.deepEqual(failing(unscoped), ["scope gmail.readonly", "mailbox of a user of acme.example"]);
  assert.match(unscoped["scope gmail.readonly"]!.hint!, /domainwidedelegation/);
  bed.workspace.grantScopes(SEARCH_SCOPES);

  const someone = bed.readable("acme.example").find((email) => email !== bed.workspace.adminEmails["acme.example"])!;
  await bed.place.run(["keystore", "set", "GAPI_ADMIN_EMAIL"], { stdin: someone });
  assert.deepEqual(failing(await check(bed, 1)), ["administrator"]);

  await bed.place.run(["keystore", "set", "GAPI_ROOT_URL", "--namespace", "new"], { stdin: bed.workspace.rootUrl });
  const empty = await check(bed, 1, ["--namespace", "new"]);
  assert.deepEqual(failing(empty), ["service account"]);
  assert.match(empty["service account"]!.hint!, /tasker keystore set GAPI_KEY --namespace new/);
});

Deno.test("a key says how old it is, an old one with advice, and one that was deleted fails", async () => {
  const privateKey = await generatePrivateKey();
  const keyMade = Date.now() - 100 * 86_400_000;
  await using bed = await Searching.open({
    ...{ domains: 1, usersPerDomain: 1, messagesPerUser: 0 },
    serviceAccount: { privateKey, keyMade },
  });
  const { key } = await check(bed, 0);
  assert.equal(key!.detail, `made ${new Date(keyMade).toISOString().slice(0, 10)}, 100 days ago`);
  assert.match(key!.hint!, /older than 90 days/);

  const account = bed.workspace.serviceAccount();
  for (
    const [keyId, code, words] of [["another", 1, /does not list it/], [
      undefined,
      0,
      /its age cannot be known/,
    ]] as const
  ) {
    const text = JSON.stringify({ ...account, private_key_id: keyId });
    await bed.place.run(["keystore", "set", "GAPI_KEY"], { stdin: text });
    assert.match((await check(bed, code)).key!.detail, words);
  }
});

Deno.test("a server that does not answer is told from a wrong setup", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 1, messagesPerUser: 0 });
  await bed.workspace.stop();
  const checks = await check(bed, 1);
  assert.match(checks.clock!.detail, /127\.0\.0\.1:\d+ does not answer/);
  assert.match(checks.clock!.hint!, /network/);
});
