import assert from "node:assert/strict";
import { VirtualClock } from "../core/clock.ts";
import { LEGACY_MANIFEST, OUTSIDE_SERVICES, SERVICE_ALIASES, SERVICE_NAMES } from "../core/manifest.ts";
import { Keystore } from "./keystore/keystore.ts";
import { createServices } from "./registry.ts";
import { manifestWith, openServiceBench } from "./service_bench.ts";

function open() {
  const bench = openServiceBench();
  const keystore = new Keystore({ store: bench.store });
  return { bench, keystore, services: createServices({ clock: new VirtualClock(), keystore }) };
}

Deno.test("every service that a manifest may name is there, under its aliases too", async () => {
  const { bench, services } = open();
  using _ = bench;
  for (const name of SERVICE_NAMES) {
    assert.equal(services.get(name).name, name);
    assert.equal(services.forTask(name, { ...LEGACY_MANIFEST, services: [name] }).name, name);
  }
  const unnamed = SERVICE_NAMES.filter((name) => !LEGACY_MANIFEST.services.includes(name));
  assert.deepEqual(unnamed, ["evidence"], "what other runs have kept is for tasks that say so");
  assert.throws(() => services.forTask("evidence", LEGACY_MANIFEST), { code: "METHOD_REFUSED" });
  for (const [alias, name] of Object.entries(SERVICE_ALIASES)) assert.equal(services.get(alias).name, name);
  await services.stop();
});

Deno.test("only gapi and http reach out: all others answer at once", async () => {
  const { bench, services } = open();
  using _ = bench;
  assert.deepEqual(SERVICE_NAMES.filter((name) => !services.get(name).local), OUTSIDE_SERVICES);
  assert.deepEqual(SERVICE_NAMES.filter((name) => services.get(name).intent !== undefined), OUTSIDE_SERVICES);
  assert.deepEqual(SERVICE_NAMES.filter((name) => services.get(name).hosts !== undefined), OUTSIDE_SERVICES);
  await services.stop();
});

Deno.test("an unknown service is refused with what was meant, and names of objects are no services", async () => {
  const { bench, services } = open();
  using _ = bench;
  assert.throws(() => services.get("gappi"), { code: "SERVICE_UNKNOWN", hint: 'Did you mean "gapi"?' });
  for (const name of ["", "constructor", "__proto__", "toString", "x".repeat(1_000)]) {
    assert.throws(() => services.get(name), { code: "SERVICE_UNKNOWN" });
  }
  await services.stop();
});

Deno.test("a task gets only the services its manifest lists, by whatever name", async () => {
  const { bench, services } = open();
  using _ = bench;
  const manifest = manifestWith({ services: ["timer"] });
  assert.equal(services.forTask("timer", manifest).name, "timer");
  for (const name of ["database", "supabase", "wrappedsupabase"]) {
    assert.throws(() => services.forTask(name, manifest), { code: "METHOD_REFUSED" });
  }
  await services.stop();
});

Deno.test("http resolves what keystore.getKey gave, out of the same keystore", async () => {
  const { bench, keystore, services } = open();
  using _ = bench;
  keystore.set("default", "TOKEN", "the token");
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    return new Response(String(request.headers.get("authorization") === "Bearer the token"));
  });
  const reference = bench.value(services.get("keystore"), "getKey", ["TOKEN"]);
  const host = `127.0.0.1:${server.addr.port}`;
  const args = [`http://${host}/`, { headers: { authorization: ["Bearer ", reference] } }];
  const outcome = await bench.call(services.get("http"), "fetch", args, { manifest: manifestWith({ hosts: [host] }) });
  assert.ok(outcome.type === "result");
  assert.equal((outcome.value as { body: string }).body, "true");
  await services.stop();
});
