import assert from "node:assert/strict";
import { VirtualClock } from "../../core/clock.ts";
import { TaskerError } from "../../core/errors.ts";
import type { Outcome } from "../contract.ts";
import { callService, errorOf, googleError, oauthError, PRIVATE_KEY, Rig, runOn, TOKEN, valueOf } from "./test_rig.ts";

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

async function listOnce(rig: Rig): Promise<Outcome> {
  const outcome = await callService(rig.service(), LIST, [{ userId: ANN }]);
  assertNoSecret(outcome);
  return outcome;
}

Deno.test("a rate limit parks the user until the time in the message text, with 429 and with 403, while others go on", async () => {
  const until = new Date(Date.now() + 900_000).toISOString();
  for (
    const [status, reason] of [[429, "rateLimitExceeded"], [403, "userRateLimitExceeded"], [
      403,
      "rateLimitExceeded",
    ]] as const
  ) {
    await using rig = new Rig((_request, url) =>
      url.pathname.includes("ann")
        ? googleError(status, reason, `User-rate limit exceeded.  Retry after ${until}`)
        : Response.json({})
    );
    const service = rig.service();
    const first = await callService(service, LIST, [{ userId: ANN }]);
    assert.ok(first.type === "wait", JSON.stringify(first));
    assert.equal(first.until, Date.parse(until));
    assert.equal(first.waitingFor, `user ann@example.com: quota until ${until}`);
    const second = await callService(service, LIST, [{ userId: ANN }]);
    assert.ok(second.type === "wait" && second.until > first.until && second.until < first.until + 1_000);
    assert.equal(rig.count(/ann/), 1, "a parked user is not asked again");
    assert.deepEqual(valueOf(await callService(service, LIST, [{ userId: "bob@example.com" }])), {});
  }
});

Deno.test("a Retry-After header is obeyed, and a rate limit without a time is backed off from", async () => {
  await using rig = new Rig(() => googleError(429, "rateLimitExceeded", "Slow down.", { "retry-after": "120" }));
  const before = Date.now();
  const told = await callService(rig.service(), LIST, [{ userId: ANN }]);
  assert.ok(told.type === "wait" && told.until >= before + 120_000 && told.until < before + 130_000);

  const clock = new VirtualClock();
  let refusals = 0;
  rig.api = () => refusals++ < 2 ? googleError(429, "rateLimitExceeded", "Slow down.") : Response.json({ ok: true });
  const service = rig.service({ clock });
  const start = clock.now();
  const untold = await runOn(clock, callService(service, LIST, [{ userId: ANN }], { frameId: "f1" }));
  assert.ok(untold.type === "wait", "one second is waited in place, two are not");
  assert.equal(untold.until, start + 3_000);
  clock.advance(2_000);
  assert.deepEqual(valueOf(await runOn(clock, callService(service, LIST, [{ userId: ANN }], { frameId: "f1" }))), {
    ok: true,
  });
});

Deno.test("a token endpoint that throttles parks the user too", async () => {
  await using rig = new Rig(() => Response.json({}));
  rig.token = () => new Response("slow down", { status: 429, headers: { "retry-after": "300" } });
  const service = rig.service();
  for (let call = 0; call < 3; call++) {
    const outcome = await callService(service, LIST, [{ userId: ANN }]);
    assert.ok(outcome.type === "wait" && outcome.until > Date.now() + 290_000);
  }
  assert.equal(rig.count("/token"), 1);
});

Deno.test("the day's quota stops the whole project until the time given or midnight Pacific", async () => {
  await using rig = new Rig(() => googleError(403, "dailyLimitExceeded", "Daily Limit Exceeded"));
  const clock = new VirtualClock(Date.UTC(2026, 6, 1, 12));
  const service = rig.service({ clock });
  const outcome = await callService(service, LIST, [{ userId: ANN }]);
  assert.ok(outcome.type === "wait");
  assert.equal(new Date(outcome.until).toISOString(), "2026-07-02T07:00:00.000Z");
  assert.equal(outcome.waitingFor, "project rig-project: the daily quota is used up until 2026-07-02T07:00:00.000Z");
  const other = await callService(service, LIST, [{ userId: "bob@example.com" }]);
  assert.equal(other.type, "wait");
  assert.equal(rig.count(/gmail/), 1);
});

