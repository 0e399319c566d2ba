import assert from "node:assert/strict";
import { Gate } from "./gate.ts";
import { Searching } from "./searching.ts";
import { Place } from "./tasker.ts";

/** Task code that wants out: refused by publish, or by the realm, or by the service that it asks; others are unharmed. */

Deno.test("publish refuses import() in every disguise, and the version that was there stays", async () => {
  using place = new Place();
  const good = `export default async () => "first";`;
  const file = place.write("task.ts", good);
  assert.equal((await place.run(["publish", file])).code, 0);
  const disguises = [
    `export default async () => await import("node:fs");`,
    `export default async () => await import /* hidden */ ("node:fs");`,
    `export default async () => await import\n\n("node:fs");`,
    `export default async () => await import // line\n("node:fs");`,
    `export default async () => import.meta.url;`,
    `export default async () => { var await_ = 1; return await_/import("x")/1; };`,
    `var await = 1; await/import("node:fs")/1; module.exports = async function () {};`,
    "export default async () => `${await import('node:fs')}`;",
    `export default async () => eval('import("node:fs")');`,
    `export default async () => new Function('return import("node:fs")')();`,
    `import fs from "node:fs"; export default async () => fs;`,
    `import { x } from "npm:left-pad"; export default async () => x;`,
    `import { x } from "jsr:@std/fs"; export default async () => x;`,
    `import { x } from "https://example.com/x.ts"; export default async () => x;`,
    `export { readFileSync } from "node:fs"; export default async () => 1;`,
    `await fetch("https://example.com"); export default async () => 1;`,
    `import source x from "./x.wasm"; export default async () => x;`,
    `import defer * as x from "node:fs"; export default async () => x;`,
  ];
  const files = disguises.map((source, index) => place.write(index === 0 ? "task.ts" : `disguise-${index}.ts`, source));
  const refused = await place.run(["publish", ...files]);
  assert.equal(refused.code, 2, refused.stderr);
  for (const [index, file] of files.entries()) {
    const [, refusal = "nothing"] = refused.stderr.split(`${file.slice(file.lastIndexOf("/") + 1)}:`);
    assert.match(refusal, /^\d+:\d+: /, `published: ${disguises[index]}\n${refused.stderr}`);
  }
  assert.equal(refused.stderr.match(/PUBLISH_REFUSED/g)?.length, disguises.length);
  const { stdout, code } = await place.run(["run", "task", "--json"]);
  assert.equal(code, 0);
  assert.equal(JSON.parse(stdout), "first");
});

/** Each is tried alone; what it gives, or the name of what it threw. */
const TRICKS: Readonly<Record<string, string>> = {
  Deno: `return typeof Deno;`,
  process: `return typeof process;`,
  require: `const load = require; return load(["node", "fs"].join(":"));`,
  postMessage: `return typeof postMessage + typeof self + typeof onmessage + typeof close + typeof Worker;`,
  "forged report":
    `globalThis.postMessage?.({ type: "report", runId: "x", json: "{}" }); return typeof globalThis.postMessage;`,
  "new Function": `return new Function("return 1")();`,
  eval: `return eval("1");`,
  "indirect eval": `return (0, eval)("1");`,
  "constructor of a function": `return (() => {}).constructor("return 1")();`,
  "constructor of an async function": `return await (async () => {}).constructor("return 1")();`,
  "constructor of a generator": `return [...(function* () {}).constructor("yield 1")()];`,
  "constructor of the bridge": `return __callHostTool__.constructor("return typeof Deno")();`,
  "constructor of a tool": `return await tools.timer.sleep.constructor("return typeof Deno");`,
  "constructor of a result": `return (await tools.timer.sleep(1), {}).constructor.constructor("return typeof Deno")();`,
  "constructor of the global": `return globalThis.constructor.constructor("return typeof Deno")();`,
  "text as a timer": `setTimeout("1", 1); return 1;`,
  WebAssembly: `return typeof WebAssembly;`,
  "shared memory": `return typeof SharedArrayBuffer + typeof Atomics;`,
  "stack trace sites":
    `Error.prepareStackTrace = (_e, sites) => sites; const s = new Error("x").stack; return typeof s === "string";`,
};
const HARMLESS = new Set<unknown>([
  "undefined",
  "undefinedundefinedundefinedundefinedundefined",
  "undefinedundefined",
  true,
]);

