import assert from "node:assert/strict";
import { openBench } from "./bench.ts";
import { pastCalls } from "./past_calls.ts";

Deno.test("calls that are open or were over lately are found, in the order of their ends, those never begun are not", () => {
  using bench = openBench();
  const { stackRuns, taskRuns } = bench.store;
  let seq = 1;
  const begun = (run: number, method: string, service = "gapi") => {
    const [now, args] = [seq, "[1]"];
    return stackRuns.insertClaimed({ run, seq: ++seq, service, method, args, lane: true, now }).id;
  };
  const ended = bench.addRun("run-2");
  for (let delivery = 1; delivery <= 60; delivery++) {
    stackRuns.settle(begun(bench.run, `m${delivery}`), { status: "completed", result: "1", delivery, now: delivery });
  }
  stackRuns.settle(begun(bench.run, "other", "http"), { status: "completed", result: "1", delivery: 61, now: 61 });
  stackRuns.settle(begun(ended, "cancelled"), { status: "cancelled", error: "{}", now: 40 });
  stackRuns.release(begun(bench.run, "waits"), { readyAt: 500, counted: false });
  const budget = { readyAt: 900, blocked: "budget b 2026-11-26", counted: false };
  stackRuns.release(begun(bench.run, "over budget"), budget);
  begun(bench.run, "at work");
  taskRuns.move(ended, "running", 0);
  taskRuns.end(ended, { status: "cancelled", error: "{}", now: 40 });

  const found = pastCalls(bench.store, { service: "gapi", since: 30, now: 100, ownerSince: 0 });
  const over = Array.from({ length: 30 }, (_, index) => `m${index + 31} ${index + 31}`);
  over.splice(10, 0, "cancelled 40");
  assert.deepEqual(
    found.map(({ method, at }) => `${method} ${at}`).sort(),
    [...over, "waits 100", "over budget 100", "at work 100"].sort(),
  );
  assert.deepEqual(found.map(({ at }) => at), found.map(({ at }) => at).sort((a, b) => a - b));
  assert.deepEqual(found.find(({ method }) => method === "waits")!.readyAt, 500);
  assert.equal(found.find(({ method }) => method === "over budget")!.readyAt, undefined);
  assert.deepEqual(found[0]!.args, [1]);

  const twice = pastCalls(bench.store, { service: "gapi", since: 30, now: 100, ownerSince: 35 });
  assert.deepEqual(twice.map(({ method, at }) => `${method} ${at}`).filter((call) => / 35$/.test(call)).sort(), [
    ...["m31", "m32", "m33", "m34"].map((method) => `${method} 35`),
    "m35 35",
  ]);
});
