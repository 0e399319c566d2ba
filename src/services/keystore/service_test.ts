import assert from "node:assert/strict";
import { manifestWith, openServiceBench } from "../service_bench.ts";
import type { Outcome } from "../contract.ts";
import { Keystore } from "./keystore.ts";
import { createKeystoreService } from "./service.ts";

const SECRET = "s3cr3t value";

function open() {
  const bench = openServiceBench();
  const keystore = new Keystore({ store: bench.store });
  keystore.set("default", "K", SECRET);
  keystore.set("second", "K", "of second");
  keystore.set("hidden", "H", "of hidden");
  return { bench, keystore, service: createKeystoreService({ keystore }) };
}

const both = { manifest: manifestWith({ namespaces: ["default", "second"] }) };

Deno.test("getKey gives an opaque reference, by name or by namespace and name, and null for what is not there", () => {
  const { bench, service } = open();
  using _ = bench;
  assert.deepEqual(bench.value(service, "getKey", ["K"]), { $secret: "default/K" });
  assert.deepEqual(bench.value(service, "getKey", ["second", "K"], both), { $secret: "second/K" });
  assert.equal(bench.value(service, "getKey", ["absent"]), null);
});

Deno.test("with revealSecrets the result is sealed for the journal and opens to the plain text", () => {
  const { bench, service, keystore } = open();
  using _ = bench;
  const manifest = manifestWith({ revealSecrets: true });
  const outcome = bench.call(service, "getKey", ["K"], { manifest }) as Outcome;
  assert.ok(outcome.type === "result");
  assert.ok(!JSON.stringify(outcome).includes(SECRET));
  assert.equal(keystore.openFromJournal(outcome.value), SECRET);
  assert.equal(bench.value(service, "getKey", ["absent"], { manifest }), null);
});

Deno.test("a namespace that the manifest does not declare is refused by every method, and not listed", () => {
  const { bench, service } = open();
  using _ = bench;
  const refused = { code: "NAMESPACE_REFUSED" };
  for (const reveal of [false, true]) {
    const over = { manifest: manifestWith({ revealSecrets: reveal }) };
    assert.throws(() => bench.value(service, "getKey", ["hidden", "H"], over), refused);
    assert.throws(() => bench.value(service, "hasKey", ["hidden", "H"], over), refused);
    assert.throws(() => bench.value(service, "listKeys", ["hidden"], over), refused);
    assert.throws(() => bench.value(service, "setKey", ["hidden", "N", { $secret: "default/K" }], over), refused);
    assert.throws(() => bench.value(service, "setKey", ["N", { $secret: "hidden/H" }], over), refused);
  }
  assert.deepEqual(bench.value(service, "listNamespaces", [], both), ["default", "second"]);
  assert.throws(() => bench.value(service, "getKey", ["K"], { manifest: manifestWith({ namespaces: [] }) }), refused);
});

Deno.test("hasKey and listKeys tell names only", () => {
  const { bench, service } = open();
  using _ = bench;
  assert.equal(bench.value(service, "hasKey", ["K"]), true);
  assert.equal(bench.value(service, "hasKey", ["second", "absent"], both), false);
  assert.deepEqual(bench.value(service, "listKeys"), ["K"]);
  assert.deepEqual(bench.value(service, "listKeys", ["second"], both), ["K"]);
});

Deno.test("setKey copies what a reference names and refuses plain text, which arguments would show", () => {
  const { bench, service, keystore } = open();
  using _ = bench;
  assert.equal(bench.value(service, "setKey", ["second", "COPY", { $secret: "default/K" }], both), true);
  assert.equal(keystore.get("second", "COPY"), SECRET);
  for (const revealSecrets of [false, true]) {
    const over = { manifest: manifestWith({ revealSecrets }) };
    assert.throws(() => bench.value(service, "setKey", ["NEW", SECRET], over), (error: Error & { hint: string }) => {
      assert.equal((error as unknown as { code: string }).code, "METHOD_REFUSED");
      return !`${error.message}${error.hint}`.includes(SECRET);
    });
  }
  assert.throws(() => bench.value(service, "setKey", ["NEW", { $secret: "default/absent" }]), { code: "CREDENTIALS" });
  assert.equal(keystore.has("default", "NEW"), false);
});

Deno.test("odd names, argument counts and methods are refused", () => {
  const { bench, service } = open();
  using _ = bench;
  for (const args of [[], ["a", "b", "c"], ["default", "a/b"], [7], ["default", null], [{}, "K"]]) {
    assert.throws(() => bench.value(service, "getKey", args), { code: "INVALID_INPUT" });
  }
  for (const reference of [{ $secret: "K" }, { $secret: "a/b/c" }, { $secret: "default/K", x: 1 }, { $secret: 1 }]) {
    assert.throws(() => bench.value(service, "setKey", ["N", reference]), { code: "INVALID_INPUT" });
  }
  assert.throws(() => bench.value(service, "getkey", ["K"]), {
    code: "METHOD_UNKNOWN",
    hint: 'Did you mean "getKey"?',
  });
  assert.throws(() => bench.value(service, "constructor", ["K"]), { code: "METHOD_UNKNOWN" });
});
