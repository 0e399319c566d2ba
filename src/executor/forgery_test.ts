import assert from "node:assert/strict";
import type { TaskerError } from "../core/errors.ts";
import { runStart, taskCode } from "./fixtures/drive.ts";
import { Isolate, openWorker } from "./isolate.ts";
import { readReport } from "./read_report.ts";
import { StallWatch } from "./stall_watch.ts";

/** An isolate whose Worker answers with `messages`, one after another. */
async function withForger(
  messages: unknown[],
  work: (isolate: Isolate) => Promise<void>,
  onChange: (isolate: Isolate) => void = () => {},
): Promise<void> {
  const watch = new StallWatch(15_000);
  const isolate = new Isolate({
    code: taskCode(JSON.stringify(messages)),
    tickTimeout: 5_000,
    watch,
    worker: openWorker(new URL("./fixtures/forging_worker.ts", import.meta.url)),
    onChange,
  });
  try {
    await work(isolate);
  } finally {
    isolate.end();
    watch.stop();
  }
}

const call = (seq: number) => ({ seq, service: "a", method: "b", args: "[]" });
const report = (calls: unknown[], more: object = {}) => ({
  type: "report",
  runId: "RUN",
  json: JSON.stringify({ turns: [{ calls, logs: [] }], ...more }),
});

const forgeries: Record<string, unknown> = {
  "text": "hello",
  "null": null,
  "no text": { kind: "report" },
  "text of something else": "[]\n",
  "a kind of message that does not exist": { type: "exit", runId: "RUN" },
  "a second ready": { type: "ready" },
  "a report of another run": { ...report([]), runId: "other" },
  "a report that is no text": { type: "report", runId: "RUN", json: { turns: [] } },
  "a call out of order": report([call(2)]),
  "a call twice": report([call(1), call(1)]),
  "an outcome of its own kind": report([], { outcome: { type: "completed", json: 1 } }),
  "too many turns": { type: "report", runId: "RUN", json: '{"turns":[{"calls":[],"logs":[]},{"calls":[],"logs":[]}]}' },
};

for (const [name, forgery] of Object.entries(forgeries)) {
  Deno.test(`an isolate that sends ${name} is ended and its run fails`, () =>
    withForger([forgery], async (isolate) => {
      const guilty = isolate.start(runStart());
      const behind = isolate.start(runStart());
      const refused = assert.rejects(behind, (error: TaskerError) => error.code === "ISOLATE_LOST");
      const { outcome } = await guilty;
      assert.match(outcome?.type === "failed" ? outcome.error.message : "", /sample\.js made its isolate send/);
      await refused;
      assert.equal(isolate.ended, true);
    }));
}

Deno.test("a message that nobody asked for ends the isolate", () => {
  const ended = Promise.withResolvers<void>();
  return withForger([[report([call(1)]), report([call(2)])]], async (isolate) => {
    const run = runStart();
    assert.equal((await isolate.start(run)).turns[0]!.calls.length, 1);
    await ended.promise;
    const refused = isolate.deliver(run.runId, [{ seq: 1, at: 0, ok: true, json: "0" }]);
    await assert.rejects(refused, (error: TaskerError) => error.code === "ISOLATE_LOST");
  }, (isolate) => isolate.ended && ended.resolve());
});

Deno.test("a message beside the port ends the isolate, and its run fails", () =>
  withForger([report([call(1)]), "beside the port"], async (isolate) => {
    const run = runStart();
    await isolate.start(run);
    const { outcome } = await isolate.deliver(run.runId, [{ seq: 1, at: 0, ok: true, json: "0" }]);
    assert.match(outcome?.type === "failed" ? outcome.error.message : "", /sample\.js made its isolate send/);
    assert.equal(isolate.ended, true);
  }));

Deno.test("an isolate whose Worker dies loses its runs and nothing else", () =>
  withForger([report([call(1)]), "die"], async (isolate) => {
    const run = runStart();
    await isolate.start(run);
    const lost = isolate.deliver(run.runId, [{ seq: 1, at: 0, ok: true, json: "0" }]);
    await assert.rejects(
      lost,
      (error: TaskerError) => error.code === "ISOLATE_LOST" && /on purpose/.test(error.message),
    );
    assert.equal(isolate.ended, true);
  }));

Deno.test("readReport() takes exactly what follows on what was there", () => {
  const expected = { issued: 4, lines: 1, turns: 1 };
  const line = { index: 1, at: 5, level: "info", text: "x" };
  const good = { turns: [{ calls: [call(5), call(6)], logs: [line] }] };
  assert.deepEqual(readReport(JSON.stringify(good), expected), good);
  const error = { name: "E", code: "C", message: "m", hint: "h", details: { a: 1 }, stack: "s" };
  const failed = { ...good, outcome: { type: "failed", error } };
  assert.deepEqual(readReport(JSON.stringify(failed), { ...expected, turns: 9 }), failed);
  const bad = [
    { turns: [] },
    { ...good, more: 1 },
    { turns: [{ calls: [call(6)], logs: [] }] },
    { turns: [{ calls: [{ ...call(5), args: "{}" }], logs: [] }] },
    { turns: [{ calls: [{ ...call(5), service: "" }], logs: [] }] },
    { turns: [{ calls: [], logs: [{ ...line, index: 0 }] }] },
    { turns: [{ calls: [], logs: [{ ...line, level: "loud" }] }] },
    { turns: [{ calls: [], logs: [], extra: 1 }] },
    { ...good, outcome: { type: "failed", error: { name: 1, code: "C", message: "m" } } },
    { ...good, outcome: { type: "failed", error: { ...error, more: 1 } } },
    { ...good, outcome: { type: "failed", error: { ...error, call: 1_000 } } },
    { ...good, outcome: null },
  ];
  for (const one of bad) assert.equal(readReport(JSON.stringify(one), expected), undefined, JSON.stringify(one));
  assert.equal(readReport("{", expected), undefined);
});
