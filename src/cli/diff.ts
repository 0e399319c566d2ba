import type { MessageDiff } from "../store/message_diff.ts";
import type { Store } from "../store/store.ts";
import type { Run } from "./command.ts";
import { compareRuns, differentQuestions, hasCoverage, requireWholeSearch, type Runs } from "./compared_runs.ts";
import type { Context } from "./context.ts";
import {
  CHANGE_COLUMNS,
  changeLines,
  MAILBOX_COLUMNS,
  mailboxLines,
  SHOWN_COLUMNS,
  TABLE_COLUMNS,
  tableLine,
} from "./diff_lines.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { type Format, formatOf } from "./flags.ts";
import { note, warn } from "./output/errors.ts";
import { formatCount, plural } from "./output/numbers.ts";
import { writeReport } from "./output/report/report.ts";
import { formatParts, writeRows } from "./output/rows.ts";
import { checkResultOutput } from "./output/run_outcome.ts";
import { writeTo } from "./output/sink.ts";
import { styled } from "./output/terminal.ts";
import { readingRuns } from "./reading.ts";
import { findRun } from "./run_lookup.ts";
import { reportOf } from "./run_report.ts";

export interface DiffOptions {
  readonly database: string;
  readonly first: string;
  readonly second: string;
  /** One line for each mailbox, with numbers. */
  readonly groupBy: "mailbox" | undefined;
  readonly format: Format;
  readonly output: string | undefined;
}

export interface DiffFlags {
  readonly groupBy?: "mailbox";
  readonly format?: Format;
  readonly json?: boolean;
  readonly output?: string;
  readonly db?: string;
}

/** `tasker diff`, from its flags. */
export const parse: Run<DiffFlags> = (context, flags, [first, second]) =>
  run({
    database: context.databasePath(flags.db),
    first: first!,
    second: second!,
    groupBy: flags.groupBy,
    format: formatOf(flags) ?? "table",
    output: flags.output,
  }, context);

/** Compares two runs: 0 when nothing differs, 1 when something does, 5 when that is not known of all of two searches. */
export async function run(options: DiffOptions, context: Context): Promise<ExitCode> {
  await checkResultOutput(options.output);
  return await readingRuns(context, options.database, async (store) => {
    const runs: Runs = { 1: findRun(store, options.first), 2: findRun(store, options.second) };
    if (hasCoverage(store, runs[1]) || hasCoverage(store, runs[2])) {
      return await diffSearches(store, runs, options, context);
    }
    const { diffJournals } = await import("./diff_journals.ts");
    return await diffJournals(store, runs, options, context);
  });
}

async function diffSearches(store: Store, runs: Runs, options: DiffOptions, context: Context): Promise<ExitCode> {
  const { format, output } = options;
  const { terminal } = context;
  const parts = await formatParts(format);
  for (const side of [1, 2] as const) requireWholeSearch(store, runs[side]);
  const remarks = differentQuestions(runs);
  using diff = compareRuns(store, runs);
  const summary = summaryOf(diff);
  const [columns, rows] = options.groupBy !== undefined
    ? [MAILBOX_COLUMNS, () => mailboxLines(runs, diff)] as const
    : format === "table"
    ? [TABLE_COLUMNS, () => changeLines(store, runs, diff).map(tableLine)] as const
    : [CHANGE_COLUMNS, () => changeLines(store, runs, diff)] as const;
  writeTo(terminal, output, (sink) => {
    if (format === "html") {
      const choice = [
        `What has become of the answer of run ${runs[1].id}`,
        ...remarks,
        summary.text,
      ];
      return writeReport(
        sink,
        reportOf(store, runs[2], {
          rows,
          columns,
          choice,
          ...(options.groupBy === undefined ? { shown: SHOWN_COLUMNS } : {}),
        }),
      );
    }
    return writeRows(sink, rows, {
      ...parts,
      format,
      columns,
      width: output === undefined && terminal.isTerminal.out ? terminal.width() : 0,
      head: (text) => styled(output === undefined && terminal.color.out, "bold", text),
    });
  });
  for (const text of remarks) warn(terminal, text);
  if (summary.incomparable > 0) {
    warn(
      terminal,
      `of ${plural(summary.incomparable, "message")} that both runs found, one of them has not kept the labels: ` +
        "whether they have changed is not known",
    );
  }
  note(terminal, summary.text);
  return summary.exitCode;
}

function summaryOf(diff: MessageDiff): { text: string; exitCode: ExitCode; incomparable: number } {
  const { incomparable, ...counts } = diff.totals();
  const { searched, read } = diff.mailboxTotals();
  const unread = searched - read;
  const differs = counts.new + counts.vanished + counts.changed > 0;
  const isKnown = counts.unknown + unread + incomparable === 0;
  const parts = [
    ...(["new", "vanished", "changed", "same"] as const).map((name) => `${formatCount(counts[name])} ${name}`),
    ...(counts.unknown > 0 ? [`${formatCount(counts.unknown)} not known`] : []),
  ];
  return {
    incomparable,
    exitCode: differs ? EXIT.different : isKnown ? EXIT.ok : EXIT.incomplete,
    text: `${parts.join(", ")}. ${
      unread === 0
        ? `Both runs have read ${plural(searched, "mailbox", "mailboxes")} to the end`
        : `Both runs have read ${formatCount(read)} of ${plural(searched, "mailbox", "mailboxes")} to the end: ` +
          "what they did not read may have changed, too"
    }`,
  };
}
