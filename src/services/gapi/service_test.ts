import assert from "node:assert/strict";
import { Departure, leaving } from "../outgoing.ts";
import { VirtualClock } from "../../core/clock.ts";
import type { Json } from "../../core/json.ts";
import { LEGACY_MANIFEST } from "../../core/manifest.ts";
import type { Outcome } from "../contract.ts";
import { callService, errorOf, googleError, oauthError, PRIVATE_KEY, Rig, TOKEN, valueOf } from "./test_rig.ts";

const ANN = "ann@example.com";
const LIST = "gmail.users.messages.list";

/** Nothing that leaves the service may hold the key, the token or an assertion. */
function assertNoSecret(outcome: Outcome): void {
  const text = JSON.stringify(outcome);
  assert.ok(!text.includes(TOKEN), text);
  assert.ok(!text.includes("PRIVATE KEY"), text);
  assert.ok(!text.includes(PRIVATE_KEY.slice(40, 80)), text);
  assert.ok(!/eyJ[\w-]+\.[\w-]+/.test(text), text);
}

async function listOnce(rig: Rig, args: readonly Json[] = [{ userId: ANN }]): Promise<Outcome> {
  const outcome = await callService(rig.service(), LIST, args);
  assertNoSecret(outcome);
  return outcome;
}

Deno.test("a Gmail call is made as the mailbox's user with the narrowest scope and gives back the answer's data", async () => {
  await using rig = new Rig((_request, url) => Response.json({ messages: [{ id: "m1" }], asked: url.search }));
  const outcome = await listOnce(rig, [{ userId: ANN, q: "from:bob", labelIds: ["INBOX", "Label_1"] }]);
  assert.deepEqual(valueOf(outcome), {
    messages: [{ id: "m1" }],
    asked: "?q=from%3Abob&labelIds=INBOX&labelIds=Label_1",
  });
  assert.equal(rig.assertions.length, 1);
  const { sub, scope, aud, iss } = rig.assertions[0]!;
  assert.equal(sub, ANN);
  assert.equal(scope, "https://www.googleapis.com/auth/gmail.readonly");
  assert.equal(aud, "https://oauth2.googleapis.com/token");
  assert.equal(iss, "searcher@rig-project.iam.gserviceaccount.com");
  assert.equal(rig.requests.at(-1)!.path, "/gmail/v1/users/ann%40example.com/messages");
  assert.equal(rig.requests.at(-1)!.authorization, `Bearer ${TOKEN}`);
});

Deno.test("a call's units are counted, and known before it at the most", async () => {
  await using rig = new Rig((request) =>
    request.url.endsWith("/gone") ? googleError(404, "notFound", "Not Found") : Response.json({ id: "m1" })
  );
  const service = rig.service();
  /** What a call uses, once there is a token. */
  const used = async (method: string, ...args: Json[]) => {
    const departure = new Departure("1.1", [new URL(rig.origin).host], () => Promise.reject(new Error("another host")));
    await leaving(departure, () => callService(service, method, args));
    return departure.usage;
  };
  const may = (method: string, params: Json, progress?: Json) =>
    service.units!({ method, args: [params], manifest: LEGACY_MANIFEST, progress });
  await callService(service, LIST, [{ userId: ANN }]);
  assert.deepEqual(await used(LIST, { userId: ANN }), { calls: 1, units: 5, bytes: '{"id":"m1"}'.length });
  assert.equal(may(LIST, { userId: ANN }), 5);
  const many = { userId: ANN, ids: ["m1", "gone", "m1"] };
  assert.deepEqual([
    (await used("gmail.users.messages.getMany", many)).units,
    may("gmail.users.messages.getMany", many),
  ], [40, 40]);
  const rest = { messages: [{ id: "m1", ok: true, message: {} }] };
  assert.equal(may("gmail.users.messages.getMany", many, rest), 20);
  // What fails before a request leaves, or never leaves, uses nothing.
  assert.deepEqual([await used("getQuota", {}), may("getQuota", {})], [{ calls: 0, units: 0, bytes: 0 }, 0]);
  rig.token = () => oauthError(400, "invalid_grant", "Invalid email or User ID");
  assert.equal((await used(LIST, { userId: "nobody@example.com" })).units, 0);
});

