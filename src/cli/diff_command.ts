import { command } from "./command.ts";
import type { DiffFlags } from "./diff.ts";
import { dbFlag, outputFlags } from "./flags.ts";

export const diffCommand = command<DiffFlags>({
  brief: "Compare what two searches have found: new, vanished, changed",
  description: "Compare what two searches have found.\n\n" +
    "  new        only the second has it, and the first had read the mailbox to its end, or had asked before it came\n" +
    "  vanished   only the first has it, and the second has read the mailbox to its end: deleted since, moved to spam or " +
    "trash, or no longer what was asked for\n" +
    "  changed    other labels: another folder, read or unread\n" +
    "  not known  only one has it, and the other has not read the mailbox to its end; or a mailbox that not both have read\n\n" +
    "Exit codes: 0 nothing differs, 1 something does, 5 nothing is known to differ, but not everything could be compared.",
  flags: {
    groupBy: {
      kind: "enum",
      values: ["mailbox"],
      optional: true,
      brief: "One line for each mailbox: how many messages are new, vanished, changed, the same, not known, and why",
    },
    ...outputFlags,
    ...dbFlag,
  },
  positional: [
    { placeholder: "run1", brief: "The earlier search: id, unique part of one, or last" },
    { placeholder: "run2", brief: "The later one" },
  ],
  load: async () => (await import("./diff.ts")).parse,
});
