import { command } from "./command.ts";
import { dbFlag, followFlags, outputFlags, ownerFlags, parseAtLeastOne, parseText, reasonFlag } from "./flags.ts";
import type { ForkFlags } from "./fork.ts";

export const forkCommand = command<ForkFlags>({
  brief: "Make a run that shares another one's journal up to a call, and goes on live from there",
  description: "Make a run that shares another one's journal up to a call, and goes on live from there.\n\n" +
    "Copied are the calls before --from with their answers in their order, and the rows that they kept; log lines and " +
    "progress are told again. So nothing is missing in the new run, and nothing is in it twice. Calls before --from that " +
    "have no answer are made again. Not copied: runs that were nested (their results are), signals that nobody has taken, " +
    "and rows in the tasks' own tables, which are there already.\n\n" +
    "The code is that of the run, its newest version with --latest. It must make the same calls before --from, for a new " +
    "input and edited answers too; otherwise the new run fails with NON_DETERMINISM and names the call.",
  usage: [
    "RUN --from SEQ [flags]",
    { input: "last --set '3={\"messages\":[]}'", brief: "Go on from another answer of call 3" },
  ],
  flags: {
    from: {
      kind: "parsed",
      parse: parseAtLeastOne,
      optional: true,
      placeholder: "seq",
      brief: "The first call that is made anew [default: the first one after an answer of --set]",
    },
    set: {
      kind: "parsed",
      parse: parseText,
      variadic: true,
      optional: true,
      placeholder: "seq=json",
      brief: "A result in place of a recorded one (repeat)",
    },
    input: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "json",
      brief: "Another input: JSON, @file, or - for stdin",
    },
    latest: { kind: "boolean", optional: true, withNegated: false, brief: "Use the task's newest version" },
    detach: { kind: "boolean", optional: true, withNegated: false, brief: "Do not follow the new run" },
    ...reasonFlag,
    ...outputFlags,
    ...followFlags,
    ...ownerFlags,
    ...dbFlag,
  },
  positional: [{ placeholder: "run", brief: "Id, unique part of one, or last" }],
  load: async () => (await import("./fork.ts")).parse,
});
