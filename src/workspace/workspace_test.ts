import assert from "node:assert/strict";
import { VirtualClock } from "../core/clock.ts";
import { failureOf, jwtFor, readableUsers, untilSomeoneWaits, withWorkspace } from "./foreign_clients_for_tests.ts";
import { generatePrivateKey } from "./service_account.ts";
import { startWorkspace } from "./workspace.ts";

Deno.test("a Workspace gives what a client needs: root URL, key file, administrators, users", async () => {
  await withWorkspace({ domains: ["one.example", "two.example"], usersPerDomain: 4 }, async (workspace) => {
    const key = workspace.serviceAccount();
    assert.match(workspace.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.equal(workspace.rootUrl, workspace.url);
    assert.equal(key.token_uri, `${workspace.url}/token`);
    assert.equal(key.type, "service_account");
    assert.match(key.private_key, /^-----BEGIN PRIVATE KEY-----\n/);
    assert.deepEqual(workspace.adminEmails, { "one.example": "admin@one.example", "two.example": "admin@two.example" });
    assert.equal(workspace.users().length, 8);
    assert.equal((await fetch(`${workspace.url}/nothing/here`).then((response) => response.json())).error.code, 404);
  });
});

Deno.test("two Workspaces of one seed hold the same users and messages", async () => {
  const now = Date.UTC(2026, 5, 1);
  const digest = async (seed: number) => {
    let found = "";
    await withWorkspace({ seed, now }, (workspace) => {
      found = JSON.stringify(workspace.users().map((user) => [user, workspace.messageIds(user.email)]));
      return Promise.resolve();
    });
    return found;
  };
  assert.equal(await digest(5), await digest(5));
  assert.notEqual(await digest(5), await digest(6));
});

Deno.test("a Workspace without a key makes one of its own", async () => {
  const workspace = await startWorkspace({ usersPerDomain: 2 });
  try {
    const other = await generatePrivateKey();
    assert.notEqual(workspace.serviceAccount().private_key, other);
    const { access_token } = await jwtFor(workspace, workspace.users()[0]!.email).authorize();
    assert.ok(access_token);
  } finally {
    await workspace.stop();
  }
});

Deno.test("counters tell per user and kind what was served and refused, and can be reset", async () => {
  await withWorkspace({}, async (workspace) => {
    const [user] = readableUsers(workspace);
    const auth = jwtFor(workspace, user!);
    const url = `${workspace.url}/gmail/v1/users/me`;
    const [id] = workspace.messageIds(user!);
    for (let round = 0; round < 3; round++) await auth.request({ url: `${url}/messages/${id}` });
    await failureOf(auth.request({ url: `${url}/messages/18c5a0b0c0d0e0f0` }));
    const counters = workspace.counters();
    assert.equal(counters.requests, 5);
    assert.equal(counters.tokensIssued, 1);
    assert.deepEqual(counters.users[user!], {
      served: { token: 1, "gmail.users.messages.get": 3 },
      refused: { "gmail.users.messages.get": 1 },
      dropped: {},
    });
    assert.deepEqual(counters.messageGets, { [`${user}/${id}`]: 3 });
    assert.deepEqual(counters.statuses, { 200: 4, 404: 1 });
    workspace.resetCounters();
    assert.equal(workspace.counters().requests, 0);
    assert.equal(counters.requests, 5, "what was given before stays as it was");
  });
});

Deno.test("stopping cuts requests that are still held back, and may be done twice", async () => {
  const clock = new VirtualClock(Date.now());
  const workspace = await startWorkspace({ clock, latency: 1_000, usersPerDomain: 2 });
  const held = failureOf(jwtFor(workspace, workspace.users()[0]!.email).authorize());
  await untilSomeoneWaits(clock);
  await Promise.all([workspace.stop(), workspace.stop()]);
  await held;
  await failureOf(fetch(workspace.url));
});

Deno.test("a port that is taken is named", async () => {
  await withWorkspace({}, async (workspace) => {
    const port = Number(new URL(workspace.url).port);
    assert.match((await failureOf(startWorkspace({ port }))).message, new RegExp(`127\\.0\\.0\\.1:${port}`));
  });
});

Deno.test("a large Workspace starts without writing its mail: two domains of 500 users with 300 messages", async () => {
  await withWorkspace({ usersPerDomain: 500, messagesPerUser: 300 }, (workspace) => {
    assert.equal(workspace.users().length, 1_000);
    assert.equal(workspace.messageIds(workspace.users()[700]!.email).length, 300);
    return Promise.resolve();
  });
});
