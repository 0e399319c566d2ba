import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createSign } from "node:crypto";
import { VirtualClock } from "../core/clock.ts";
import { failureOf, gmailFor, jwtFor, readableUsers, withWorkspace } from "./foreign_clients_for_tests.ts";
import { MODIFY_SCOPE, READONLY_SCOPE } from "./methods.ts";
import { generatePrivateKey } from "./service_account.ts";
import type { Workspace } from "./workspace.ts";

/** What the token endpoint answers to an assertion with these claims, signed with this key. */
async function ask(workspace: Workspace, claims: Record<string, unknown>, key?: string, alg = "RS256") {
  const account = workspace.serviceAccount();
  const iat = Math.floor(Date.now() / 1000);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const all = {
    iss: account.client_email,
    scope: READONLY_SCOPE,
    aud: account.token_uri,
    iat,
    exp: iat + 3600,
    sub: readableUsers(workspace)[0],
    ...claims,
  };
  const signed = `${part({ alg, typ: "JWT" })}.${part(all)}`;
  const signature = createSign("RSA-SHA256").update(signed).sign(key ?? account.private_key).toString("base64url");
  return await post(workspace, {
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    assertion: `${signed}.${signature}`,
  });
}

async function post(workspace: Workspace, form: Record<string, string>) {
  const response = await fetch(`${workspace.url}/token`, { method: "POST", body: new URLSearchParams(form) });
  return { status: response.status, body: await response.json() as Record<string, unknown> };
}

Deno.test("Google's auth library gets a token for a user, and a mailbox answers to it", async () => {
  await withWorkspace({}, async (workspace) => {
    const [user] = readableUsers(workspace);
    const { access_token, expiry_date, token_type } = await jwtFor(workspace, user!).authorize();
    assert.match(access_token!, /^ya29\.c\.[\w-]{60,}$/);
    assert.equal(token_type, "Bearer");
    assert.ok(Math.abs(expiry_date! - Date.now() - 3_599_000) < 20_000);
    const profile = await gmailFor(workspace, user!).users.getProfile({ userId: "me" });
    assert.equal(profile.data.emailAddress, user);
    assert.equal(workspace.counters().tokensIssued, 2);
  });
});

Deno.test("the token endpoint accepts Google's audience and its own, and no other", async () => {
  await withWorkspace({}, async (workspace) => {
    assert.equal((await ask(workspace, {})).status, 200);
    assert.equal((await ask(workspace, { aud: "https://oauth2.googleapis.com/token" })).status, 200);
    const wrong = await ask(workspace, { aud: "https://example.com/token" });
    assert.equal(wrong.status, 400);
    assert.match(String(wrong.body.error_description), /audience/);
  });
});

Deno.test("a wrong signature, issuer, algorithm or form is refused in Google's words", async () => {
  const stranger = await generatePrivateKey();
  await withWorkspace({}, async (workspace) => {
    const refusals = [
      [await ask(workspace, {}, stranger), "invalid_grant", "Invalid JWT Signature."],
      [
        await ask(workspace, { iss: "x@y.iam.gserviceaccount.com" }),
        "invalid_grant",
        "Invalid grant: account not found",
      ],
      [await ask(workspace, {}, undefined, "none"), "invalid_grant", "Bad Request"],
      [await ask(workspace, { scope: " " }), "invalid_scope", "Empty or missing scope not allowed."],
      [await post(workspace, { grant_type: "password" }), "unsupported_grant_type", "Invalid grant_type: password"],
    ] as const;
    for (const [{ status, body }, error, error_description] of refusals) {
      assert.equal(status, 400);
      assert.deepEqual(body, { error, error_description });
    }
    const garbage = await post(workspace, {
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: "a.b.c",
    });
    assert.equal(garbage.body.error, "invalid_grant");
    assert.equal(workspace.counters().tokensIssued, 0);
  });
});

