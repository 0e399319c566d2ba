/** The service against the local Workspace, which was written from Google's documentation without a look at this folder. */
import assert from "node:assert/strict";
import { systemClock, VirtualClock } from "../../core/clock.ts";
import type { Json } from "../../core/json.ts";
import { startWorkspace, type Workspace, type WorkspaceOptions } from "../../workspace/workspace.ts";
import type { Outcome, Service } from "../contract.ts";
import { createGapiService, type GapiOptions } from "./service.ts";
import { callService, errorOf, valueOf } from "./test_rig.ts";

const LIST = "gmail.users.messages.list";
const MANY = "gmail.users.messages.getMany";

async function withWorkspace(
  options: WorkspaceOptions,
  gapi: Partial<GapiOptions>,
  test: (parts: { workspace: Workspace; service: Service; user: string }) => Promise<void>,
): Promise<void> {
  const workspace = await startWorkspace({
    domains: ["acme.example"],
    usersPerDomain: 3,
    messagesPerUser: 60,
    ...options,
  });
  const entries: Record<string, string> = {
    GAPI_KEY: JSON.stringify(workspace.serviceAccount()),
    GAPI_ADMIN_EMAIL: JSON.stringify(workspace.adminEmails),
    GAPI_ROOT_URL: workspace.rootUrl,
  };
  const service = createGapiService({
    clock: systemClock,
    secret: (_namespace, name) => entries[name],
    random: () => 0,
    ...gapi,
  });
  try {
    await test({ workspace, service, user: workspace.adminEmails["acme.example"]! });
  } finally {
    await service.stop?.();
    await workspace.stop();
  }
}

async function idsOf(service: Service, user: string, maxResults = 50): Promise<string[]> {
  const page = valueOf(await callService(service, LIST, [{ userId: user, maxResults }])) as {
    messages: { id: string }[];
  };
  return page.messages.map(({ id }) => id);
}

function messages(outcome: Outcome): { id: string; ok: boolean; error?: { code: string } }[] {
  return (valueOf(outcome) as { messages: { id: string; ok: boolean; error?: { code: string } }[] }).messages;
}

Deno.test("users, domains, lists and messages of a Workspace come through, each mailbox its own", async () => {
  await withWorkspace({}, {}, async ({ workspace, service, user }) => {
    const check = valueOf(await callService(service, "checkCredentials")) as { ok: boolean };
    assert.equal(check.ok, true);
    const domains = valueOf(
      await callService(service, "admin.domains.list", [{ customer: "my_customer" }]),
    ) as unknown as {
      domains: { domainName: string }[];
    };
    assert.deepEqual(domains.domains.map(({ domainName }) => domainName), ["acme.example"]);
    const users = valueOf(await callService(service, "admin.users.list", [{ customer: "my_customer" }])) as {
      users: Json[];
    };
    assert.equal(users.users.length, 3);
    const ids = await idsOf(service, user);
    assert.deepEqual(ids, workspace.messageIds(user).filter((id) => ids.includes(id)));
    assert.ok(
      messages(await callService(service, MANY, [{ userId: user, ids, format: "metadata" }])).every(({ ok }) => ok),
    );
    assert.equal(Object.values(workspace.counters().messageGets).reduce((sum, count) => sum + count, 0), 50);
  });
});

Deno.test("mailboxes read beyond their quotas are never refused, and take together as long as one of them", async () => {
  const clock = new VirtualClock(Date.now());
  await withWorkspace(
    { clock, assertionClock: systemClock, messagesPerUser: 400 },
    { clock },
    async ({ workspace, service }) => {
      const start = clock.now();
      const users = workspace.users().map(({ email }) => email);
      let waiting = 0;
      let unfinished = 7 * users.length;
      const read = async (user: string, part: string[], frameId: string) => {
        let progress: Json | undefined;
        for (;;) {
          const outcome = await callService(service, MANY, [{ userId: user, ids: part }], { frameId, progress });
          if (outcome.type !== "wait") {
            unfinished--;
            return messages(outcome);
          }
          progress = outcome.progress;
          waiting++;
          await new Promise<void>((resolve) => clock.after(outcome.until - clock.now(), resolve));
          waiting--;
        }
      };
      const parts = await Promise.all(users.map(async (user) => {
        const ids = await idsOf(service, user, 400);
        return Array.from({ length: 7 }, (_, index) => ({ user, ids: ids.slice(index * 50, index * 50 + 50) }));
      }));
      const reading = Promise.all(parts.flat().map(({ user, ids }, index) => read(user, ids, `part-${index}`)));
      while (unfinished > 0) {
        // Lets the network go on; only waits move the clock, not the time limits of requests in flight.
        await new Promise<void>((resolve) => setTimeout(resolve, 0));
        const pause = (clock.nextWake() ?? Infinity) - clock.now();
        if (pause <= 1_000 || (waiting === unfinished && pause !== Infinity)) clock.advance(pause);
      }
      assert.ok((await reading).flat().every(({ ok }) => ok));
      const counters = workspace.counters();
      assert.deepEqual(Object.keys(counters.statuses), ["200"], JSON.stringify(counters.statuses));
      const elapsed = clock.now() - start;
      assert.ok(elapsed >= 60_000 && elapsed < 66_000, `${elapsed} ms for 350 gets of each`);
      for (const user of users) assert.ok(counters.peaks.unitsPerUser[user]! <= 6_000, user);
      assert.ok(Math.max(...Object.values(counters.messageGets)) === 1, "no message was asked for twice");
    },
  );
});

