import assert from "node:assert/strict";
import { readCallOptions as read } from "./call_options.ts";
import { parseDuration } from "./duration.ts";

const readCallOptions = (given: unknown) => read(given, parseDuration);

Deno.test("options are read with their durations in ms, and what was read is read as it is", () => {
  const options = readCallOptions({
    timeout: "90s",
    retry: { maxAttempts: 3, initialInterval: "2m", backoffCoefficient: 1.5, maximumInterval: 10, nonRetryable: ["A"] },
    idempotencyKey: "order 7",
    concurrencyKey: { limit: 2, key: "shop" },
    priority: -3,
  });
  assert.deepEqual(options, {
    timeout: 90_000,
    retry: {
      maxAttempts: 3,
      initialInterval: 120_000,
      backoffCoefficient: 1.5,
      maximumInterval: 10,
      nonRetryable: ["A"],
    },
    idempotencyKey: "order 7",
    concurrencyKey: { key: "shop", limit: 2 },
    priority: -3,
  });
  assert.equal(JSON.stringify(readCallOptions(JSON.parse(JSON.stringify(options)))), JSON.stringify(options));
  assert.deepEqual(readCallOptions({ timeout: undefined, retry: { maxAttempts: undefined } }), { retry: {} });
});

const refused: readonly [unknown, RegExp][] = [
  [null, /^the options of a call must be an object/],
  [{ timeOut: 1 }, /^the options of a call has no member "timeOut"/],
  [{ timeout: "2 moons" }, /^timeout must be a duration/],
  [{ timeout: 0 }, /^timeout must be a duration/],
  [{ timeout: "5 weeks" }, /^timeout must be a duration/],
  [{ timeout: NaN }, /^timeout must be a duration/],
  [{ retry: 3 }, /^retry must be an object/],
  [{ retry: { attempts: 3 } }, /^retry has no member "attempts"/],
  [{ retry: { maxAttempts: 1.5 } }, /^retry\.maxAttempts must be a whole number from 1/],
  [{ retry: { backoffCoefficient: 0.5 } }, /^retry\.backoffCoefficient must be a number from 1 to 100/],
  [{ retry: { nonRetryable: "A" } }, /^retry\.nonRetryable must be a list/],
  [{ idempotencyKey: "a\nb" }, /^idempotencyKey must be text/],
  [{ concurrencyKey: "shop" }, /^concurrencyKey must be an object/],
  [{ concurrencyKey: { key: "shop" } }, /^concurrencyKey\.limit must be a whole number from 1/],
  [{ concurrencyKey: { key: "", limit: 1 } }, /^concurrencyKey\.key must be text/],
  [{ priority: "high" }, /^priority must be a whole number from -100 to 100/],
];

Deno.test("an option that is not understood is named", () => {
  for (const [options, message] of refused) {
    assert.throws(() => readCallOptions(options), { name: "TypeError", code: "INVALID_INPUT", message });
  }
});
