import { command } from "./command.ts";
import { dbFlag, outputFlags } from "./flags.ts";
import type { SqlFlags } from "./sql.ts";

export const sqlCommand = command<SqlFlags>({
  brief: "Ask the rows that a run has kept, in SQL",
  description:
    "Ask the rows that a run has kept, in SQL.\n\nEach kind is a table; each member of its rows is a column. Members that " +
    "hold lists or objects are JSON text: json_each(labelIds), headers->>'Subject'. Nothing else can be reached, and nothing " +
    "changed: the question is one SELECT of SQLite's. Without one, the tables are listed.\n\n" +
    "  tasker sql last\n" +
    `  tasker sql last "SELECT mailbox, count(*) AS hits FROM message GROUP BY mailbox ORDER BY hits DESC"\n` +
    `  tasker sql last "SELECT email, reason FROM coverage WHERE status <> 'complete'"\n` +
    `  tasker sql last "SELECT date, headers->>'From' AS sender FROM message WHERE sizeEstimate > 5e6" --output large.csv\n` +
    "  tasker sql last @question.sql",
  usage: ["RUN [SELECT…|@file|-] [flags]"],
  flags: { ...outputFlags, ...dbFlag },
  positional: [
    { placeholder: "run", brief: "Id, unique part of one, or last" },
    { placeholder: "question", brief: "One SELECT; @file and - read it from a file and from stdin", optional: true },
  ],
  load: async () => (await import("./sql.ts")).parse,
});