Deno.test("Directory and Reports calls are made as the administrator of the domain asked about", async () => {
  await using rig = new Rig(() => Response.json({ ok: true }));
  const service = rig.service();
  const subjects = async (method: string, ...args: Json[]) => {
    rig.assertions.length = 0;
    valueOf(await callService(service, method, args));
    return rig.assertions.map(({ sub, scope }) => `${sub} ${String(scope).split("/auth/")[1]}`);
  };
  assert.deepEqual(await subjects("admin.users.list", { customer: "my_customer" }), [
    "admin@example.com admin.directory.user.readonly",
  ]);
  assert.deepEqual(await subjects("admin.users.list", { domain: "other.example" }), [
    "root@other.example admin.directory.user.readonly",
  ]);
  assert.deepEqual(await subjects("admin.domains.list", { customer: "my_customer" }, { domain: "Other.Example" }), [
    "root@other.example admin.directory.domain.readonly",
  ]);
  assert.deepEqual(await subjects("admin.orgunits.list", { customerId: "my_customer" }), [
    "admin@example.com admin.directory.orgunit.readonly",
  ]);
  assert.deepEqual(await subjects("reports.activities.list", { userKey: "all", applicationName: "login" }), [
    "admin@example.com admin.reports.audit.readonly",
  ]);
  assert.deepEqual(rig.requests.filter(({ path }) => path !== "/token").map(({ path }) => path), [
    "/admin/directory/v1/users",
    "/admin/directory/v1/users",
    "/admin/directory/v1/customer/my_customer/domains",
    "/admin/directory/v1/customer/my_customer/orgunits",
    "/admin/reports/v1/activity/users/all/applications/login",
  ]);
});

Deno.test("an aborted call ends at once and may be tried again", async () => {
  const arrived = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  await using rig = new Rig(async () => {
    arrived.resolve();
    await release.promise;
    return Response.json({});
  });
  const abort = new AbortController();
  const calling = callService(rig.service(), LIST, [{ userId: ANN }], { signal: abort.signal });
  await arrived.promise;
  abort.abort(new DOMException("The attempt took too long.", "TimeoutError"));
  const outcome = await calling;
  release.resolve();
  assert.ok(outcome.type === "error" && outcome.error.code === "TIMEOUT" && outcome.retry !== undefined);
});

Deno.test("a request without an answer ends after 30 s of the clock", async () => {
  const arrived = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  await using rig = new Rig(async () => {
    arrived.resolve();
    await release.promise;
    return Response.json({});
  });
  const clock = new VirtualClock();
  const calling = callService(rig.service({ clock }), LIST, [{ userId: ANN }]);
  await arrived.promise;
  clock.advance(30_000);
  const outcome = await calling;
  release.resolve();
  assert.ok(outcome.type === "error" && outcome.error.code === "TIMEOUT" && outcome.retry !== undefined);
});

Deno.test("methods that write are refused unless the manifest lists them, and then leave with their narrowest scope", async () => {
  await using rig = new Rig(() => Response.json({ id: "m1", labelIds: ["TRASH"] }));
  const service = rig.service();
  const args = [{ userId: ANN, id: "m1" }];
  const refused = errorOf(await callService(service, "gmail.users.messages.trash", args));
  assert.equal(refused.code, "METHOD_REFUSED");
  assert.match(refused.hint!, /"gmail\.users\.messages\.trash"/);
  assert.equal(rig.requests.length, 0);
  const manifest = { writes: ["gmail.users.messages.trash"] };
  valueOf(await callService(service, "gmail.users.messages.trash", args, { manifest }));
  assert.match(String(rig.assertions[0]!.scope), /gmail\.modify$/);
  assert.equal(rig.requests.at(-1)!.method, "POST");
});

