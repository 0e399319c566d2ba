import { command } from "./command.ts";
import type { DiffFlags } from "./diff.ts";
import { dbFlag, outputFlags } from "./flags.ts";

export const diffCommand = command<DiffFlags>({
  brief: "Compare what two searches have found, or say where two other runs of a task part",
  description:
    "Compare what two searches have found: new, vanished, changed. Of two other runs of one task, such as a run " +
    "and its fork, say at which call they part.\n\n" +
    "  new        only the second has it, and the first had read the mailbox to its end, or had asked before it came\n" +
    "  vanished   only the first has it, and the second has read the mailbox to its end: deleted since, moved to spam or " +
    "trash, or no longer what was asked for\n" +
    "  changed    other labels: another folder, read or unread\n" +
    "  not known  only one has it, and the other has not read the mailbox to its end; or a mailbox that not both have read\n\n" +
    "Of runs that are no searches the calls are compared in the order in which they were made, with their answers: how many " +
    "are the same, and the first one whose arguments or answer differ, with both sides. Then what differs of input, code, " +
    "result and number of rows by kind. --json has all of it: taskName, first, second (run, status, code, calls, end), " +
    "same, calls, difference (type call or answer, first, second, result), input, result, records.\n\n" +
    "Exit codes: 0 nothing differs, 1 something does, 5 nothing is known to differ, but not everything could be compared.",
  flags: {
    groupBy: {
      kind: "enum",
      values: ["mailbox"],
      optional: true,
      brief:
        "Of searches, one line for each mailbox: how many messages are new, vanished, changed, the same, not known, and why",
    },
    ...outputFlags,
    ...dbFlag,
  },
  positional: [
    { placeholder: "run1", brief: "The earlier run: id, unique part of one, or last" },
    { placeholder: "run2", brief: "The later one" },
  ],
  load: async () => (await import("./diff.ts")).parse,
});