Deno.test("a refusal that names the project's limit stops all of its users, one that names a user's limit only that user", async () => {
  for (
    const [limit, whose] of [["Queries per minute", "project rig-project"], [
      "Queries per minute per user",
      "user ann@example.com",
    ]] as const
  ) {
    const message =
      `Quota exceeded for quota metric 'Queries' and limit '${limit}' of service 'gmail.googleapis.com' ` +
      "for consumer 'project_number:123'.";
    await using rig = new Rig((_request, url) =>
      url.pathname.includes("ann")
        ? googleError(429, "rateLimitExceeded", message, { "retry-after": "90" })
        : Response.json({})
    );
    const service = rig.service();
    const refused = await callService(service, LIST, [{ userId: ANN }]);
    assert.ok(
      refused.type === "wait" && refused.waitingFor.startsWith(`${whose}: quota until `),
      JSON.stringify(refused),
    );
    const other = await callService(service, LIST, [{ userId: "bob@example.com" }]);
    assert.equal(other.type, whose.startsWith("project") ? "wait" : "result");
  }
});

Deno.test("a delegation that is missing names scope, client and page, whichever server says so", async () => {
  const api = () => googleError(403, "forbidden", "Delegation denied for ann@example.com");
  const scopes = () => googleError(403, "insufficientPermissions", "Request had insufficient authentication scopes.");
  const token = () =>
    oauthError(401, "unauthorized_client", "Client is unauthorized to retrieve access tokens using this method.");
  for (const [tokenAnswer, apiAnswer] of [[undefined, api], [undefined, scopes], [token, api]] as const) {
    await using rig = new Rig(apiAnswer);
    if (tokenAnswer !== undefined) rig.token = tokenAnswer;
    const outcome = await listOnce(rig);
    const error = errorOf(outcome);
    assert.equal(error.code, "FORBIDDEN");
    assert.equal(error.details?.reason, "delegation");
    assert.match(error.hint!, /https:\/\/www\.googleapis\.com\/auth\/gmail\.readonly/);
    assert.match(error.hint!, /client id 112233445566778899001/);
    assert.match(error.hint!, /https:\/\/admin\.google\.com\/ac\/owl\/domainwidedelegation/);
    assert.ok(outcome.type === "error" && outcome.retry === undefined);
  }
});

Deno.test("invalid_grant tells a user that is not there from a clock that is off and a key that was revoked", async () => {
  const now = new Date().toUTCString();
  const behind = new Date(Date.now() + 3_600_000).toUTCString();
  const cases: [description: string, date: string, code: string, reason: string, hint: RegExp][] = [
    ["Invalid email or User ID", now, "FORBIDDEN", "user", /suspended, deleted, or no user/],
    ["Account has been deleted", now, "FORBIDDEN", "user", /was deleted/],
    ["Invalid JWT Signature.", now, "CREDENTIALS", "key", /revoked/],
    ["Invalid grant: account not found", now, "CREDENTIALS", "key", /revoked/],
    [
      "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
      behind,
      "CREDENTIALS",
      "clock",
      /3[56]\d\d s behind/,
    ],
    ["Bad Request", behind, "CREDENTIALS", "clock", /clock/],
  ];
  for (const [description, date, code, reason, hint] of cases) {
    await using rig = new Rig(() => undefined);
    rig.token = () => oauthError(400, "invalid_grant", description, { date });
    const outcome = await listOnce(rig);
    const error = errorOf(outcome);
    assert.deepEqual([description, error.code, error.details?.reason], [description, code, reason]);
    assert.match(error.hint!, hint);
    assert.ok(outcome.type === "error" && outcome.retry === undefined);
  }
});

