/** Of which failed call a run has ended. */
import assert from "node:assert/strict";
import type { IssuedCall } from "./messages.ts";
import { drive, task, withExecutor } from "./fixtures/drive.ts";

const bodies: readonly (readonly [what: string, body: string, call: number | undefined])[] = [
  ["an error that nobody caught", `await tools.a.ok(); await tools.a.fail();`, 2],
  [
    "one that is thrown again after other calls",
    `try { await tools.a.fail(); } finally { await tools.a.ok(); }`,
    1,
  ],
  [
    "one that has caused another",
    `await tools.a.ok();
     const error = await tools.a.fail().catch((cause) => new Error("worse", { cause }));
     await tools.a.ok();
     throw error;`,
    2,
  ],
  [
    "one that is answered with another",
    `await tools.a.fail().catch(({ message }) => { throw new Error(message); });`,
    1,
  ],
  ["one that was never awaited", `tools.a.fail(); await tools.a.ok(); await tools.a.ok();`, 1],
  ["the first of several", `await Promise.all([tools.a.ok(), tools.a.fail(), tools.a.fail()]);`, 2],
  [
    "an error of its own, after one that was caught",
    `await tools.a.fail().catch(() => {}); await tools.a.ok(); null.x;`,
    undefined,
  ],
  ["an error that has caused itself", `const e = new Error("e"); e.cause = e; await tools.a.ok(); throw e;`, undefined],
  ["an error that resists being read", `await tools.a.ok(); throw new Proxy({}, { get() { throw 1; } });`, undefined],
];

const answer = (call: IssuedCall) =>
  call.method === "fail" ? { $error: { name: "CallError", code: "X", message: "no" } } : 1;

for (const [what, body, call] of bodies) {
  Deno.test(`a run ends of ${what}: ${call === undefined ? "no call" : `call ${call}`}`, () =>
    withExecutor(async (executor) => {
      const { outcome } = await drive(executor, task(body), answer);
      assert.ok(outcome?.type === "failed");
      assert.equal(outcome.error.call, call);
    }));
}
