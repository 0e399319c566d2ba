import { RUN_STATUSES, type RunStatus } from "../core/states.ts";
import type { RunView } from "../server/api.ts";
import { command, type Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { dbFlag, jsonFlag, parseAtLeastOne } from "./flags.ts";
import { noteIdleRuns } from "./idle.ts";
import { formatCount } from "./output/numbers.ts";
import { renderTable } from "./output/table.ts";
import { styled } from "./output/terminal.ts";
import { formatDateTime, formatDuration, localTimes, zone } from "./output/times.ts";
import { momentOf, printJson, readingRunsIfThere } from "./reading.ts";
import { newestFirst, shortId } from "./run_lookup.ts";

export interface RunsOptions {
  readonly database: string;
  readonly limit: number;
  readonly status: RunStatus | undefined;
  /** Whether runs nested in others are listed too. */
  readonly nested: boolean;
  readonly json: boolean;
}

interface Flags {
  readonly limit?: number;
  readonly status?: RunStatus;
  readonly nested?: boolean;
  readonly json?: boolean;
  readonly db?: string;
}

export const runsCommand = command<Flags>({
  brief: "List runs, the newest first",
  flags: {
    limit: {
      kind: "parsed",
      parse: parseAtLeastOne,
      optional: true,
      placeholder: "n",
      brief: "At most so many [default: 20]",
    },
    status: { kind: "enum", values: RUN_STATUSES, optional: true, brief: "Only runs in this state" },
    nested: { kind: "boolean", optional: true, withNegated: false, brief: "Runs nested in others too" },
    ...jsonFlag,
    ...dbFlag,
  },
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags) =>
  run({
    database: context.databasePath(flags.db),
    limit: flags.limit ?? 20,
    status: flags.status,
    nested: flags.nested ?? false,
    json: flags.json ?? false,
  }, context);

export async function run(options: RunsOptions, context: Context): Promise<ExitCode> {
  const { views, now, isHere } = await runViews(options, context);
  if (options.json) {
    printJson(context, views);
    return EXIT.ok;
  }
  const { terminal } = context;
  if (views.length === 0) {
    terminal.err(options.status === undefined ? "there is no run yet\n" : `no run is ${options.status}\n`);
    return EXIT.ok;
  }
  const columns = [
    { title: "RUN" },
    { title: "TASK" },
    { title: "STATUS" },
    { title: `STARTED (${zone()})` },
    { title: "TOOK", align: "right" as const },
    { title: "CALLS", align: "right" as const },
    { title: "RECORDS", align: "right" as const },
    { title: "NOTE", shrink: true },
  ];
  const width = terminal.isTerminal.out ? terminal.width() : 0;
  terminal.out(
    renderTable(columns, views.map((view) => row(view, now, terminal.isTerminal.out)), {
      width,
      head: (text) => styled(terminal.color.out, "bold", text),
    }),
  );
  if (isHere) await noteIdleRuns(context, options.database, views);
  return EXIT.ok;
}

/** `isHere`: they are runs of this place, and not of a run file. */
async function runViews(
  options: RunsOptions,
  context: Context,
): Promise<{ views: RunView[]; now: number; isHere: boolean }> {
  const { runView } = await import("../server/views.ts");
  // As of a database without runs: there may be none before the first.
  const none = { views: [], now: context.now(), isHere: true };
  return await readingRunsIfThere(context, options.database, none, (store) => {
    const found: RunView[] = [];
    for (const run of newestFirst(store)) {
      if (found.length === options.limit) break;
      if (
        (options.status === undefined || run.status === options.status) && (options.nested || run.parentRun === null)
      ) {
        found.push(runView(store, run));
      }
    }
    return { views: found, now: momentOf(store, context), isHere: store.runFile === undefined };
  });
}

function continuedAs({ status, chain }: RunView): string | undefined {
  return status === "continued_as_new" && chain !== null ? `goes on as ${shortId(chain.last)}` : undefined;
}

/** On a terminal the short id, which every command takes, leaves room for the rest. */
function row(view: RunView, now: number, isTerminal: boolean): string[] {
  const sum = (counts: Readonly<Record<string, number>>) =>
    Object.values(counts).reduce((total, count) => total + count, 0);
  const note = view.error?.message ?? continuedAs(view) ??
    (view.endedAt === null ? view.waiting[0]?.waitingFor ?? view.progress?.note ?? "" : "");
  // A fork has begun, to its code, when the run did that it is one of.
  const startedAt = view.startedAt === null ? null : Math.max(view.startedAt, view.createdAt);
  return [
    isTerminal ? shortId(view.id) : view.id,
    view.taskName,
    view.status,
    formatDateTime(startedAt ?? view.createdAt),
    startedAt === null ? "" : formatDuration((view.endedAt ?? now) - startedAt),
    formatCount(sum(view.calls)),
    formatCount(sum(view.records)),
    localTimes(note ?? "", now),
  ];
}
