import type { Json } from "../core/json.ts";
import { RecordTables } from "../store/record_tables.ts";
import { command, type Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { dbFlag, type Format, formatOf, outputFlags } from "./flags.ts";
import { note } from "./output/errors.ts";
import { writeReport } from "./output/report/report.ts";
import { formatParts, writeRows } from "./output/rows.ts";
import { checkResultOutput } from "./output/run_outcome.ts";
import { writeTo } from "./output/sink.ts";
import { styled } from "./output/terminal.ts";
import { reading } from "./reading.ts";
import { findRun, shortId } from "./run_lookup.ts";
import { reportOf } from "./run_report.ts";

export interface SqlOptions {
  readonly database: string;
  readonly run: string;
  /** undefined: the tables are listed. */
  readonly question: string | undefined;
  readonly format: Format;
  readonly output: string | undefined;
}

interface Flags {
  readonly format?: Format;
  readonly json?: boolean;
  readonly output?: string;
  readonly db?: string;
}

export const sqlCommand = command<Flags>({
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
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = async (context, flags, [runId, question]) =>
  await run({
    database: context.databasePath(flags.db),
    run: runId!,
    question: question === undefined ? undefined : await textOf(question, context),
    format: formatOf(flags) ?? "table",
    output: flags.output,
  }, context);

async function textOf(question: string, context: Context): Promise<string> {
  if (question === "-") return await context.readStdin();
  return question.startsWith("@") ? await context.readFile(question.slice(1)) : question;
}

export async function run(options: SqlOptions, context: Context): Promise<ExitCode> {
  const { format, output, question } = options;
  const { terminal } = context;
  await checkResultOutput(output);
  const parts = await formatParts(format);
  return await reading(context, options.database, (store) => {
    const found = findRun(store, options.run);
    using tables = new RecordTables(store.records, found.run);
    if (question === undefined && tables.tables.length === 0) {
      note(terminal, `run ${shortId(found.id)} has kept no rows`);
    }
    const { columns, rows } = question === undefined ? listed(tables) : tables.ask(question);
    writeTo(terminal, output, (sink) => {
      if (format === "html") {
        writeReport(
          sink,
          reportOf(store, found, { rows, columns, choice: [`What this gives: ${question ?? "its tables"}`] }),
        );
      } else {writeRows(sink, rows, {
          ...parts,
          format,
          columns,
          width: output === undefined && terminal.isTerminal.out ? terminal.width() : 0,
          head: (text) => styled(output === undefined && terminal.color.out, "bold", text),
        });}
    });
    return EXIT.ok;
  });
}

function listed({ tables }: RecordTables): { columns: readonly string[]; rows(): Json[] } {
  return {
    columns: ["table", "rows", "columns"],
    rows: () => tables.map(({ name, rows, columns }) => ({ table: name, rows, columns })),
  };
}
