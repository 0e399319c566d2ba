import { command, type Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { dbFlag, jsonFlag } from "./flags.ts";
import { formatCount } from "./output/numbers.ts";
import { renderTable } from "./output/table.ts";
import { styled } from "./output/terminal.ts";
import { formatDateTime, zone } from "./output/times.ts";
import { printJson, readingRuns } from "./reading.ts";
import { unknownTask } from "./tasks.ts";

export interface VersionsOptions {
  readonly database: string;
  readonly task: string;
  readonly json: boolean;
}

/** A kept version of a task, as `--json` prints it. */
export interface VersionView {
  readonly version: number;
  readonly hash: string;
  readonly publishedAt: number;
  /** Whether it came with a tasker. */
  readonly embedded: boolean;
  /** Whether new runs are of it. */
  readonly newest: boolean;
  /** Runs of this version, nested ones too. */
  readonly inFlight: number;
  readonly ended: number;
}

interface Flags {
  readonly json?: boolean;
  readonly db?: string;
}

export const versionsCommand = command<Flags>({
  brief: "List the kept versions of a task, and how many runs use each",
  description: "List the kept versions of a task, the oldest first, and how many runs use each.\n\n" +
    "A new run is of the newest version. Every version stays, and a run stays with the one it began with.",
  flags: { ...jsonFlag, ...dbFlag },
  positional: [{ placeholder: "task", brief: "Name of a published task" }],
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags, [task]) =>
  run({ database: context.databasePath(flags.db), task: task!, json: flags.json ?? false }, context);

export async function run(options: VersionsOptions, context: Context): Promise<ExitCode> {
  const { task } = options;
  const views = await readingRuns(context, options.database, async (store): Promise<VersionView[]> => {
    const versions = store.taskFunctions.versions(task);
    if (versions.length === 0) throw await unknownTask(task, store);
    const counts = store.taskRuns.countsByVersion(task);
    return versions.map(({ id, version, hash, createdAt, embedded }, index) => ({
      ...{ version, hash, publishedAt: createdAt, embedded, newest: index === versions.length - 1 },
      ...(counts.get(id) ?? { inFlight: 0, ended: 0 }),
    }));
  });
  const { terminal } = context;
  if (options.json) printJson(context, views);
  else {
    const columns = [
      ...["VERSION", `PUBLISHED (${zone()})`, "CODE"].map((title) => ({ title })),
      ...["IN FLIGHT", "ENDED"].map((title) => ({ title, align: "right" as const })),
      { title: "NOTE" },
    ];
    const rows = views.map(({ version, publishedAt, hash, inFlight, ended, newest, embedded }) => [
      ...[`v${version}`, formatDateTime(publishedAt), hash.slice(0, 12), formatCount(inFlight), formatCount(ended)],
      [...(newest ? ["newest"] : []), ...(embedded ? ["came with tasker"] : [])].join(", "),
    ]);
    terminal.out(renderTable(columns, rows, { head: (text) => styled(terminal.color.out, "bold", text) }));
  }
  return EXIT.ok;
}
