import assert from "node:assert/strict";
import type { RunView } from "../../server/api.ts";
import { addSample, progressText, rateOf, renderBar, type Sample } from "./progress_text.ts";

const VIEW: RunView = {
  id: "r",
  taskName: "gmail-search",
  taskVersion: 1,
  codeHash: "",
  status: "suspended_waiting_child",
  input: {},
  result: null,
  error: null,
  progress: { done: 250, total: 1_000, unit: "messages", note: "3 of 12 users", at: 0 },
  parentRunId: null,
  startedBy: null,
  chain: null,
  forkedFrom: null,
  retryOf: null,
  retriedBy: null,
  idempotencyKey: null,
  priority: 0,
  calls: { completed: 10, processing: 2 },
  records: {},
  waiting: [],
  nestedAtWork: 0,
  createdAt: 0,
  startedAt: 0,
  deadline: null,
  cleanUpUntil: null,
  endedAt: null,
};

Deno.test("progress shows the bar, messages, users, rate and time left", () => {
  const samples: Sample[] = [{ at: 0, done: 50 }, { at: 2_000, done: 250 }];
  assert.deepEqual(progressText(VIEW, { now: 2_000, samples, bar: 8 }), [
    "gmail-search  ██░░░░░░   25%  250 of 1,000 messages  3 of 12 users  100/s  ETA 8 s",
  ]);
});

Deno.test("the time left is never shorter than what is waited for", () => {
  const samples: Sample[] = [{ at: 0, done: 50 }, { at: 2_000, done: 250 }];
  const waiting = [{
    stackRunId: "r.4",
    service: "gapi",
    method: "m",
    until: 42_000,
    waitingFor: "user ann@x.org: quota",
  }];
  const [line] = progressText({ ...VIEW, waiting }, { now: 2_000, samples, bar: 0 });
  assert.match(line!, /ETA 40 s$/);
});

Deno.test("a wait is named with its end", () => {
  const until = new Date(2026, 5, 1, 20, 15, 3).getTime();
  const waiting = [{ stackRunId: "r.4", service: "gapi", method: "m", until, waitingFor: "user ann@x.org: quota" }];
  const lines = progressText({ ...VIEW, waiting: [...waiting, ...waiting] }, {
    now: until - 60_000,
    samples: [],
    bar: 0,
  });
  assert.equal(lines[1], "  waiting until 20:15:03: user ann@x.org: quota (and 1 more)");
  assert.equal(progressText({ ...VIEW, waiting }, { now: until + 1, samples: [], bar: 0 }).length, 1);
});

Deno.test("a task that says nothing of its progress is shown by its calls and records", () => {
  const [line] = progressText({ ...VIEW, progress: null, records: { row: 3 } }, { now: 0, samples: [], bar: 8 });
  assert.equal(line, "gmail-search  running  10 calls of 12 done  3 records");
});

Deno.test("the rate is that of the last half minute, and starts over with the count", () => {
  let samples: Sample[] = [];
  for (let at = 0; at <= 60_000; at += 1_000) {
    samples = addSample(samples, { at, done: at < 30_000 ? at : 30_000 + (at - 30_000) / 10 });
  }
  assert.equal(rateOf(samples, 60_000), 100);
  assert.deepEqual(addSample(samples, { at: 61_000, done: 0 }), [{ at: 61_000, done: 0 }]);
  assert.equal(rateOf([{ at: 0, done: 1 }], 10_000), undefined);
});

Deno.test("a bar is full at the end and never longer", () => {
  assert.equal(renderBar(5, 10, 4), "██░░");
  assert.equal(renderBar(20, 10, 4), "████");
  assert.equal(renderBar(0, 0, 4), "████");
});
