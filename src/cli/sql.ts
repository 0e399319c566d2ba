import type { Json } from "../core/json.ts";
import { RecordTables } from "../store/record_tables.ts";
import type { Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { type Format, formatOf } from "./flags.ts";
import { note } from "./output/errors.ts";
import { writeReport } from "./output/report/report.ts";
import { formatParts, writeRows } from "./output/rows.ts";
import { checkResultOutput } from "./output/run_outcome.ts";
import { writeTo } from "./output/sink.ts";
import { styled } from "./output/terminal.ts";
import { readingRuns } from "./reading.ts";
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

export interface SqlFlags {
  readonly format?: Format;
  readonly json?: boolean;
  readonly output?: string;
  readonly db?: string;
}

/** `tasker sql`, from its flags. */
export const parse: Run<SqlFlags> = async (context, flags, [runId, question]) =>
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
  return await readingRuns(context, options.database, (store) => {
    const found = findRun(store, options.run);
    using tables = new RecordTables(store.records, found.run);
    const { columns, rows } = question === undefined ? listed(tables) : tables.ask(question);
    const choice = [`What this gives: ${question ?? "its tables"}`];
    writeTo(terminal, output, (sink) => {
      if (format === "html") return writeReport(sink, reportOf(store, found, { rows, columns, choice }));
      writeRows(sink, rows, {
        ...parts,
        format,
        columns,
        width: output === undefined && terminal.isTerminal.out ? terminal.width() : 0,
        head: (text) => styled(output === undefined && terminal.color.out, "bold", text),
      });
    });
    if (question === undefined && store.records.kinds(found.run).size === 0) {
      note(terminal, `run ${shortId(found.id)} has kept no rows`);
    }
    return EXIT.ok;
  });
}

function listed(tables: RecordTables): { columns: readonly string[]; rows(): Json[] } {
  const list = tables.list().map(({ name, rows, columns }) => ({ table: name, rows, columns }));
  return { columns: ["table", "rows", "columns"], rows: () => list };
}
