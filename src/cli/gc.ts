import { parseDuration } from "../core/duration.ts";
import { TaskerError } from "../core/errors.ts";
import type { RetentionPlan } from "../store/retention.ts";
import { whoRunsThis } from "../server/who.ts";
import { command, type Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { dbFlag, jsonFlag } from "./flags.ts";
import { Interrupts } from "./interrupts.ts";
import { note } from "./output/errors.ts";
import { formatBytes, plural } from "./output/numbers.ts";
import { formatDateTime } from "./output/times.ts";
import { printJson, reading } from "./reading.ts";
import { shortId } from "./run_lookup.ts";
import { Session } from "./session.ts";

export interface GcOptions {
  readonly database: string;
  /** ms */
  readonly olderThan: number;
  readonly dryRun: boolean;
  /** Not to be asked. */
  readonly yes: boolean;
  readonly json: boolean;
}

interface Flags {
  readonly olderThan: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly db?: string;
}

/** Runs that the owner is asked to delete at a time. */
const BATCH = 200;

export const gcCommand = command<Flags>({
  brief: "Delete what ended long ago: runs with their calls, records and logs",
  description: "Delete what ended long ago: runs with their calls, records and logs, while other runs go on.\n\n" +
    "What has not ended stays, and so does what a run or a schedule that stays names (--since-run, an export). Tasks, " +
    "the keystore, schedules, the audit log and the ledger are never touched; the audit log tells of each run that was deleted. " +
    "Deleted rows are overwritten, and new runs use their space: the file itself grows no smaller.",
  flags: {
    olderThan: {
      kind: "parsed",
      parse: parseAge,
      placeholder: "time",
      brief: "What ended longer ago than this goes, such as 30d or 12h",
    },
    dryRun: { kind: "boolean", optional: true, withNegated: false, brief: "Say what would go, and delete nothing" },
    yes: { kind: "boolean", optional: true, withNegated: false, brief: "Do not ask" },
    ...jsonFlag,
    ...dbFlag,
  },
  aliases: { y: "yes" },
  load: () => Promise.resolve(parse),
});

/** A bare number would be seconds elsewhere: here somebody would mean days by it. */
function parseAge(input: string): number {
  const age = /^\d+$/.test(input) ? undefined : parseDuration(input);
  if (age === undefined) throw new Error("expected a time such as 30d or 12h");
  return age;
}

const parse: Run<Flags> = (context, flags) =>
  run({
    database: context.databasePath(flags.db),
    olderThan: flags.olderThan,
    dryRun: flags.dryRun ?? false,
    yes: flags.yes ?? false,
    json: flags.json ?? false,
  }, context);

export async function run(options: GcOptions, context: Context): Promise<ExitCode> {
  const { database } = options;
  const { fileSpace, planRetention } = await import("../store/retention.ts");
  const before = context.now() - options.olderThan;
  const space = () => reading(context, database, fileSpace);
  const plan = await reading(context, database, (store) => planRetention(store, before));
  if (!options.json) {
    for (const { run, because } of plan.kept) note(context.terminal, `${shortId(run)} stays: ${because}`);
  }
  const report = (deleted: number, freed: number, file: number) =>
    options.json && printJson(context, { before, ...plan, deleted, freedBytes: freed, fileBytes: file });
  if (plan.runs.length === 0 || options.dryRun) {
    if (!options.json) {
      note(context.terminal, `${describe(plan, before)}${options.dryRun ? ": nothing was deleted" : ""}`);
    }
    report(0, 0, (await space()).size);
    return EXIT.ok;
  }
  if (!options.yes && !confirmed(plan, before)) {
    note(context.terminal, "nothing was deleted");
    return EXIT.stopped;
  }
  const begun = await space();
  const left = await discardAll(options, plan.runs, context);
  const { free, size } = await space();
  const freed = Math.max(0, free - begun.free + begun.size - size);
  const deleted = plan.runs.length - left;
  if (!options.json) {
    note(
      context.terminal,
      `deleted ${plural(deleted, "run")}: ${formatBytes(freed)} of the file are free for new runs; it keeps its size, ${
        formatBytes(size)
      }${left > 0 ? `; stopped, ${plural(left, "run is", "runs are")} left` : ""}`,
    );
  }
  report(deleted, freed, size);
  return left > 0 ? EXIT.stopped : EXIT.ok;
}

/** Asks the owner for slice after slice; gives how many runs are left when it was told to stop. */
async function discardAll(options: GcOptions, runs: readonly string[], context: Context): Promise<number> {
  const interrupts = new Interrupts();
  const session = new Session(context, {
    database: options.database,
    owner: {},
    note: (text) => note(context.terminal, text),
  });
  let isStopped = false;
  void interrupts.next().then(() => isStopped = true);
  try {
    const waiting = [...runs];
    let batch: string[] = [];
    while (!isStopped && (batch.length > 0 || waiting.length > 0)) {
      batch.push(...waiting.splice(0, BATCH - batch.length));
      batch = (await session.ask((client) => client.discard({ ids: batch, by: whoRunsThis() }))).left;
    }
    return batch.length + waiting.length;
  } finally {
    await session.stop();
    interrupts.dispose();
  }
}

function describe({ runs, rows }: RetentionPlan, before: number): string {
  if (runs.length === 0) return `no run that ended before ${formatDateTime(before)} can go`;
  const parts = [
    plural(rows.stack_runs, "frame"),
    plural(rows.records, "record"),
    plural(rows.logs, "log line"),
  ];
  return `${plural(runs.length, "run")} that ended before ${formatDateTime(before)}, with ${parts.join(", ")}`;
}

function confirmed(plan: RetentionPlan, before: number): boolean {
  if (!Deno.stdin.isTerminal()) {
    throw new TaskerError("USAGE", "there is nobody to ask whether to delete", {
      hint: "--dry-run says what would go; --yes deletes without asking",
    });
  }
  return confirm(`Delete ${describe(plan, before)}?`);
}
