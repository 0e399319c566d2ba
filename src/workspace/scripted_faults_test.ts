import assert from "node:assert/strict";
import { systemClock, VirtualClock } from "../core/clock.ts";
import type { Fault } from "./faults.ts";
import {
  directoryFor,
  failureOf,
  gmailFor,
  jwtFor,
  readableUsers,
  untilSomeoneWaits,
  withWorkspace,
} from "./foreign_clients_for_tests.ts";

const NOW = Date.UTC(2026, 8, 11, 19, 59);

Deno.test("a rate limit is 429 or 403, and its wait stands in the message text", async () => {
  const clock = new VirtualClock(NOW);
  await withWorkspace({ clock, assertionClock: systemClock, quota: { profile: "none" } }, async (workspace) => {
    const gmail = gmailFor(workspace, readableUsers(workspace)[0]!);
    const list = () => gmail.users.messages.list({ userId: "me" });
    workspace.setFaults([
      { kind: "gmail.users.messages.list", nth: 1, fault: { type: "rateLimit", status: 429, waitMs: 60_000 } },
      { kind: "gmail.users.messages.list", nth: 2, fault: { type: "rateLimit", status: 403, waitMs: 60_000 } },
      {
        kind: "gmail.users.messages.list",
        nth: 3,
        fault: { type: "rateLimit", status: 403, waitMs: 1_500, reason: "rateLimitExceeded", header: true },
      },
      { kind: "gmail.users.messages.list", nth: 4, fault: { type: "dailyLimit" } },
    ]);
    const first = await failureOf(list());
    assert.equal(first.status, 429);
    assert.equal(first.reason, "rateLimitExceeded");
    assert.match(first.message, /Retry after 2026-09-11T20:00:00\.000Z$/);
    const second = await failureOf(list());
    assert.equal(second.status, 403);
    assert.equal(second.reason, "userRateLimitExceeded");
    assert.match(second.message, /Retry after 2026-09-11T20:00:00\.000Z$/);
    const third = await failureOf(list());
    assert.deepEqual([third.status, third.reason, third.headers?.get("retry-after")], [403, "rateLimitExceeded", "2"]);
    const fourth = await failureOf(list());
    assert.deepEqual([fourth.status, fourth.reason], [403, "dailyLimitExceeded"]);
    assert.equal((await list()).status, 200);
    assert.deepEqual(workspace.counters().total.refused, { "gmail.users.messages.list": 4 });
  });
});

Deno.test("server errors come with the statuses asked for, at the API and the token endpoint", async () => {
  await withWorkspace({}, async (workspace) => {
    const [user, other] = readableUsers(workspace);
    const gmail = gmailFor(workspace, user!);
    for (const status of [500, 502, 503, 504] as const) {
      workspace.setFaults([{
        user: user!,
        kind: "gmail.users.getProfile",
        fault: { type: "serverError", status },
        times: 1,
      }]);
      assert.equal((await failureOf(gmail.users.getProfile({ userId: "me" }))).status, status);
      assert.equal((await gmail.users.getProfile({ userId: "me" })).status, 200);
    }
    workspace.setFaults([{ kind: "token", user: other!, fault: { type: "serverError", status: 503 } }]);
    assert.equal((await failureOf(jwtFor(workspace, other!).authorize())).status, 503);
    assert.ok((await jwtFor(workspace, user!).authorize()).access_token);
  });
});

Deno.test("a dropped connection gives the client no answer, and the server goes on", async () => {
  await withWorkspace(
    { faults: [{ kind: "gmail.users.getProfile", nth: 2, fault: { type: "dropConnection" } }] },
    async (workspace) => {
      const [user] = readableUsers(workspace);
      const gmail = gmailFor(workspace, user!);
      const profile = () => gmail.users.getProfile({ userId: "me" });
      await profile();
      const failure = await failureOf(profile());
      assert.equal(failure.body, undefined);
      assert.equal((await profile()).data.emailAddress, user);
      assert.deepEqual(workspace.counters().total.dropped, { "gmail.users.getProfile": 1 });
      assert.equal(workspace.counters().total.served["gmail.users.getProfile"], 2);
    },
  );
});

