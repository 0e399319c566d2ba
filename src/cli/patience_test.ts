import assert from "node:assert/strict";
import type { RunView } from "../server/api.ts";
import { answersOf, beyondPatience, Patience, SETTLED } from "./patience.ts";

const NOW = 1_000_000;
const wait = (until: number) => ({ stackRunId: "r.1", service: "gapi", method: "m", until, waitingFor: "user a" });
const view = (waiting: number[], calls: RunView["calls"] = { pending: waiting.length }): RunView =>
  ({
    id: "r",
    status: "suspended_waiting_child",
    calls,
    waiting: waiting.map(wait),
    nestedAtWork: 0,
    endedAt: null,
  }) as unknown as RunView;

Deno.test("a run is beyond patience when all it does is to wait for longer", () => {
  const params = { now: NOW, patience: 60_000 };
  assert.equal(beyondPatience(view([NOW + 61_000, NOW + 90_000]), params)?.until, NOW + 61_000);
  assert.equal(beyondPatience(view([NOW + 90_000, NOW + 59_000]), params), undefined);
  assert.equal(beyondPatience(view([NOW + 90_000], { pending: 1, processing: 1 }), params), undefined);
  assert.equal(beyondPatience(view([]), params), undefined);
  const around = { ...view([NOW + 90_000], { suspended_waiting_child: 1 }), nestedAtWork: 1 };
  assert.equal(beyondPatience(around, params), undefined);
  assert.equal(beyondPatience({ ...around, nestedAtWork: 0 }, params)?.until, NOW + 90_000);
});

Deno.test("patience ends only when that has lasted, and for all runs", () => {
  const patience = new Patience(60_000);
  patience.update(view([NOW + 90_000]));
  assert.equal(patience.exceeded(NOW), undefined);
  assert.equal(patience.exceeded(NOW + SETTLED)?.waitingFor, "user a");
  patience.update({ ...view([], { processing: 1 }), id: "other" });
  assert.equal(patience.exceeded(NOW + SETTLED + 1), undefined);
});

Deno.test("an approval by a person may come at any time, as a signal may", () => {
  const asking = { ...wait(0), until: null, waitingFor: "a person's approval", approval: true as const };
  const asked = { ...view([]), waiting: [asking], calls: { pending: 1 } } as RunView;
  assert.deepEqual(answersOf(asked), [asking]);
  const patience = new Patience(60_000);
  patience.update(asked);
  assert.equal(patience.exceeded(NOW), undefined);
  assert.equal(patience.exceeded(NOW + SETTLED), undefined);
  assert.equal(patience.exceeded(NOW + 60_000), asking);
});