Deno.test("a clock that is off is refused as a token that is not short-lived", async () => {
  await withWorkspace({}, async (workspace) => {
    const now = Math.floor(Date.now() / 1000);
    for (
      const times of [{ iat: now - 4000, exp: now - 400 }, { iat: now, exp: now + 3700 }, {
        iat: now + 400,
        exp: now + 4000,
      }, { exp: "soon" }]
    ) {
      const { status, body } = await ask(workspace, times);
      assert.equal(status, 400);
      assert.equal(body.error, "invalid_grant");
      assert.match(String(body.error_description), /^Invalid JWT: Token must be a short-lived token \(60 minutes\)/);
    }
    assert.equal(
      (await ask(workspace, { iat: now + 280, exp: now + 3800 })).status,
      200,
      "5 minutes of skew are allowed",
    );
  });
});

Deno.test("suspended, archived, deleted and foreign users get no token", async () => {
  await withWorkspace({ usersPerDomain: 12 }, async (workspace) => {
    const users = workspace.users();
    const suspended = users.find((user) => user.suspended)!.email;
    const archived = users.find((user) => user.archived)!.email;
    const [gone] = readableUsers(workspace);
    workspace.deleteUser(gone!);
    for (
      const [sub, description] of [
        [suspended, "Bad Request"],
        [archived, "Bad Request"],
        [gone, "The account has been deleted"],
        ["someone@elsewhere.example", "Invalid email or User ID"],
      ]
    ) {
      const { status, body } = await ask(workspace, { sub });
      assert.equal(status, 400);
      assert.deepEqual(body, { error: "invalid_grant", error_description: description });
      const failure = await failureOf(gmailFor(workspace, sub!).users.messages.list({ userId: "me" }));
      assert.equal(failure.status, 400);
      assert.match(failure.message, /invalid_grant/);
    }
  });
});

Deno.test("a scope that was not delegated is refused with 401 unauthorized_client, also beside granted ones", async () => {
  await withWorkspace({}, async (workspace) => {
    for (const scope of [MODIFY_SCOPE, `${READONLY_SCOPE} ${MODIFY_SCOPE}`]) {
      const { status, body } = await ask(workspace, { scope });
      assert.equal(status, 401);
      assert.deepEqual(body, {
        error: "unauthorized_client",
        error_description:
          "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.",
      });
    }
    workspace.grantScopes([READONLY_SCOPE, MODIFY_SCOPE]);
    assert.equal((await ask(workspace, { scope: `${READONLY_SCOPE} ${MODIFY_SCOPE}` })).status, 200);
  });
});

Deno.test("tokens expire by the Workspace's clock, and are answered with 401 from then on", async () => {
  const clock = new VirtualClock(Date.now());
  await withWorkspace({ clock, tokenLifetime: 600 }, async (workspace) => {
    const { body } = await ask(workspace, {});
    assert.equal(body.expires_in, 599);
    const get = async () => {
      const response = await fetch(`${workspace.url}/gmail/v1/users/me/profile`, {
        headers: { authorization: `Bearer ${body.access_token}` },
      });
      return { status: response.status, body: await response.json() };
    };
    clock.advance(599_999);
    assert.equal((await get()).status, 200);
    clock.advance(1);
    const expired = await get();
    assert.equal(expired.status, 401);
    assert.match(expired.body.error.message, /^Request had invalid authentication credentials\./);
    assert.equal(expired.body.error.status, "UNAUTHENTICATED");
  });
});

Deno.test("suspending a user makes the tokens already given worthless", async () => {
  await withWorkspace({}, async (workspace) => {
    const [user] = readableUsers(workspace);
    const gmail = gmailFor(workspace, user!);
    await gmail.users.getProfile({ userId: "me" });
    workspace.suspendUser(user!);
    assert.equal((await failureOf(gmail.users.getProfile({ userId: "me" }))).status, 401);
    workspace.restoreUser(user!);
    await gmail.users.getProfile({ userId: "me" });
    workspace.expireTokens(user!);
    assert.equal((await failureOf(gmail.users.getProfile({ userId: "me" }))).status, 401);
  });
});

Deno.test("a request without a token is told that one is missing", async () => {
  await withWorkspace({}, async (workspace) => {
    const response = await fetch(`${workspace.url}/gmail/v1/users/me/messages`);
    const body = await response.json();
    assert.equal(response.status, 401);
    assert.match(body.error.message, /missing required authentication credential/);
  });
});
