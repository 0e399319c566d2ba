import assert from "node:assert/strict";
import { systemClock } from "../../src/core/clock.ts";
import { LEGACY_MANIFEST, SERVICE_NAMES, type ServiceName } from "../../src/core/manifest.ts";
import type { RealmKit } from "../../src/executor/bootstrap/kit.ts";
import { installTools } from "../../src/executor/bootstrap/tools.ts";
import type { Keystore } from "../../src/services/keystore/keystore.ts";
import { createServices } from "../../src/services/registry.ts";
import { gapiTypes } from "./gapi_types.ts";

const types = Deno.readTextFileSync(new URL("../../taskcode/tasker.d.ts", import.meta.url));

/** The members of an interface of `taskcode/tasker.d.ts`, each once. */
function membersOf(name: string): string[] {
  const [, body] = new RegExp(`\\n  interface ${name}[ <][^\\n]*\\{\\n([^]*?)\\n  \\}\\n`).exec(types) ?? [];
  assert.ok(body !== undefined, `taskcode/tasker.d.ts has no interface ${name}`);
  return [...new Set([...body.matchAll(/^ {4}(?:readonly )?(\w+)[?<(:]/gm)].map(([, member]) => member!))].sort();
}

/** The methods that a service accepts; it tells them to whoever asks for one that it has not. */
function methodsOf(name: ServiceName): string[] {
  const services = createServices({ clock: systemClock, keystore: {} as Keystore });
  try {
    services.get(name).traits({ method: "noSuchMethod", args: [], manifest: LEGACY_MANIFEST });
  } catch (error) {
    return [...(error as { details: { methods: string[] } }).details.methods].sort();
  }
  throw new Error(`${name} accepts whatever method`);
}

Deno.test("the types name every service, and of each every method that it accepts, and nothing else", () => {
  assert.deepEqual(membersOf("Services"), [...SERVICE_NAMES].sort());
  for (const name of SERVICE_NAMES) {
    if (name === "gapi" || name === "database") continue;
    assert.deepEqual(membersOf(name[0]!.toUpperCase() + name.slice(1)), methodsOf(name), name);
  }
});

Deno.test("the types name every Google method that is known by name", () => {
  assert.ok(types.includes(`\n${gapiTypes()}\n`), `write this into taskcode/tasker.d.ts:\n${gapiTypes()}`);
});

Deno.test("the types name every step of a chain of the database", () => {
  let tools: Record<string, { from(table: string): object }> = {};
  const define: RealmKit["define"] = (_, value) => tools = value as typeof tools;
  installTools({ define } as unknown as RealmKit);
  const steps = Object.keys(tools.database!.from("table")).filter((step) => !/^(then|catch|finally)$/.test(step));
  assert.deepEqual(membersOf("Chain"), steps.sort());
});
