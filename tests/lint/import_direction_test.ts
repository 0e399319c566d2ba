import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import plugin from "./import_direction.ts";
import { ALLOWED, seatOf } from "./rooms.ts";

/** What the plugin says about a source that stood at a path of the repository. */
function lint(path: string, source: string): string[] {
  const filename = fileURLToPath(new URL(`../../${path}`, import.meta.url));
  return Deno.lint.runPlugin(plugin, filename, source).map(({ message }) => message);
}

const passes: [string, string][] = [
  ["main.ts", 'import "./src/cli/app.ts"; import "./src/core/errors.ts";'],
  ["main.ts", 'import config from "./deno.json" with { type: "json" };'],
  ["src/cli/run.ts", 'import "../server/client.ts"; import "../workspace/serve.ts"; import "../store/store.ts";'],
  ["src/cli/version.ts", 'import config from "../../deno.json" with { type: "json" };'],
  ["src/cli/commands/run.ts", 'import "../app.ts"; import "../../engine/engine.ts"; import "@stricli/core";'],
  [
    "src/engine/engine.ts",
    'import "../executor/isolate.ts"; import "../publish/publish.ts"; import "node:fs"; Deno.pid;',
  ],
  ["src/services/gapi/pacer.ts", 'import type { A } from "../contract.ts"; import "../../mail/message.ts";'],
  ["src/executor/isolate.ts", 'new Worker(new URL("./worker_entry.ts", import.meta.url));'],
  ["src/workspace/q.ts", 'import "../mail/query.ts"; import "../core/clock.ts";'],
  ["src/mail/mime.ts", 'import "../core/json.ts"; const Denote = { Deno: 1 }; Denote.Deno;'],
  ["src/core/json_test.ts", 'import "node:assert/strict"; import "fast-check"; Deno.test("a", () => {});'],
  ["src/core/json_test.ts", 'import "./json.ts";'],
  ["src/services/gapi/gapi_test.ts", 'import "../../workspace/serve.ts"; import "./fixture.ts";'],
  ["src/cli/run_test.ts", 'import "../executor/messages.ts"; import "../../tests/golden/read.ts";'],
  ["src/publish/publish.ts", 'import "./bundle.ts"; await import("sucrase");'],
  ["tests/bench/bench.ts", 'import "../../src/executor/isolate.ts"; import "../../src/core/json.ts"; Deno.pid;'],
  ["taskcode/gmail-search.ts", 'import "./lib/a.ts";'],
  [
    "src/services/http/a.ts",
    'import { send } from "../outgoing.ts"; await send("a"); type A = typeof fetch; gate.fetch("a");',
  ],
  ["src/services/outgoing.ts", 'await fetch("a");'],
];

for (const [path, source] of passes) {
  Deno.test(`lint lets ${path} have: ${source}`, () => assert.deepEqual(lint(path, source), []));
}

