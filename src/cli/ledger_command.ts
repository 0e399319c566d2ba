import { parseDuration } from "../core/duration.ts";
import { OUTSIDE_SERVICES } from "../core/manifest.ts";
import { command } from "./command.ts";
import { dbFlag, outputFlags, parseText } from "./flags.ts";
import type { LedgerFlags } from "./ledger.ts";

export const ledgerCommand = command<LedgerFlags>({
  brief: "List what left this machine, or check that nothing of it was changed",
  description: "List what left this machine, or check that nothing of it was changed.\n\n" +
    "Every attempt of a call to an outside service has an entry, which is in the file before anything leaves: which call " +
    "of which run, the hosts that it may reach, what is sent, without secrets and long texts, and the SHA-256 of the " +
    "arguments as they were sent. Another says how it ended, with the requests that were made, to which hosts, their " +
    "answers and bytes; requests for tokens are among them. One that was out when the process died has no end that " +
    "anybody saw, and is listed as unknown. Entries come in the order of their ends, what has none last.\n\n" +
    "What commands ask themselves (google check, google setup), traces and metrics sent to a collector, and answers of " +
    "the server on this machine are no calls of tasks, and have no entry.\n\n" +
    "--verify follows the chain of hashes and compares it with the calls of the runs in the database; exit code 0 only when " +
    "all is right. Whoever can write the file can also write a new chain: note the head that --verify prints somewhere " +
    "else, and give it to --head later.",
  usage: ["[flags]", "--verify [--head HASH]"],
  flags: {
    run: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "run",
      brief:
        "Only this run, and what is nested in it: id, unique part of one, or last; the whole id of one that is gone",
    },
    service: { kind: "enum", values: OUTSIDE_SERVICES, optional: true, brief: "Only calls to this service" },
    since: {
      kind: "parsed",
      parse: parseTime,
      optional: true,
      placeholder: "time",
      brief: "Only what left then or later: 2026-11-26, 2026-11-26T09:00, or 2h ago",
    },
    until: {
      kind: "parsed",
      parse: parseTime,
      optional: true,
      placeholder: "time",
      brief: "Only what left before then",
    },
    all: {
      kind: "boolean",
      optional: true,
      withNegated: false,
      brief: "Also attempts with which nothing left: refused, not begun, or told to wait",
    },
    verify: { kind: "boolean", optional: true, withNegated: false, brief: "Check the ledger instead of listing it" },
    head: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "hash",
      brief: "With --verify: a head noted earlier, which the ledger must still hold",
    },
    ...outputFlags,
    ...dbFlag,
  },
  load: async () => (await import("./ledger.ts")).parse,
});

/** A time in ms: on a day or at a minute of this machine's zone, or so long ago. */
export function parseTime(input: string): number {
  const ago = /^\d+$/.test(input) ? undefined : parseDuration(input.replace(/ ?ago$/, ""));
  if (ago !== undefined) return Date.now() - ago;
  const time = /^\d{4}-\d\d-\d\d$/.test(input) ? Date.parse(`${input}T00:00`) : Date.parse(input);
  if (Number.isNaN(time) || !/^\d{4}-\d\d-\d\d/.test(input)) {
    throw new Error("expected a day or time such as 2026-11-26 or 2026-11-26T09:00, or 2h for two hours ago");
  }
  return time;
}