Deno.test("other refusals are final, each with its class and the server's words", async () => {
  const cases: [status: number, reason: string, message: string, code: string, details?: string][] = [
    [400, "failedPrecondition", "Mail service not enabled", "NO_MAILBOX"],
    [404, "notFound", "Requested entity was not found.", "NOT_FOUND"],
    [400, "invalidArgument", "Invalid query", "INVALID_INPUT"],
    [400, "invalidArgument", "Invalid pageToken", "INVALID_INPUT", "invalidPageToken"],
    [
      403,
      "accessNotConfigured",
      "Gmail API has not been used in project 1 before or it is disabled.",
      "FORBIDDEN",
      "apiDisabled",
    ],
    [403, "domainPolicy", "The domain administrators have disabled Gmail apps.", "FORBIDDEN", "domainPolicy"],
    [409, "conflict", "Label name exists or conflicts", "CONFLICT"],
  ];
  for (const [status, reason, message, code, details] of cases) {
    await using rig = new Rig(() => googleError(status, reason, message));
    const outcome = await listOnce(rig);
    const error = errorOf(outcome);
    assert.equal(error.code, code, message);
    assert.ok(error.message.startsWith(`gmail.users.messages.list for ${ANN}: `) && error.message.includes(message));
    assert.equal(error.details?.reason, details);
    assert.ok(outcome.type === "error" && outcome.retry === undefined);
    assert.equal(rig.count(/gmail/), 1);
  }
});

Deno.test("passing failures of either server are retryable and asked once, without the libraries' own retries", async () => {
  for (const status of [500, 502, 503, 504]) {
    await using rig = new Rig(() => googleError(status, "backendError", "Backend Error"));
    const outcome = await listOnce(rig);
    assert.equal(errorOf(outcome).code, "UNAVAILABLE");
    assert.ok(outcome.type === "error" && outcome.retry !== undefined);
    assert.equal(rig.count(/gmail/), 1);

    rig.token = () => new Response("<html><title>Error</title></html>", { status });
    const tokenOutcome = await listOnce(rig);
    assert.ok(tokenOutcome.type === "error" && tokenOutcome.retry !== undefined);
    assert.equal(rig.count("/token"), 2);
  }
});

Deno.test("a 503 that names a time is retried then", async () => {
  await using rig = new Rig(() => googleError(503, "backendError", "Down.", { "retry-after": "90" }));
  const outcome = await listOnce(rig);
  assert.ok(outcome.type === "error" && outcome.retry?.at !== undefined && outcome.retry.at > Date.now() + 80_000);
});

Deno.test("a refused connection, a reset one and a name that does not resolve are retryable", async () => {
  await using rig = new Rig(() => undefined);
  const refused = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = refused.addr as Deno.NetAddr;
  refused.close();
  const outcome = await callService(
    rig.service({}, { ...rig.entries(), GAPI_ROOT_URL: `http://127.0.0.1:${port}` }),
    LIST,
    [{ userId: ANN }],
  );
  assert.equal(errorOf(outcome).code, "UNAVAILABLE");
  assert.equal(
    errorOf(outcome).message,
    `nothing answers at http://127.0.0.1:${port} (GAPI_ROOT_URL): is the sandbox running? (${LIST} for ${ANN})`,
  );
  assert.match(errorOf(outcome).hint ?? "", new RegExp(`tasker sandbox --port ${port}`));
  assert.ok(outcome.type === "error" && outcome.retry !== undefined);
  assertNoSecret(outcome);

  const key = { ...JSON.parse(rig.entries().GAPI_KEY!), token_uri: `http://127.0.0.1:${port}/token` };
  const noToken = await callService(rig.service({}, { ...rig.entries(), GAPI_KEY: JSON.stringify(key) }), LIST, [
    { userId: ANN },
  ]);
  assert.ok(noToken.type === "error" && noToken.retry !== undefined && noToken.error.code === "UNAVAILABLE");
  assert.match(noToken.error.message, /^nothing answers at http:\/\/127\.0\.0\.1:\d+ \(token_uri of GAPI_KEY\)/);
  assertNoSecret(noToken);

  using resetting = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const accepting = (async () => {
    for await (const connection of resetting) connection.close();
  })();
  const url = `http://127.0.0.1:${(resetting.addr as Deno.NetAddr).port}`;
  const reset = await callService(rig.service({}, { ...rig.entries(), GAPI_ROOT_URL: url }), LIST, [{ userId: ANN }]);
  assert.ok(reset.type === "error" && reset.retry !== undefined && reset.error.code === "UNAVAILABLE");
  resetting.close();
  await accepting;

  const unresolved: typeof fetch = () =>
    Promise.reject(new TypeError("error sending request: dns error: failed to lookup address"));
  const dns = await callService(rig.service({ fetch: unresolved }), LIST, [{ userId: ANN }]);
  assert.ok(dns.type === "error" && dns.retry !== undefined && dns.error.code === "UNAVAILABLE");
});