Deno.test("in a realm there is no way to the machine: no globals of Deno or Node, no code from text, no other messages", async () => {
  using place = new Place();
  const tricks = Object.entries(TRICKS).map(([name, body]) => `[${JSON.stringify(name)}, async () => { ${body} }]`);
  const file = place.write(
    "tricks.js",
    `module.exports = async function tricks() {
       const outcomes = [];
       for (const [name, trick] of [${tricks.join(",\n")}]) {
         try { outcomes.push([name, "gave", await trick()]); } catch (error) { outcomes.push([name, "threw", String(error && error.name)]); }
       }
       return outcomes;
     };`,
  );
  const published = await place.run(["publish", file]);
  assert.equal(published.code, 0, published.stderr);
  const { code, stdout, stderr } = await place.run(["run", "tricks", "--json"]);
  assert.equal(code, 0, stderr);
  const outcomes = JSON.parse(stdout) as [string, "gave" | "threw", unknown][];
  assert.equal(outcomes.length, Object.keys(TRICKS).length);
  for (const [name, how, what] of outcomes) {
    if (how === "gave") assert.ok(HARMLESS.has(what), `${name} gave ${JSON.stringify(what)}`);
    else assert.match(String(what), /Error$/, name);
  }
});

Deno.test("what a manifest does not name is refused with a clear error: namespaces, hosts, writing methods, services", async () => {
  await using bed = await Searching.open({ usersPerDomain: 2, messagesPerUser: 2 });
  await using gate = new Gate();
  const { place } = bed;
  gate.open();
  assert.equal(
    (await place.run(["keystore", "set", "TOKEN", "--namespace", "payroll"], { stdin: "t0p-secret" })).code,
    0,
  );
  const user = bed.readable()[0]!;
  const [id] = bed.workspace.messageIds(user);
  const attempts: Record<string, string> = {
    namespace: `tools.keystore.getKey("payroll", "TOKEN")`,
    "namespace by a forged reference":
      `tools.http.fetch("http://${gate.host}/free", { headers: { x: { $secret: "payroll/TOKEN" } } })`,
    "namespace of gapi": `tools.gapi.admin.users.list({ domain: "acme.example" }, { namespace: "payroll" })`,
    "names of a namespace": `tools.keystore.listKeys("payroll")`,
    "host not listed": `tools.http.fetch("http://127.0.0.1:1/")`,
    "host behind a name": `tools.http.fetch("http://localhost:${gate.host.split(":")[1]}/free")`,
    "file scheme": `tools.http.fetch("file:///etc/passwd")`,
    "writing method": `tools.gapi.gmail.users.messages.trash({ userId: "${user}", id: "${id}" })`,
    "sending method": `tools.gapi.gmail.users.messages.send({ userId: "${user}", requestBody: { raw: "eA" } })`,
    "service not declared": `tools.database.from("x").select()`,
    "method of an object's prototype": `__callHostTool__("gapi", "constructor.constructor", ["return 1"])`,
    "prototype as a service": `__callHostTool__("__proto__", "toString", [])`,
  };
  const file = place.write(
    "greedy.ts",
    `export const manifest = {
       description: "Wants more", services: ["gapi", "keystore", "http"], namespaces: ["default"], hosts: ["${gate.host}"],
     };
     export default async function greedy() {
       const outcomes: unknown[] = [];
       const attempts: [string, () => unknown][] = [${
      Object.entries(attempts).map(([name, code]) => `[${JSON.stringify(name)}, () => ${code}]`).join(",\n")
    }];
       for (const [name, attempt] of attempts) {
         try { outcomes.push([name, "gave", await attempt()]); }
         catch (error) { outcomes.push([name, error.code, error.message]); }
       }
       return outcomes;
     }`,
  );
  const published = await place.run(["publish", file]);
  assert.equal(published.code, 0, published.stderr);
  bed.workspace.resetCounters();
  const { code, stdout, stderr } = await place.run(["run", "greedy", "--json"]);
  assert.equal(code, 0, stderr);
  const outcomes = JSON.parse(stdout) as [string, string, string][];
  const codes = Object.fromEntries(outcomes.map(([name, code]) => [name, code]));
  assert.deepEqual(codes, {
    namespace: "NAMESPACE_REFUSED",
    "namespace by a forged reference": "NAMESPACE_REFUSED",
    "namespace of gapi": "NAMESPACE_REFUSED",
    "names of a namespace": "NAMESPACE_REFUSED",
    "host not listed": "HOST_REFUSED",
    "host behind a name": "HOST_REFUSED",
    "file scheme": "HOST_REFUSED",
    "writing method": "METHOD_REFUSED",
    "sending method": "METHOD_REFUSED",
    "service not declared": "FORBIDDEN",
    "method of an object's prototype": "METHOD_UNKNOWN",
    "prototype as a service": "SERVICE_UNKNOWN",
  }, stdout);
  for (const [name, , message] of outcomes) assert.ok(message.length > 20, `${name}: ${message}`);
  assert.equal(bed.workspace.counters().requests, 0, "nothing of it reached the Workspace");
  assert.deepEqual(gate.asked, [], "nothing of it reached the network");
  assert.ok(bed.workspace.messageIds(user).includes(id!), "and the message is where it was");

  const unharmed = await bed.search(["-q", "in:anywhere"]);
  assert.equal(unharmed.code, 0, unharmed.stderr);
});