Deno.test("an expired token is refused once and for all, a new one works", async () => {
  await withWorkspace(
    { faults: [{ kind: "gmail.users.getProfile", nth: 2, fault: { type: "expireToken" } }] },
    async (workspace) => {
      const [user] = readableUsers(workspace);
      const gmail = gmailFor(workspace, user!);
      await gmail.users.getProfile({ userId: "me" });
      for (let again = 0; again < 2; again++) {
        const failure = await failureOf(gmail.users.getProfile({ userId: "me" }));
        assert.equal(failure.status, 401);
        assert.match(failure.message, /invalid authentication credentials/);
      }
      assert.equal(workspace.counters().users[user!]!.refused["gmail.users.getProfile"], 2);
      assert.equal((await gmailFor(workspace, user!).users.getProfile({ userId: "me" })).status, 200);
    },
  );
});

Deno.test("a message deleted between list and get is listed and then not found", async () => {
  await withWorkspace(
    { faults: [{ kind: "gmail.users.messages.get", nth: 1, fault: { type: "deleteMessage" } }] },
    async (workspace) => {
      const gmail = gmailFor(workspace, readableUsers(workspace)[0]!);
      const listed = (await gmail.users.messages.list({ userId: "me" })).data.messages!.map(({ id }) => id!);
      const gone = await failureOf(gmail.users.messages.get({ userId: "me", id: listed[0]! }));
      assert.deepEqual([gone.status, gone.reason], [404, "notFound"]);
      assert.equal((await gmail.users.messages.get({ userId: "me", id: listed[1]! })).status, 200);
      const now = (await gmail.users.messages.list({ userId: "me" })).data.messages!.map(({ id }) => id!);
      assert.deepEqual(now, listed.slice(1));
    },
  );
});

Deno.test("accounts change in mid-work: suspended, archived, without a mailbox", async () => {
  await withWorkspace({}, async (workspace) => {
    const users = readableUsers(workspace);
    const cases: [Fault["type"], number][] = [["suspendUser", 401], ["archiveUser", 401], ["removeMailbox", 400]];
    for (const [at, [type, status]] of cases.entries()) {
      const user = users[at]!;
      workspace.setFaults([{ user, kind: "gmail.users.messages.list", nth: 2, fault: { type } as Fault }]);
      const gmail = gmailFor(workspace, user);
      await gmail.users.messages.list({ userId: "me" });
      assert.equal((await failureOf(gmail.users.messages.list({ userId: "me" }))).status, status, type);
      assert.equal((await failureOf(gmail.users.messages.list({ userId: "me" }))).status, status, type);
    }
    const admin = directoryFor(workspace, workspace.adminEmails["acme.example"]!);
    const { data } = await admin.users.list({ customer: "my_customer", maxResults: 500 });
    const found = (user: string) => data.users!.find(({ primaryEmail }) => primaryEmail === user)!;
    assert.deepEqual([found(users[0]!).suspended, found(users[1]!).archived, found(users[2]!).isMailboxSetup], [
      true,
      true,
      false,
    ]);
  });
});

Deno.test("latency holds every answer back by the time drawn from the seed", async () => {
  const drawn = async () => {
    const clock = new VirtualClock(Date.now());
    const waits: number[] = [];
    await withWorkspace({ clock, latency: { from: 100, to: 200 } }, async (workspace) => {
      const user = readableUsers(workspace)[0]!;
      for (let request = 0; request < 3; request++) {
        const answer = jwtFor(workspace, user).authorize();
        await untilSomeoneWaits(clock);
        waits.push(clock.nextWake()! - clock.now());
        clock.advance(200);
        await answer;
      }
    });
    return waits.map(Math.round);
  };
  const first = await drawn();
  assert.ok(first.every((wait) => wait >= 100 && wait <= 200) && new Set(first).size === 3, String(first));
  assert.deepEqual(await drawn(), first);
});