Deno.test("arguments that would change who asks are refused before anything is sent", async () => {
  await using rig = new Rig(() => Response.json({}));
  const service = rig.service();
  const code = async (method: string, ...args: Json[]) => errorOf(await callService(service, method, args)).code;
  assert.equal(await code(LIST, { userId: "me" }), "INVALID_INPUT");
  assert.equal(await code(LIST, {}), "INVALID_INPUT");
  assert.equal(await code(LIST, { userId: "ann@example.com/../bob@example.com" }), "INVALID_INPUT");
  assert.equal(await code(LIST, { userId: ANN }, { subject: "bob@example.com" }), "INVALID_INPUT");
  assert.equal(await code(LIST, { userId: ANN }, { namespace: "secret" }), "NAMESPACE_REFUSED");
  for (const name of ["auth", "headers", "access_token", "access_token_", "key", "__proto__"]) {
    const params = JSON.parse(`{"userId":"${ANN}","${name}":"x"}`);
    assert.equal(await code(LIST, params), "INVALID_INPUT", name);
  }
  assert.equal(await code("admin.users.get", {}), "INVALID_INPUT", "a missing required parameter");
  assert.equal(rig.count(/gmail|admin\//), 0);
});

Deno.test("an answer over 16 MiB is an error that says what to do", async () => {
  await using rig = new Rig(() =>
    new Response(`{"x":"${"y".repeat(17 * 1024 * 1024)}"}`, { headers: { "content-type": "application/json" } })
  );
  const error = errorOf(await listOnce(rig));
  assert.equal(error.code, "TOO_LARGE");
  assert.match(error.hint!, /fields/);
});

Deno.test("a redirect is not followed", async () => {
  await using rig = new Rig((_request, url) =>
    url.pathname === "/elsewhere"
      ? Response.json({ ok: true })
      : new Response(null, { status: 302, headers: { location: "/elsewhere" } })
  );
  assert.equal(errorOf(await listOnce(rig)).code, "UNAVAILABLE");
  assert.equal(rig.count("/elsewhere"), 0);
});

Deno.test("traits and limits tell reads from writes and users from each other", async () => {
  await using rig = new Rig(() => undefined);
  const service = rig.service();
  const manifest = { writes: ["gmail.users.messages.trash"] };
  const of = (method: string, ...args: Json[]) => ({ method, args, manifest: { ...LEGACY_MANIFEST, ...manifest } });
  assert.deepEqual(service.traits(of(LIST, { userId: ANN })), { repeatable: true });
  assert.deepEqual(service.traits(of("gmail.users.messages.trash", { userId: ANN, id: "1" })), { repeatable: false });
  assert.deepEqual(service.traits(of("gmail.users.messages.getMany", { userId: ANN, ids: ["1"] })), {
    repeatable: true,
    timeout: Infinity,
  });
  assert.throws(() => service.traits(of("gmail.users.messages.send", { userId: ANN })), { code: "METHOD_REFUSED" });
  assert.throws(() => service.traits(of("gmail.constructor", {})), { code: "METHOD_UNKNOWN" });
  assert.notEqual(
    service.limit!(of(LIST, { userId: ANN }))?.key,
    service.limit!(of(LIST, { userId: "bob@example.com" }))?.key,
  );
});

Deno.test("what an earlier process has spent counts until its minute is over, and who had to wait waits on", async () => {
  await using rig = new Rig((_request, url) => Response.json({ asked: url.pathname }));
  const clock = new VirtualClock(1_000_000);
  const now = clock.now();
  const many = (user: string, name: string) => ({
    manifest: LEGACY_MANIFEST,
    method: "gmail.users.messages.getMany",
    args: [{ userId: user, ids: Array.from({ length: 50 }, (_, index) => `${name}-${index}`) }],
  });
  const past = [
    ...["a", "b", "c"].map((name) => ({ ...many(ANN, name), at: now - 50_000, readyAt: undefined })),
    ...["d", "e", "f"].map((name) => ({ ...many(ANN, name), at: now - 10_000, readyAt: undefined })),
    { manifest: LEGACY_MANIFEST, method: "gmail.users.nonsense", args: [], at: now, readyAt: undefined },
    { ...many("bob@example.com", "g"), at: now, readyAt: now + 900_000 },
    { ...many("bob@example.com", "h"), at: now, readyAt: now + 600_000 },
  ];
  const service = rig.service({ clock, past });
  const list = async (userId: string) =>
    await callService(service, LIST, [{ userId }], { frameId: `list of ${userId}` });
  const ann = await list(ANN);
  assert.ok(ann.type === "wait" && ann.until === now + 10_001, JSON.stringify(ann));
  const bob = await list("bob@example.com");
  assert.ok(bob.type === "wait" && bob.until === now + 600_000, JSON.stringify(bob));
  assert.equal(bob.waitingFor, "user bob@example.com: earlier calls wait until 1970-01-01T00:26:40.000Z");
  assert.equal((await list("eve@example.com")).type, "result");
  clock.advance(10_001);
  assert.equal((await list(ANN)).type, "result");
  assert.deepEqual(rig.requests.filter(({ path }) => path !== "/token").map(({ path }) => path.split("/")[4]), [
    "eve%40example.com",
    "ann%40example.com",
  ]);
});
