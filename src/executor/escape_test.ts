import assert from "node:assert/strict";
import { ESCAPE_TRICKS, type EscapeReport, escapeTask } from "./fixtures/escape_tricks.ts";
import { drive, withExecutor } from "./fixtures/drive.ts";

const POLLUTED = JSON.parse(
  '{ "__proto__": { "polluted": true }, "constructor": { "prototype": { "polluted": true } } }',
);

for (const [name, trick] of Object.entries(ESCAPE_TRICKS)) {
  Deno.test(`no way out: ${name}`, () =>
    withExecutor(async (executor) => {
      const { outcome } = await drive(executor, escapeTask(trick), (call) => call.method === "value" ? POLLUTED : null);
      assert.equal(outcome?.type, "completed", JSON.stringify(outcome));
      const { powers, leaked }: EscapeReport = JSON.parse(outcome.json);
      assert.deepEqual(powers, []);
      // Deno 2.4 refuses import() with an error of the Worker; lock_worker.ts makes it lead nowhere.
      if (!name.startsWith("import()")) assert.deepEqual(leaked, []);
    }));
}

Deno.test("the probe notices an escape", async () => {
  const { default: vm } = await import("node:vm");
  const context = vm.createContext({ foreign: {} });
  const source = escapeTask("probe(foreign);").source;
  const module = { exports: (): Promise<EscapeReport> => Promise.reject() };
  Object.assign(context, { module, tools: { timer: { sleep: () => null } } });
  vm.runInContext(`((exports, require, module) => {${source}\n})(null, null, module)`, context);
  const { powers, leaked } = await module.exports();
  assert.deepEqual([...leaked], ["object"]);
  assert.ok([...powers].some((power) => power.startsWith("foreign code")));
});
