import { parseDuration } from "../core/duration.ts";
import { command } from "./command.ts";
import { dbFlag, followFlags, outputFlags, ownerFlags, parseText, reasonFlag } from "./flags.ts";
import type { RetryFlags } from "./retry.ts";

export const retryCommand = command<RetryFlags>({
  brief: "Go on with a failed run from its failed call",
  description: "Go on with a failed run from its failed call.\n\n" +
    "The failed run stays as it ended. A new one has its answers, its rows and the signals that it did not take, makes the " +
    "failed call again, with new attempts and a new approval, and all that was open beside it; then it goes on. A run " +
    "nested in it goes on in the same way. It waits for its turn, has as much time as the failed run had, and is what a " +
    "submission under the same idempotency key is given from now on. Each run is retried once; a retry that fails is " +
    "retried itself. A cancelled run can be retried, too.\n\n" +
    "A run that its own code has failed, and no call, would fail again: it is retried with --latest only. The newest version " +
    "must make the calls up to the failed one: it is replayed against them first.",
  usage: [
    "RUN [flags]",
    {
      input: "--failed --task daily-report --since 12h",
      brief: "Go on with all that have failed in the last 12 hours",
    },
  ],
  flags: {
    latest: { kind: "boolean", optional: true, withNegated: false, brief: "With the newest version of its task" },
    failed: {
      kind: "boolean",
      optional: true,
      withNegated: false,
      brief: "All runs that have failed and were not retried, in place of one",
    },
    task: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "name",
      brief: "With --failed: runs of this task",
    },
    since: {
      kind: "parsed",
      parse: parseAge,
      optional: true,
      placeholder: "time",
      brief: "With --failed: no longer ago than this, such as 12h or 3d",
    },
    dryRun: { kind: "boolean", optional: true, withNegated: false, brief: "Say what would be retried, and do nothing" },
    yes: { kind: "boolean", optional: true, withNegated: false, brief: "Do not ask" },
    detach: { kind: "boolean", optional: true, withNegated: false, brief: "Do not follow the new run" },
    ...reasonFlag,
    ...outputFlags,
    ...followFlags,
    ...ownerFlags,
    ...dbFlag,
  },
  aliases: { y: "yes" },
  positional: [{ placeholder: "run", brief: "Id, unique part of one, or last", optional: true }],
  load: async () => (await import("./retry.ts")).parse,
});

/** As `tasker gc` reads it: a bare number would be seconds elsewhere. */
function parseAge(input: string): number {
  const age = /^\d+$/.test(input) ? undefined : parseDuration(input);
  if (age === undefined) throw new Error("expected a time such as 12h or 3d");
  return age;
}
