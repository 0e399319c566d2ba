import { dirname } from "node:path";
import { TaskerError } from "../../core/errors.ts";
import { isJsonObject, type Json } from "../../core/json.ts";
import type { RunView } from "../../server/api.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import type { Format } from "../flags.ts";
import { withBody } from "../message_body.ts";
import { findRun, shortId } from "../run_lookup.ts";
import { reportOf } from "../run_report.ts";
import { note, renderError, warn } from "./errors.ts";
import { jsonText } from "./json.ts";
import { plural } from "./numbers.ts";
import { writeReport } from "./report/report.ts";
import { formatParts, writeRows } from "./rows.ts";
import { asSearchResult, renderCoverage, renderSearchResult, searchHints, searchWarnings } from "./search_result.ts";
import { writeTo } from "./sink.ts";
import { taskStack } from "./task_stack.ts";

export interface RunOutcome {
  readonly exitCode: ExitCode;
}

/** What the end of a run means for the command that followed it. */
export function outcomeOf(view: RunView): RunOutcome {
  switch (view.status) {
    case "completed":
      return { exitCode: failedUsers(view.result) > 0 ? EXIT.incomplete : EXIT.ok };
    case "failed":
      return { exitCode: refusedItsInput(view) ? EXIT.usage : EXIT.failed };
    default:
      return { exitCode: EXIT.stopped };
  }
}

/** A task that reads its input and makes no call says of the input what the schema could not. */
function refusedItsInput({ status, error, calls }: RunView): boolean {
  return status === "failed" && error?.code === "INVALID_INPUT" &&
    Object.values(calls).every((count) => count === 0);
}

/** `coverage.failed` of a result, which any task may have. */
function failedUsers(result: Json | null): number {
  const coverage = isJsonObject(result) ? result.coverage : undefined;
  const failed = isJsonObject(coverage) ? coverage.failed : undefined;
  return typeof failed === "number" ? failed : 0;
}

/** Refuses an `--output` that could not be written, before hours of work go into it. */
export async function checkResultOutput(path: string | undefined): Promise<void> {
  if (path === undefined || path === "-") return;
  const isFolder = await Deno.stat(path).then((info) => info.isDirectory, () => false);
  const parent = await Deno.stat(dirname(path)).then((info) => info.isDirectory, () => false);
  if (isFolder || !parent) {
    throw new TaskerError("USAGE", isFolder ? `${path} is a folder` : `there is no folder ${dirname(path)}`, {
      hint: "--output names a file in a folder that is there",
    });
  }
}

export interface OutcomeParams {
  readonly context: Context;
  readonly database: string;
  readonly view: RunView;
  readonly outcome: RunOutcome;
  readonly format: Format | undefined;
  readonly output: string | undefined;
  readonly quiet: boolean;
}

/** Data to stdout or the file; what a person should know to stderr. */
export async function writeOutcome(params: OutcomeParams): Promise<void> {
  const { context, context: { terminal }, view } = params;
  const db = context.databaseArgument(params.database);
  if (view.status === "failed") {
    const error = view.error ?? { name: "Error", code: "TASK_FAILED", message: `${view.taskName} failed` };
    const refused = refusedItsInput(view);
    const hint = refused
      ? `correct the input and run it again: \`tasker run ${view.taskName} --help\` says what it takes`
      : `\`tasker show ${shortId(view.id)}${db}\` shows its calls`;
    terminal.err(renderError({ ...error, hint: error.hint ?? hint }, terminal.color.err));
    const stack = refused ? undefined : taskStack(error);
    if (stack !== undefined && !params.quiet) note(terminal, stack);
  } else if (view.status === "cancelled") note(terminal, `run ${shortId(view.id)} was cancelled`);
  else if (view.status === "held") {
    const kept = Object.values(view.records).reduce((sum, count) => sum + count, 0);
    note(
      terminal,
      `run ${view.id} is held. Everything it has done is safe${
        kept > 0 ? `, ${plural(kept, "record")} among it` : ""
      }: no call whose result is recorded is made again.\n` +
        `It goes on with: tasker resume ${shortId(view.id)}${db}`,
    );
  } else await writeResult(params);
}

async function writeResult(params: OutcomeParams): Promise<void> {
  const { context, view, output } = params;
  const { terminal } = context;
  const format = params.format ?? "table";
  const result = view.result as Json;
  const search = asSearchResult(result);
  if (format === "json" || (format === "table" && search === undefined)) {
    writeTo(terminal, output, (sink) => sink.write(`${jsonText(result, 2)}\n`));
  } else if (format === "table") {
    const toTerminal = output === undefined && terminal.isTerminal.out;
    const text = renderSearchResult(search!, {
      width: toTerminal ? terminal.width() : 0,
      color: output === undefined && terminal.color.out,
    });
    writeTo(terminal, output, (sink) => sink.write(text));
  } else await writeResultRows({ ...params, format });
  if (search === undefined) return;
  if (!params.quiet && (format !== "table" || output !== undefined)) {
    note(terminal, renderCoverage(search, terminal.color.err).trimEnd());
  }
  const db = context.databaseArgument(params.database);
  const warnings = searchWarnings(search, {
    recordsCommand: `tasker records ${shortId(view.id)} --kind coverage${db}`,
  });
  for (const text of warnings) warn(terminal, text);
  for (const text of searchHints(search)) note(terminal, `  hint: ${text}`);
  if (!params.quiet && (view.records.message ?? 0) > 0 && format === "table") {
    note(
      terminal,
      `every message: tasker records ${shortId(view.id)} --kind message --format csv --output mail.csv${db}`,
    );
  }
}

/**
 * Rows of a run's result: of a search the records of the kind `message` or `count`; of another run those of its only kind, else
 * the members of a list, else the result.
 */
async function writeResultRows(params: OutcomeParams & { format: Format }): Promise<void> {
  const { context, view } = params;
  const kinds = Object.keys(view.records);
  const isSearch = asSearchResult(view.result as Json) !== undefined;
  const kind = ["message", "count"].find((known) => kinds.includes(known)) ??
    (kinds.length === 1 && !isSearch ? kinds[0] : undefined);
  const parts = await formatParts(params.format);
  const store = await context.openStore(params.database);
  try {
    const found = findRun(store, view.id);
    const run = found.run;
    const rows = function* (): Generator<Json> {
      if (kind !== undefined) {
        for (const { data } of store.records.each({ run, kind })) yield withBody(store, found, data);
      } else if (Array.isArray(view.result)) yield* view.result as readonly Json[];
      else if (!isSearch) yield view.result as Json;
    };
    const { format } = params;
    writeTo(context.terminal, params.output, (sink) => {
      if (format === "html") writeReport(sink, reportOf(store, found, { rows }));
      else writeRows(sink, rows, { ...parts, format, width: 0 });
    });
  } finally {
    store.close();
  }
}
