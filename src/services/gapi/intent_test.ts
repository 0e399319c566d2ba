import assert from "node:assert/strict";
import { LEGACY_MANIFEST } from "../../core/manifest.ts";
import { intentOf } from "./intent.ts";

const intent = (method: string, args: [] | [object] | [object, object] = [], writes: string[] = []) =>
  intentOf({ method, args: args as never, manifest: { ...LEGACY_MANIFEST, writes } });

Deno.test("a method is told by its short name, and writes as Google's table says", () => {
  assert.deepEqual({ ...intent("gmail.v1.users.messages.list") }, {
    method: "gmail.users.messages.list",
    writes: false,
    facts: {},
  });
  assert.equal(intent("gmail.users.messages.trash").writes, true);
  assert.equal(intent("gmail.users.messages.getMany").writes, false);
  assert.throws(() => intent("gmail.users.messages.eat"), { code: "METHOD_UNKNOWN" });
});

Deno.test("a method that only its document knows writes if the manifest lists it: otherwise it is refused if it does", () => {
  assert.equal(intent("drive.v3.files.export").writes, false);
  assert.equal(intent("drive.v3.files.update", [], ["drive.v3.files.update"]).writes, true);
});

Deno.test("parameters and options are what a rule may speak of; what is said twice is seen twice", () => {
  const { facts } = intent("admin.users.get", [{ userKey: "a@x", subject: "b@x" }, { subject: "c@x", domain: "x" }]);
  assert.deepEqual(facts, { userKey: "a@x", subject: ["c@x", "b@x"], domain: "x" });
});
