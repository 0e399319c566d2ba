import { command } from "./command.ts";
import { dbFlag, outputFlags, parseText } from "./flags.ts";
import type { RecordsFlags } from "./records.ts";

export const recordsCommand = command<RecordsFlags>({
  brief: "Print the rows that a run has kept",
  flags: {
    kind: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "name",
      brief: "Rows of this kind only, such as message or coverage",
    },
    grep: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "words",
      brief: `Only rows with all these words: "words together", begin*, -without, one OR another`,
    },
    groupBy: {
      kind: "enum",
      values: ["message-id"],
      optional: true,
      brief: "One line for each mail: which mailboxes hold it, read or unread, in which folder, answered or forwarded",
    },
    ...outputFlags,
    ...dbFlag,
  },
  positional: [{ placeholder: "run", brief: "Id, unique part of one, or last" }],
  load: async () => (await import("./records.ts")).parse,
});
