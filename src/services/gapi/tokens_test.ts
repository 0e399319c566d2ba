import assert from "node:assert/strict";
import { VirtualClock } from "../../core/clock.ts";
import { callService, errorOf, Rig, valueOf } from "./test_rig.ts";

const LIST = "gmail.users.messages.list";
const ANN = { userId: "ann@example.com" };

Deno.test("calls that need the same token at once share one token request", async () => {
  await using rig = new Rig(() => Response.json({}));
  const service = rig.service();
  await Promise.all(Array.from({ length: 20 }, () => callService(service, LIST, [ANN])));
  assert.equal(rig.count("/token"), 1);
  assert.equal(rig.count(/gmail/), 20);
});

Deno.test("every user has a token of its own", async () => {
  await using rig = new Rig((request) => Response.json({ as: request.headers.get("authorization") }));
  rig.token = () => Response.json({ access_token: `for-${rig.assertions.at(-1)!.sub}`, expires_in: 3600 });
  const service = rig.service();
  for (const userId of ["ann@example.com", "bob@example.com", "ann@example.com"]) {
    assert.deepEqual(valueOf(await callService(service, LIST, [{ userId }])), { as: `Bearer for-${userId}` });
  }
  assert.equal(rig.count("/token"), 2);
});

Deno.test("a token is renewed five minutes before its end", async () => {
  await using rig = new Rig(() => Response.json({}));
  const clock = new VirtualClock();
  const service = rig.service({ clock });
  const call = async () => valueOf(await callService(service, LIST, [ANN]));
  await call();
  clock.advance(3_300_000 - 5_000);
  await call();
  assert.equal(rig.count("/token"), 1, "55 minutes less 5 seconds");
  clock.advance(6_000);
  await call();
  assert.equal(rig.count("/token"), 2, "55 minutes and a second");
});

Deno.test("getTokenInfo tells what is cached without any token, and clearTokenCache forgets it", async () => {
  await using rig = new Rig(() => Response.json({}));
  const service = rig.service({ clock: new VirtualClock() });
  await callService(service, LIST, [ANN]);
  const info = await callService(service, "getTokenInfo", [ANN]);
  assert.ok(!JSON.stringify(info).includes("ya29"));
  const { tokens } = valueOf(info) as { tokens: { subject: string; scopes: string[]; expiresIn: number }[] };
  assert.equal(tokens.length, 1);
  assert.equal(tokens[0]!.subject, "ann@example.com");
  assert.deepEqual(tokens[0]!.scopes, ["https://www.googleapis.com/auth/gmail.readonly"]);
  assert.ok(tokens[0]!.expiresIn > 3_500 && tokens[0]!.expiresIn <= 3_600);
  assert.deepEqual(valueOf(await callService(service, "clearTokenCache")), { namespace: "default", cleared: 1 });
  assert.deepEqual(valueOf(await callService(service, "getTokenInfo")), { namespace: "default", tokens: [] });
  await callService(service, LIST, [ANN]);
  assert.equal(rig.count("/token"), 2);
});

Deno.test("a new key in the keystore is used from the next call on", async () => {
  await using rig = new Rig(() => Response.json({}));
  const entries = rig.entries();
  const service = rig.service({}, entries);
  await callService(service, LIST, [ANN]);
  entries.GAPI_KEY = entries.GAPI_KEY!.replace("searcher@", "other-searcher@");
  await callService(service, LIST, [ANN]);
  assert.deepEqual(rig.assertions.map(({ iss }) => iss), [
    "searcher@rig-project.iam.gserviceaccount.com",
    "other-searcher@rig-project.iam.gserviceaccount.com",
  ]);
});

Deno.test("checkCredentials says which scope is granted to whom", async () => {
  await using rig = new Rig(() => Response.json({}));
  rig.token = () =>
    String(rig.assertions.at(-1)!.scope).endsWith("domain.readonly")
      ? Response.json({ error: "unauthorized_client", error_description: "Not authorized." }, { status: 401 })
      : Response.json({ access_token: "t", expires_in: 3600 });
  const report = valueOf(await callService(rig.service(), "checkCredentials", [ANN])) as {
    ok: boolean;
    admins: unknown;
    checks: { scope: string; subject: string; ok: boolean; error?: { code: string } }[];
  };
  assert.equal(report.ok, false);
  assert.deepEqual(report.admins, { "example.com": "admin@example.com", "other.example": "root@other.example" });
  assert.deepEqual(
    report.checks.map(({ scope, subject, ok, error }) => [scope.split("/auth/")[1], subject, ok, error?.code]),
    [
      ["admin.directory.user.readonly", "admin@example.com", true, undefined],
      ["admin.directory.domain.readonly", "admin@example.com", false, "FORBIDDEN"],
      ["gmail.readonly", "ann@example.com", true, undefined],
    ],
  );
});

Deno.test("a token endpoint that gives no token is tried again later", async () => {
  await using rig = new Rig(() => Response.json({}));
  rig.token = () => Response.json({ token_type: "Bearer" });
  const outcome = await callService(rig.service(), LIST, [ANN]);
  assert.equal(errorOf(outcome).code, "UNAVAILABLE");
  assert.ok(outcome.type === "error" && outcome.retry !== undefined);
});

Deno.test("a token request that outlives its caller's interest is still shared with others", async () => {
  const arrived = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  await using rig = new Rig(() => Response.json({ ok: true }));
  rig.token = async () => {
    arrived.resolve();
    await release.promise;
    return Response.json({ access_token: "t", expires_in: 3600 });
  };
  const service = rig.service();
  const abort = new AbortController();
  const first = callService(service, LIST, [ANN], { signal: abort.signal });
  await arrived.promise;
  const second = callService(service, LIST, [ANN]);
  abort.abort();
  assert.equal(errorOf(await first).code, "CANCELLED");
  release.resolve();
  assert.deepEqual(valueOf(await second), { ok: true });
  assert.equal(rig.count("/token"), 1);
});

Deno.test("getQuota tells what calls cost under the profile, without any credentials", async () => {
  const methods = ["gmail.users.messages.list", "gmail.users.messages.get"];
  await using rig = new Rig(() => new Response(null, { status: 500 }));
  const ask = (profile: "new" | "legacy" | "none", asked: string[]) =>
    callService(rig.service({ profile }, {}), "getQuota", [{ methods: asked }]);
  assert.deepEqual(valueOf(await ask("new", methods)), {
    profile: "new",
    perMinute: { user: 6_000, project: 1_200_000 },
    costs: { "gmail.users.messages.list": 5, "gmail.users.messages.get": 20 },
  });
  assert.deepEqual(valueOf(await ask("none", [])), {
    profile: "none",
    perMinute: { user: null, project: null },
    costs: {},
  });
  assert.equal((await ask("legacy", ["getTokenInfo"])).type, "error");
});
