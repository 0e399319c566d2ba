import assert from "node:assert/strict";
import { parseCredentials } from "./credentials.ts";
import { callService, errorOf, PRIVATE_KEY, Rig } from "./test_rig.ts";

function key(changes: Record<string, unknown> = {}): string {
  return JSON.stringify({
    type: "service_account",
    private_key: PRIVATE_KEY,
    client_email: "s@p.iam.gserviceaccount.com",
    client_id: "1",
    ...changes,
  });
}

function parse(entries: { key?: string | undefined; admin?: string; root?: string; namespace?: string }) {
  const { namespace = "default", admin, root } = entries;
  return parseCredentials({ namespace, key: "key" in entries ? entries.key : key(), admin, root });
}

Deno.test("a missing or malformed key says which command sets it, and never quotes the key", () => {
  const wrong = [
    undefined,
    "",
    "{",
    "[]",
    "{}",
    key({ private_key: "x" }),
    key({ client_email: 1 }),
    key({ type: "authorized_user" }),
  ];
  for (const text of [...wrong, key().slice(0, -40)]) {
    assert.throws(() => parse({ key: text }), (error: Error & { code?: string; hint?: string }) => {
      assert.equal(error.code, "CREDENTIALS");
      assert.match(error.hint!, /^Run: tasker keystore set GAPI_KEY --file key\.json /);
      assert.ok(!`${error.message}${error.hint}`.includes("PRIVATE KEY"));
      return true;
    });
  }
  assert.throws(() => parse({ key: undefined, namespace: "tenant-b" }), {
    hint: /set GAPI_KEY --namespace tenant-b --file/,
  });
});

Deno.test("a task's call with a missing key or administrator says what to run", async () => {
  await using rig = new Rig(() => undefined);
  const missing = errorOf(
    await callService(rig.service({}, {}), "gmail.users.messages.list", [{ userId: "ann@example.com" }]),
  );
  assert.equal(missing.code, "CREDENTIALS");
  assert.match(missing.hint!, /tasker keystore set GAPI_KEY --file key\.json/);
  const { GAPI_KEY, GAPI_ROOT_URL } = rig.entries();
  const noAdmin = errorOf(
    await callService(rig.service({}, { GAPI_KEY: GAPI_KEY!, GAPI_ROOT_URL: GAPI_ROOT_URL! }), "admin.users.list", [{
      customer: "my_customer",
    }]),
  );
  assert.equal(noAdmin.code, "CREDENTIALS");
  assert.match(noAdmin.hint!, /tasker keystore set GAPI_ADMIN_EMAIL/);
});

Deno.test("tokens and mail go to Google or to this machine only", () => {
  for (const url of ["http://127.0.0.1:8080", "http://localhost:9/", "http://[::1]:9", "https://127.9.9.9"]) {
    const local = parse({ key: key({ token_uri: `${url}/token` }), root: url });
    assert.equal(local.rootUrl, `${new URL(url).origin}/`);
    assert.equal(local.tokenUrl.origin, new URL(url).origin);
  }
  for (const url of ["https://oauth2.googleapis.com/token", "https://accounts.google.com/o/oauth2/token", undefined]) {
    assert.equal(parse({ key: key({ token_uri: url }) }).tokenUrl.href, "https://oauth2.googleapis.com/token");
  }
  assert.equal(parse({ root: "https://gmail.googleapis.com/" }).rootUrl, undefined);
  const foreign = [
    "https://evil.example",
    "http://gmail.googleapis.com",
    "https://googleapis.com.evil.example",
    "https://evilgoogleapis.com",
    "http://127.0.0.1.evil.example",
    "http://127.0.0.1@evil.example",
    "http://user:pw@127.0.0.1",
    "http://10.0.0.1",
    "file:///etc/passwd",
    "ftp://127.0.0.1",
    "nonsense",
  ];
  for (const url of foreign) {
    assert.throws(() => parse({ root: url }), { code: "CREDENTIALS" }, url);
    assert.throws(() => parse({ key: key({ token_uri: url }) }), { code: "CREDENTIALS" }, url);
  }
});

Deno.test("a key of Google's is never used with a local Workspace, nor a local key with Google", () => {
  assert.throws(() => parse({ root: "http://127.0.0.1:8080" }), {
    code: "CREDENTIALS",
    hint: /tasker keystore delete GAPI_ROOT_URL/,
  });
  assert.throws(() => parse({ key: key({ token_uri: "http://127.0.0.1:8080/token" }), namespace: "tenant-b" }), {
    code: "CREDENTIALS",
    hint: /tasker keystore set GAPI_ROOT_URL --namespace tenant-b/,
  });
});

Deno.test("administrators are one address or a map of domains", () => {
  assert.deepEqual(parse({ admin: "root@example.com\n" }).admins.first, "root@example.com");
  const map = parse({ admin: '{"B.example":"b@b.example","a.example":"a@a.example"}' }).admins;
  assert.equal(map.first, "b@b.example");
  assert.equal(map.byDomain.get("b.example"), "b@b.example");
  for (const admin of ["root", "{", '{"a.example":1}', '["a@b.c"]', "a@b c"]) {
    assert.throws(() => parse({ admin }), { code: "CREDENTIALS" }, admin);
  }
});
