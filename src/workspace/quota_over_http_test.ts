import assert from "node:assert/strict";
import { systemClock, VirtualClock } from "../core/clock.ts";
import {
  failureOf,
  gmailFor,
  jwtFor,
  readableUsers,
  untilSomeoneWaits,
  withWorkspace,
} from "./foreign_clients_for_tests.ts";
import type { GoogleFailure } from "./foreign_clients_for_tests.ts";

Deno.test("over the units of a minute requests are refused with the time at which they pass", async () => {
  const clock = new VirtualClock(Date.UTC(2026, 8, 11));
  const options = { clock, assertionClock: systemClock, messagesPerUser: 20, quota: { unitsPerUser: 105 } };
  await withWorkspace(options, async (workspace) => {
    const [user, other] = readableUsers(workspace);
    const gmail = gmailFor(workspace, user!);
    const get = (at: number) =>
      gmail.users.messages.get({ userId: "me", id: workspace.messageIds(user!)[at]!, format: "minimal" });
    await gmail.users.messages.list({ userId: "me" });
    for (let at = 0; at < 5; at++) {
      clock.advance(1_000);
      await get(at);
    }
    const failures: GoogleFailure[] = [];
    for (let at = 5; at < 15; at++) failures.push(await failureOf(get(at)));
    const statuses = new Set(failures.map(({ status }) => status));
    assert.deepEqual([...statuses].sort(), [403, 429], "both forms are used");
    for (const { message, status, reason } of failures) {
      // The list's 5 units slide out first, but only with the first get is there room for 20.
      assert.match(message, /Retry after 2026-09-11T00:01:01\.000Z$/);
      assert.equal(reason, status === 403 ? "userRateLimitExceeded" : "rateLimitExceeded");
    }
    const otherGmail = gmailFor(workspace, other!);
    assert.equal(
      (await otherGmail.users.messages.list({ userId: "me" })).status,
      200,
      "another user has its own quota",
    );
    clock.advance(Date.UTC(2026, 8, 11, 0, 1, 1) - clock.now() - 1);
    await failureOf(get(5));
    clock.advance(1);
    assert.equal((await get(5)).status, 200);
    const { peaks, users } = workspace.counters();
    assert.equal(peaks.unitsPerUser[user!], 105);
    assert.equal(users[user!]!.refused["gmail.users.messages.get"], 11);
  });
});

Deno.test("the form of a refusal can be chosen, and the project has a limit of its own", async () => {
  const quota = { unitsPerProject: 12, refusal: 429 } as const;
  await withWorkspace({ quota }, async (workspace) => {
    const users = readableUsers(workspace);
    for (const user of users.slice(0, 2)) await gmailFor(workspace, user).users.messages.list({ userId: "me" });
    const failure = await failureOf(gmailFor(workspace, users[2]!).users.messages.list({ userId: "me" }));
    assert.equal(failure.status, 429);
    assert.match(failure.message, /^Quota exceeded for quota metric 'Queries'.*Retry after /);
  });
});

Deno.test("more requests of one user at once than allowed are refused", async () => {
  const clock = new VirtualClock(Date.now());
  await withWorkspace({ clock, latency: 50, quota: { concurrentPerUser: 2 } }, async (workspace) => {
    const user = readableUsers(workspace)[0]!;
    const authorized = jwtFor(workspace, user).authorize();
    await untilSomeoneWaits(clock);
    clock.advance(50);
    const authorization = `Bearer ${(await authorized).access_token}`;
    const profile = async () => {
      const response = await fetch(`${workspace.url}/gmail/v1/users/me/profile`, { headers: { authorization } });
      return { status: response.status, text: await response.text() };
    };
    const answers = [profile(), profile(), profile()];
    const first = await Promise.race(answers);
    assert.equal(first.status, 429, "two are held back by the latency, the third is refused at once");
    assert.match(first.text, /Too many concurrent requests for user\./);
    clock.advance(50);
    assert.deepEqual((await Promise.all(answers)).map(({ status }) => status).sort(), [200, 200, 429]);
    assert.equal(workspace.counters().peaks.concurrentPerUser[user], 2);
  });
});

Deno.test("with the profile none nothing is limited, and units are still counted", async () => {
  await withWorkspace({ quota: { profile: "none" }, messagesPerUser: 10 }, async (workspace) => {
    const user = readableUsers(workspace)[0]!;
    const gmail = gmailFor(workspace, user);
    const [id] = workspace.messageIds(user);
    for (let round = 0; round < 320; round++) {
      await gmail.users.messages.get({ userId: "me", id: id!, format: "minimal" });
    }
    assert.ok(workspace.counters().peaks.unitsPerUser[user]! > 6_000);
  });
});
