import assert from "node:assert/strict";
import { systemClock } from "../../core/clock.ts";
import { invokeKnown, resolveCall } from "./google_clients.ts";
import { findMethod, type KnownMethod } from "./methods.ts";
import { RequestGate } from "./request_gate.ts";
import { Rig } from "./test_rig.ts";

const signal = new AbortController().signal;

Deno.test("a request for another mailbox than the token's never leaves", async () => {
  await using rig = new Rig(() => Response.json({ id: "m1" }));
  const gate = new RequestGate({ clock: systemClock, fetch });
  const method = findMethod("gmail.users.messages.get") as KnownMethod;
  const invoke = (subject: string) =>
    invokeKnown(method, {
      params: { userId: "bob@example.com", id: "m1" },
      subject,
      token: "t",
      rootUrl: `${rig.origin}/`,
      signal,
    }, gate);
  await assert.rejects(invoke("ann@example.com"), /about to leave as something else/);
  assert.equal(rig.requests.length, 0);
  assert.deepEqual(await invoke("bob@example.com"), { id: "m1" });
});

Deno.test("a method that writes never leaves under the name of one that reads", async () => {
  await using rig = new Rig(() => Response.json({}));
  const gate = new RequestGate({ clock: systemClock, fetch });
  const method = { ...findMethod("gmail.users.messages.trash") as KnownMethod, verb: "GET" };
  const params = { userId: "ann@example.com", id: "m1" };
  await assert.rejects(
    invokeKnown(method, { params, subject: "ann@example.com", token: "t", rootUrl: rig.origin, signal }, gate),
  );
  assert.equal(rig.requests.length, 0);
});

Deno.test("a path leads through a client's own resources to its class's own methods only", () => {
  class Messages {
    context = {};
    list() {
      return Promise.resolve({ data: "listed" });
    }
  }
  const client = { context: { secret: { get: () => {} } }, users: { messages: new Messages() } };
  assert.equal(typeof resolveCall(client, ["users", "messages", "list"], "x"), "function");
  for (
    const path of [
      ["users", "messages", "constructor"],
      ["users", "messages", "toString"],
      ["users", "__proto__", "toString"],
      ["context", "secret", "get"],
      ["constructor", "constructor"],
      ["users", "hasOwnProperty"],
    ]
  ) {
    assert.throws(() => resolveCall(client, path, "x"), { code: "METHOD_UNKNOWN" }, path.join("."));
  }
});