Deno.test("scripted faults of a Workspace are classed for what they are", async () => {
  await withWorkspace({}, {}, async ({ workspace, service, user }) => {
    const list = async () => await callService(service, LIST, [{ userId: user }]);
    const kind = LIST;
    workspace.setFaults([{ kind, fault: { type: "serverError", status: 503 }, times: 1 }]);
    const passing = await list();
    assert.ok(passing.type === "error" && passing.retry !== undefined);
    workspace.setFaults([{ kind, fault: { type: "dropConnection" } }]);
    const dropped = await list();
    assert.ok(dropped.type === "error" && dropped.retry !== undefined && dropped.error.code === "UNAVAILABLE");
    workspace.setFaults([{ kind, fault: { type: "expireToken" }, times: 1 }]);
    assert.equal((await list()).type, "result", "a new token is minted");
    workspace.setFaults([]);
    workspace.expirePageTokens();
    workspace.grantScopes([]);
    await callService(service, "clearTokenCache");
    assert.equal(errorOf(await list()).details?.reason, "delegation");
  });
});

Deno.test("rate limits of a Workspace are waited for as told, in the text or the header, as 429 or 403", async () => {
  for (
    const fault of [
      { type: "rateLimit", status: 429, waitMs: 900_000 },
      { type: "rateLimit", status: 403, waitMs: 900_000 },
      { type: "rateLimit", status: 429, waitMs: 900_000, header: true },
    ] as const
  ) {
    await withWorkspace({}, {}, async ({ workspace, service, user }) => {
      workspace.setFaults([{ kind: LIST, fault, times: 1 }]);
      const before = Date.now();
      const outcome = await callService(service, LIST, [{ userId: user }]);
      assert.ok(
        outcome.type === "wait" && Math.abs(outcome.until - before - 900_000) < 10_000,
        JSON.stringify(outcome),
      );
      const other = workspace.users().find(({ email, isMailboxSetup, suspended }) =>
        email !== user && isMailboxSetup && !suspended
      );
      if (other !== undefined) {
        assert.equal((await callService(service, LIST, [{ userId: other.email }])).type, "result");
      }
    });
  }
});

Deno.test("suspended and deleted users and users without a mailbox never look like users without hits", async () => {
  await withWorkspace({}, {}, async ({ workspace, service, user }) => {
    const list = async () => errorOf(await callService(service, LIST, [{ userId: user }]));
    workspace.removeMailbox(user);
    assert.equal((await list()).code, "NO_MAILBOX");
    workspace.restoreUser(user);
    workspace.suspendUser(user);
    await callService(service, "clearTokenCache");
    const suspended = await list();
    assert.deepEqual([suspended.code, suspended.details?.reason], ["FORBIDDEN", "user"]);
    workspace.deleteUser(user);
    const deleted = await list();
    assert.deepEqual([deleted.code, deleted.details?.reason], ["FORBIDDEN", "user"]);
  });
});

Deno.test("a message deleted after it was listed is an error of its own, an outdated page token says so", async () => {
  await withWorkspace({}, {}, async ({ workspace, service, user }) => {
    const ids = await idsOf(service, user, 10);
    workspace.deleteMessage(user, ids[3]!);
    const answers = messages(await callService(service, MANY, [{ userId: user, ids }]));
    assert.deepEqual(answers.filter(({ ok }) => !ok).map(({ id, error }) => [id, error?.code]), [[
      ids[3],
      "NOT_FOUND",
    ]]);
    const page = valueOf(await callService(service, LIST, [{ userId: user, maxResults: 10 }])) as {
      nextPageToken: string;
    };
    workspace.expirePageTokens();
    const expired = errorOf(
      await callService(service, LIST, [{ userId: user, maxResults: 10, pageToken: page.nextPageToken }]),
    );
    assert.deepEqual([expired.code, expired.details?.reason], ["INVALID_INPUT", "invalidPageToken"]);
  });
});