Deno.test("an expired token is minted anew once; a second refusal is final", async () => {
  await using rig = new Rig((request) =>
    request.headers.get("authorization") === "Bearer second"
      ? Response.json({ ok: true })
      : googleError(401, "authError", "Invalid Credentials")
  );
  let minted = 0;
  rig.token = () => Response.json({ access_token: minted++ === 0 ? "first" : "second", expires_in: 3600 });
  assert.deepEqual(valueOf(await listOnce(rig)), { ok: true });
  assert.equal(minted, 2);

  rig.api = () => googleError(401, "authError", "Invalid Credentials");
  minted = 0;
  const outcome = await listOnce(rig);
  assert.equal(errorOf(outcome).code, "UNAUTHORIZED");
  assert.ok(outcome.type === "error" && outcome.retry === undefined);
  assert.equal(minted, 2);
});

Deno.test("what a server repeats of our secrets, and control characters, do not come through", async () => {
  await using rig = new Rig(async (request) => {
    const words = `you sent ${request.headers.get("authorization")} \u001b[31mred\u0007 \u202eabc ${await Promise
      .resolve("x".repeat(2_000))}`;
    return googleError(400, "invalidArgument", words);
  });
  const outcome = await listOnce(rig);
  assert.ok(!/[\p{Cc}\p{Cf}]/u.test(errorOf(outcome).message));
  assert.ok(errorOf(outcome).message.length < 700);

  rig.token = (_request) => {
    const sent = rig.requests.at(-1)!.body;
    return oauthError(
      400,
      "invalid_grant",
      `Bad assertion ${new URLSearchParams(sent).get("assertion")} ${PRIVATE_KEY}`,
    );
  };
  await listOnce(rig);
  rig.token = () => new Response(`echo ${rig.requests.at(-1)!.body} ${PRIVATE_KEY}`, { status: 500 });
  await listOnce(rig);
});

Deno.test("a write that may have been carried out is not repeated, one that certainly was not may be", async () => {
  const manifest = { writes: ["gmail.users.messages.send"] };
  await using rig = new Rig(() => googleError(503, "backendError", "Backend Error"));
  const send = async (entries = rig.entries()) =>
    await callService(rig.service({}, entries), "gmail.users.messages.send", [{
      userId: ANN,
      requestBody: { raw: "x" },
    }], { manifest });
  const unknown = await send();
  assert.equal(errorOf(unknown).code, "OUTCOME_UNKNOWN");
  assert.ok(unknown.type === "error" && unknown.retry === undefined);
  assert.equal(rig.count(/send/), 1);

  const arrived = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  rig.api = async () => {
    arrived.resolve();
    await release.promise;
    return Response.json({});
  };
  const abort = new AbortController();
  const reason = new TaskerError("TIMEOUT", "The attempt took too long.");
  const sending = callService(rig.service(), "gmail.users.messages.send", [{ userId: ANN }], {
    manifest,
    signal: abort.signal,
  });
  await arrived.promise;
  abort.abort(reason);
  assert.equal(errorOf(await sending).code, "OUTCOME_UNKNOWN");
  release.resolve();

  rig.api = () => googleError(429, "rateLimitExceeded", "Slow down.", { "retry-after": "60" });
  assert.equal((await send()).type, "wait");

  const closed = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = closed.addr as Deno.NetAddr;
  closed.close();
  const unsent = await send({ ...rig.entries(), GAPI_ROOT_URL: `http://127.0.0.1:${port}` });
  assert.ok(unsent.type === "error" && unsent.error.code === "UNAVAILABLE" && unsent.retry !== undefined);
});
