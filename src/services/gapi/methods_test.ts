import assert from "node:assert/strict";
import { findMethod, knownMethods } from "./methods.ts";
import { invokeKnown } from "./google_clients.ts";
import { RequestGate } from "./request_gate.ts";
import { systemClock } from "../../core/clock.ts";
import { Rig } from "./test_rig.ts";

Deno.test("the table holds exactly the methods of the installed packages", async () => {
  const { gmail } = await import("@googleapis/gmail");
  const { admin } = await import("@googleapis/admin");
  const names: string[] = [];
  const walk = (node: object, path: string) => {
    for (const [name, child] of Object.entries(node)) {
      if (name !== "context" && typeof child === "object") walk(child, `${path}.${name}`);
    }
    for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(node))) {
      if (name !== "constructor") names.push(`${path}.${name}`);
    }
  };
  walk(gmail({ version: "v1" }), "gmail");
  walk(admin({ version: "directory_v1" }), "admin");
  walk(admin({ version: "reports_v1" }), "reports");
  assert.deepEqual(knownMethods().map(({ path }) => path).sort(), names.sort());
});

Deno.test("every method leaves with the verb the table says", async () => {
  await using rig = new Rig(() => Response.json({ ok: true }));
  const gate = new RequestGate({ clock: systemClock, fetch });
  const signal = new AbortController().signal;
  for (const method of knownMethods()) {
    // The client names the parameters it misses, one round at a time.
    const params: Record<string, string> = method.api === "gmail" ? { userId: "ann@example.com" } : {};
    const invocation = { params, subject: "ann@example.com", token: "t", rootUrl: `${rig.origin}/`, signal };
    for (let sent = false; !sent;) {
      try {
        await invokeKnown(method, invocation, gate);
        sent = true;
      } catch (error) {
        const missing = /^Missing required parameters: (.*)$/.exec((error as Error).message);
        assert.ok(missing, `${method.path}: ${(error as Error).message}`);
        for (const name of missing[1]!.split(", ")) params[name] = "x";
      }
    }
    assert.equal(rig.requests.at(-1)!.method, method.verb, method.path);
  }
  assert.equal(rig.requests.length, knownMethods().length);
});

Deno.test("reads of mail and of users need no more than the three scopes of a search", () => {
  const scope = (path: string) => {
    const method = findMethod(path);
    assert.ok(method.kind === "known");
    return method.scopes.map((url) => url.replace("https://www.googleapis.com/auth/", ""));
  };
  assert.deepEqual(scope("gmail.users.messages.list"), ["gmail.readonly"]);
  assert.deepEqual(scope("gmail.users.messages.attachments.get"), ["gmail.readonly"]);
  assert.deepEqual(scope("gmail.users.labels.list"), ["gmail.readonly"]);
  assert.deepEqual(scope("admin.users.list"), ["admin.directory.user.readonly"]);
  assert.deepEqual(scope("admin.domains.list"), ["admin.directory.domain.readonly"]);
  assert.deepEqual(scope("admin.members.list"), ["admin.directory.group.readonly"]);
  assert.deepEqual(scope("gmail.users.messages.send"), ["gmail.send"]);
  for (const method of knownMethods()) {
    if (method.verb === "GET" && method.api === "gmail") assert.match(method.scopes[0]!, /\.readonly$/, method.path);
  }
});

Deno.test("long names are the same methods, and versions name discovered ones", () => {
  assert.equal(findMethod("admin.directory_v1.users.list").path, "admin.users.list");
  assert.equal(findMethod("gmail.v1.users.messages.list").path, "gmail.users.messages.list");
  assert.equal(findMethod("drive.v3.files.list").kind, "discovered");
  assert.equal(findMethod("admin.datatransfer_v1.transfers.list").kind, "discovered");
});

Deno.test("an unknown method is refused with the nearest name, and no path reaches a prototype", () => {
  assert.throws(() => findMethod("gmail.users.message.list"), {
    code: "METHOD_UNKNOWN",
    hint: "Did you mean gmail.users.messages.list?",
  });
  for (
    const path of [
      "gmail.users.constructor",
      "gmail.__proto__.users",
      "gmail.users.messages.toString",
      "gmail.context._options",
      "constructor",
      "",
      "gmail..list",
      "x.v1.__proto__.list",
      "a".repeat(100_000),
    ]
  ) {
    assert.throws(() => findMethod(path), { code: "METHOD_UNKNOWN" }, path.slice(0, 50));
  }
});