const refusals: [string, string, RegExp][] = [
  ["main.ts", 'import "./src/engine/engine.ts";', /main may not import engine: it may import cli, core/],
  ["src/cli/run.ts", 'import "../executor/isolate.ts";', /cli may not import executor/],
  ["src/server/app.ts", 'import "../cli/table.ts";', /server may not import cli/],
  ["src/engine/engine.ts", 'import "../server/app.ts";', /engine may not import server/],
  ["src/services/timer.ts", 'import "../engine/engine.ts";', /services may not import engine/],
  ["src/services/timer.ts", 'import "../executor/messages.ts";', /services may not import executor/],
  ["src/services/timer.ts", 'import "../publish/publish.ts";', /services may not import publish/],
  ["src/services/gapi/quota.ts", 'import "../../workspace/quota.ts";', /services may not import workspace/],
  ["src/publish/publish.ts", 'import type { A } from "../services/contract.ts";', /publish may not import services/],
  ["src/publish/publish.ts", 'export * from "../executor/messages.ts";', /publish may not import executor/],
  ["src/executor/realm.ts", 'export { a } from "../publish/publish.ts";', /executor may not import publish/],
  ["src/executor/realm.ts", 'await import("../services/contract.ts");', /executor may not import services/],
  [
    "src/executor/realm.ts",
    'new Worker(new URL("../engine/worker.ts", import.meta.url));',
    /executor may not import engine/,
  ],
  ["src/store/store.ts", 'type A = import("../engine/engine.ts").A;', /store may not import engine/],
  ["src/store/store.ts", 'import "../mail/message.ts";', /store may not import mail: it may import core/],
  ["src/store/store.ts", 'import a = require("../cli/app.ts");', /store may not import cli/],
  ["src/workspace/serve.ts", 'import "../services/gapi/quota.ts";', /workspace may not import services/],
  ["src/mail/mime.ts", 'import "../store/store.ts";', /mail may not import store/],
  ["src/core/json.ts", 'import "../mail/message.ts";', /core may not import mail: it may import nothing but itself/],
  ["src/core/json.ts", 'import "node:util";', /core is pure: it may not import "node:util"/],
  ["src/core/json.ts", 'import "valibot";', /core is pure/],
  ["src/core/json.ts", 'import "npm:postal-mime@4";', /core is pure/],
  ["src/mail/mime.ts", 'import "postal-mime";', /mail is pure/],
  ["src/mail/mime.ts", "Deno.readTextFileSync('a');", /may not use Deno/],
  ["src/mail/mime.ts", "globalThis.Deno;", /may not use Deno/],
  ["src/mail/mime.ts", "globalThis['Deno'];", /may not use Deno/],
  ["src/core/json.ts", "const { pid } = Deno;", /may not use Deno/],
  ["src/core/json.ts", "type A = Deno.FsFile;", /may not use Deno/],
  ["src/core/json.ts", 'import "./fixture.ts";', /src\/core\/fixture\.ts is for tests only/],
  ["src/core/json.ts", 'import "./clock_test.ts";', /is for tests only/],
  ["src/core/json.ts", 'import "../../tests/x.ts";', /core may not import tests\/x\.ts: it is outside of src/],
  ["src/engine/engine.ts", 'import a from "../../deno.json" with { type: "json" };', /outside of src/],
  ["src/engine/engine.ts", 'import "../../main.ts";', /engine may not import main/],
  ["src/core/json_test.ts", 'import "../store/store.ts";', /core may not import store/],
  ["src/services/timer_test.ts", 'import "../engine/engine.ts";', /services may not import engine/],
  ["src/services/http/a.ts", 'await fetch("a");', /services may not use fetch/],
  ["src/services/http/a.ts", 'await globalThis.fetch("a");', /services may not use fetch/],
  ["src/services/http/a.ts", "new Gate(options.fetch ?? fetch);", /services may not use fetch/],
  ["src/helpers/a.ts", 'import "./b.ts";', /src\/helpers has no place among the rooms/],
];

for (const [path, source, message] of refusals) {
  Deno.test(`lint refuses ${path}: ${source}`, () => {
    const messages = lint(path, source);
    assert.equal(messages.length, 1, messages.join("\n"));
    assert.match(messages[0]!, message);
  });
}

Deno.test("no room can reach itself, and executor is imported by engine and the server that starts it", () => {
  const visit = (room: string, above: string[]): void => {
    assert.ok(!above.includes(room), [...above, room].join(" → "));
    for (const next of ALLOWED[room]!) visit(next, [...above, room]);
  };
  for (const room of Object.keys(ALLOWED)) visit(room, []);
  assert.deepEqual(Object.keys(ALLOWED).filter((room) => ALLOWED[room]!.includes("executor")), ["server", "engine"]);
});

Deno.test("every folder of src is one of the rooms", async () => {
  for await (const { name, isDirectory } of Deno.readDir(new URL("../../src/", import.meta.url))) {
    if (isDirectory) assert.ok(Object.hasOwn(ALLOWED, seatOf(`src/${name}/a.ts`)!.room), name);
  }
});
