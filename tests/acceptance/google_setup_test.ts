import assert from "node:assert/strict";
import { Typist } from "../readme/typist.ts";
import { Searching } from "./searching.ts";

/** `tasker google setup`, by flags and as somebody at a terminal goes through it. */

const SCOPES = ["admin.directory.user.readonly", "admin.directory.domain.readonly", "gmail.readonly"]
  .map((scope) => `https://www.googleapis.com/auth/${scope}`);
const PAGE = "https://admin.google.com/ac/owl/domainwidedelegation";
const SECRET = /PRIVATE KEY|MII[A-Za-z0-9+/]{20}/;

/** A Workspace whose credentials are not in the keystore yet, but for where it is; and its key file. */
async function newcomer() {
  const bed = await Searching.open({ domains: 2, usersPerDomain: 2, messagesPerUser: 1 });
  for (const name of ["GAPI_KEY", "GAPI_ADMIN_EMAIL"]) await bed.place.run(["keystore", "delete", name]);
  const keyFile = bed.place.write("key.json", `${JSON.stringify(bed.workspace.serviceAccount(), null, 2)}\n`);
  const isThere = () => [...Deno.readDirSync(bed.place.folder)].some(({ name }) => name === "key.json");
  return { bed, keyFile, isThere, [Symbol.asyncDispose]: () => bed[Symbol.asyncDispose]() };
}

Deno.test("without a terminal setup does what its flags say and prints the rest", async () => {
  await using at = await newcomer();
  const { bed: { place, workspace }, keyFile } = at;
  const { client_id: clientId, client_email: clientEmail } = workspace.serviceAccount();
  const first = await place.run(["google", "setup"]);
  assert.equal(first.code, 0, first.stderr);
  for (const text of [...SCOPES, `${PAGE}?clientScopeToAdd=${SCOPES.join(",")}&clientIdToAdd=CLIENT_ID`]) {
    assert.ok(first.stdout.includes(text), text);
  }
  assert.match(first.stdout, /then: tasker google setup --key key\.json --admin admin@example\.com\n$/);

  const second = await place.run(["google", "setup", "--key", keyFile]);
  assert.equal(second.code, 0, second.stderr);
  assert.ok(second.stdout.includes(`${PAGE}?clientScopeToAdd=${SCOPES.join(",")}&clientIdToAdd=${clientId}\n`));
  assert.match(second.stderr, /key\.json still holds the key in plain text; --delete-key-file deletes it/);
  assert.ok(at.isThere(), "nothing is deleted unasked");

  const admins = "admin@acme.example,admin@globex.example";
  const last = await place.run([
    "google",
    "setup",
    "--key",
    keyFile,
    "--admin",
    admins,
    "--delete-key-file",
    "--check",
  ]);
  assert.equal(last.code, 0, last.stderr);
  assert.ok(!at.isThere());
  assert.match(last.stdout, /\nPASS {2}service account: [\s\S]*\nPASS {2}mailbox of a user of globex\.example: /);

  const facts = JSON.parse((await place.run(["google", "setup", "--json"])).stdout);
  assert.deepEqual({ ...facts, steps: facts.steps.length, delegationUrl: "" }, {
    ...{ namespace: "default", steps: 4, clientEmail, clientId, scopes: SCOPES, delegationUrl: "" },
    admins: { "acme.example": "admin@acme.example", "globex.example": "admin@globex.example" },
    ...{ keyStored: false, keyFileDeleted: false },
  });
  for (const { stdout, stderr } of [first, second, last]) assert.doesNotMatch(stdout + stderr, SECRET);
});

Deno.test("what is no key and no administrator is refused, stored nowhere and deleted never", async () => {
  await using at = await newcomer();
  const { place, workspace } = at.bed;
  const key = workspace.serviceAccount();
  for (
    const [text, words] of [
      ["no json, but a secret", /it is not JSON/],
      [JSON.stringify({ ...key, type: "authorized_user" }), /its "type" is not "service_account"/],
      [JSON.stringify({ ...key, type: undefined }), /it has no "type"/],
      [JSON.stringify({ ...key, private_key: "secret" }), /is not an RSA key/],
      [JSON.stringify({ ...key, client_id: undefined }), /it has no "client_id"/],
    ] as const
  ) {
    const file = place.write("wrong.json", text);
    const { code, stdout, stderr } = await place.run(["google", "setup", "--key", file, "--delete-key-file"]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, new RegExp(`wrong\\.json is no service-account key: .*${words.source}`));
    assert.doesNotMatch(stdout + stderr, SECRET);
    assert.equal(Deno.readTextFileSync(file), text);
  }
  for (const admin of ["nobody", "a@x.example,b@x.example"]) {
    assert.equal((await place.run(["google", "setup", "--admin", admin])).code, 2);
  }
  const { stdout } = await place.run(["keystore", "list", "--json"]);
  assert.deepEqual(JSON.parse(stdout).map(({ name }: { name: string }) => name), ["GAPI_ROOT_URL"]);
});

Deno.test("at a terminal setup asks step by step, asks again after a slip, deletes the file when told, and checks", async () => {
  await using at = await newcomer();
  const { place } = at.bed;
  const line = place.commandLine().map((part) => `'${part}'`).join(" ");
  place.write("go", `${line} google setup; echo ended with $?\n`);
  await using typist = new Typist({
    ...{ columns: 150, rows: 50, folder: place.folder },
    env: { ...place.environment(), PATH: Deno.env.get("PATH")!, PS1: "$ ", TERM: "xterm", NO_COLOR: "1" },
  });
  const answer = async (question: string, keys: string) => {
    await typist.sees(question, (line) => line.trim() === question);
    await typist.press(`${keys}\r`);
  };
  await answer("$", "sh go");
  await answer("Path of the key file:", "nowhere.json");
  await answer("Path of the key file:", "key.json");
  await answer("Enter when that is done:", "");
  await answer("Administrator's address:", "admin@acme.example");
  await answer("Administrator's address of another Workspace (Enter: no more):", "");
  await answer("Delete it? [y/N]", "y");
  await answer("Try it now with `tasker google check`? [Y/n]", "");
  await typist.sees("the end", (line) => line === "$");
  const text = typist.received.map(({ text }) => text).join("");
  await typist.leave();
  assert.match(text, /there is no file nowhere\.json/);
  assert.match(text, /PASS {2}administrator: may read the directory of acme\.example, globex\.example/);
  assert.match(text, /ended with 0/);
  assert.doesNotMatch(text, SECRET);
  assert.ok(!at.isThere());
  assert.equal((await place.run(["google", "check"])).code, 0);
  const { stdout: audit } = await place.run(["audit"]);
  assert.match(audit, /entry set .*default\/GAPI_KEY/);
  assert.match(audit, /entry set .*default\/GAPI_ADMIN_EMAIL/);
});
