/** What task code can see of a stack must not tell a replay from the first time. */
import assert from "node:assert/strict";
import type { IssuedCall, Turn } from "./messages.ts";
import { drive, runStart, task, withExecutor } from "./fixtures/drive.ts";

const bodies: Record<string, string> = {
  "of a failed call": `
    try { await tools.a.fail(1); } catch (error) { console.log(error.stack); }`,
  "of a failed call in a helper": `
    const inner = async () => { await tools.a.ok(1); return await tools.a.fail(2); };
    const outer = async () => await inner();
    try { await outer(); } catch (error) { console.log(error.stack); }`,
  "of an error in an awaited helper": `
    const inner = async () => { await tools.a.ok(1); throw new Error("inner"); };
    const outer = async () => await inner();
    try { await outer(); } catch (error) { console.log(error.stack); }`,
  "of errors in parallel helpers": `
    const helper = async (n) => { await tools.a.ok(n); await tools.a.ok(n); throw new Error("helper " + n); };
    for (const { reason } of await Promise.allSettled([helper(1), helper(2), helper(3)])) console.log(reason.stack);
    await Promise.all([tools.a.ok(4), helper(5)]).catch((error) => console.log(error.stack));
    await Promise.any([helper(6), helper(7)]).catch(({ errors }) => console.log(errors.map((e) => e.stack).join()));`,
  "in a generator, a timer, a thenable and a method": `
    async function* pages() { yield await tools.a.ok(1); throw new Error("page"); }
    try { for await (const page of pages()) await tools.a.ok(page); } catch (error) { console.log(error.stack); }
    await new Promise((done) => setTimeout(() => { console.log(new Error("timer").stack); done(); }, 5));
    for (let i = 0; i < 2; i++) {
      await { then(done) { console.log(new Error("thenable").stack); done(); } };
      await tools.a.ok(i);
    }
    class Deep { async one() { await tools.a.ok(1); return this.two(); } two() { return new Error("two").stack; } }
    console.log(await new Deep().one());`,
  "with a limit of its own, and captured": `
    Error.stackTraceLimit = 100;
    const inner = async () => { await tools.a.ok(1); const o = {}; Error.captureStackTrace(o); return o.stack; };
    const outer = async () => await inner();
    console.log(await outer());
    Error.stackTraceLimit = 20;
    console.log(await outer());`,
};

const answer = (call: IssuedCall) =>
  call.method === "fail" ? { $error: { name: "CallError", code: "X", message: "no" } } : 1;
const lines = (turns: readonly Turn[]) => turns.flatMap((turn) => turn.logs.map((line) => line.text));

for (const [what, body] of Object.entries(bodies)) {
  Deno.test(`the stack ${what} is the same in a replay`, () =>
    withExecutor(async (executor) => {
      const code = task(body);
      const first = await drive(executor, code, answer);
      const seen = lines(first.turns);
      assert.ok(seen.length > 0 && seen.every((text) => text.includes("sample.js:")), seen.join("\n"));
      const except = first.deliveries.filter(({ ok }) => !ok).map(({ seq }) => seq);
      for (const known of [{}, { completed: { upTo: first.calls.length, except } }]) {
        for (const taken of [false, true]) {
          const { realm, report } = await executor.start(code, { ...runStart(), ...known });
          const replayed = await realm.deliver([...first.deliveries], { taken });
          assert.deepEqual(lines([...report.turns, ...replayed.turns]), seen);
        }
      }
    }));
}
