import assert from "node:assert/strict";
import { systemClock } from "../../core/clock.ts";
import { LEGACY_MANIFEST } from "../../core/manifest.ts";
import type { Service } from "../../services/contract.ts";
import { type Attempt, withAttempts } from "./attempts.ts";

/** A service with state of its own. */
class Counting implements Service {
  readonly name = "outside";
  readonly local = false;
  readonly takesIdempotencyKey = true;
  #calls = 0;
  traits = () => ({ repeatable: true });

  units(): number {
    return this.#calls;
  }

  call() {
    this.#calls++;
    return { type: "result", value: this.#calls } as const;
  }
}

Deno.test("a service whose attempts are told has all that it had", async () => {
  const told: Attempt[] = [];
  const service = new Counting();
  const watched = withAttempts({ get: () => service }, systemClock, (attempt) => told.push(attempt)).get("outside");
  const { signal } = new AbortController();
  const asked = { service: "outside", method: "count", args: [], manifest: LEGACY_MANIFEST, progress: undefined };
  const rest = { taskName: "task", taskRunId: "r", frameId: "r-1", attempt: 1, issuedAt: 0 };
  assert.deepEqual(await watched.call({ ...asked, ...rest, signal }), { type: "result", value: 1 });
  assert.deepEqual([watched.takesIdempotencyKey, watched.units!(asked), watched.limit], [true, 1, undefined]);
  assert.deepEqual(told.map(({ outcome }) => outcome), ["result"]);
});
