import { TaskerError } from "../core/errors.ts";
import type { Store } from "../store/store.ts";
import { command, type Run } from "./command.ts";
import { buildCodeFile } from "./code_file.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { dbFlag, jsonFlag } from "./flags.ts";
import { renderTable } from "./output/table.ts";
import { styled } from "./output/terminal.ts";
import { formatDateTime, zone } from "./output/times.ts";
import { printJson } from "./reading.ts";
import { findTask, taskNames } from "./tasks.ts";
import { writeError } from "./output/errors.ts";

export interface PublishOptions {
  readonly database: string;
  readonly files: readonly string[];
  /** Every task of ./taskcode. */
  readonly all: boolean;
  readonly list: boolean;
  readonly json: boolean;
}

interface Flags {
  readonly all?: boolean;
  readonly list?: boolean;
  readonly json?: boolean;
  readonly db?: string;
}

export const publishCommand = command<Flags>({
  brief: "Check task code and store it as a new version",
  description:
    "Check task code and store it as a new version. The task's name is the file's; unchanged code makes no new version, and code that is refused leaves the version that is there.",
  usage: ["FILE…", "--all", "--list"],
  flags: {
    all: { kind: "boolean", optional: true, withNegated: false, brief: "Every task in ./taskcode" },
    list: { kind: "boolean", optional: true, withNegated: false, brief: "List the tasks that can be run" },
    ...jsonFlag,
    ...dbFlag,
  },
  positional: { many: { placeholder: "file", brief: "A .ts, .js, .mjs or .cjs file" } },
  load: () => Promise.resolve(parse),
});

const FOLDER = "taskcode";

const parse: Run<Flags> = (context, flags, files) => {
  const given = [files.length > 0, flags.all, flags.list].filter((one) => one).length;
  if (given !== 1) {
    throw new TaskerError(
      "USAGE",
      given === 0 ? "nothing was named to be published" : "files, --all and --list exclude each other",
      {
        hint: "write `tasker publish FILE…`, `tasker publish --all` or `tasker publish --list`",
      },
    );
  }
  return run({
    database: context.databasePath(flags.db),
    files,
    all: flags.all ?? false,
    list: flags.list ?? false,
    json: flags.json ?? false,
  }, context);
};

/** One published file, as `--json` prints it. */
interface Published {
  readonly name: string;
  readonly version: number;
  readonly hash: string;
  readonly file: string;
  readonly isNew: boolean;
}

export async function run(options: PublishOptions, context: Context): Promise<ExitCode> {
  const files = options.all ? await filesOf(FOLDER) : options.files;
  const store = await context.openStore(options.database);
  try {
    if (options.list) return await list(options, context, store);
    const published: Published[] = [];
    const refused: unknown[] = [];
    for (const file of files) {
      try {
        const result = await publishFile(file, context, store);
        published.push(result);
        if (!options.json) {
          context.terminal.out(
            `${result.name}  v${result.version}  ${result.hash.slice(0, 12)}${result.isNew ? "" : "  unchanged"}\n`,
          );
        }
      } catch (error) {
        // One file that is refused does not keep the others from being published.
        if (!(error instanceof TaskerError) || files.length === 1) throw error;
        writeError(context.terminal, error);
        refused.push(error);
      }
    }
    if (options.json) printJson(context, published);
    return refused.length > 0 ? EXIT.usage : EXIT.ok;
  } finally {
    store.close();
  }
}

async function publishFile(file: string, context: Context, store: Store): Promise<Published> {
  const built = await buildCodeFile(file, context);
  const { task, isNew } = store.taskFunctions.publish(built, { embedded: false, now: context.now() });
  return { name: task.name, version: task.version, hash: task.hash, file, isNew };
}

async function filesOf(folder: string): Promise<string[]> {
  const { codeExtension } = await import("../publish/parse.ts");
  const files: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      // Files that begin with _ and tests are parts of tasks, not tasks.
      if (isFile && codeExtension(name) !== undefined && !/^_|[._]test\.\w+$/.test(name)) {
        files.push(`${folder}/${name}`);
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new TaskerError("NOT_FOUND", `there is no folder ./${folder} here`, {
      hint: "--all publishes the tasks of ./taskcode; name files instead",
      cause: error,
    });
  }
  if (files.length > 0) return files.sort();
  throw new TaskerError("NOT_FOUND", `there is no task in ./${folder}`, {
    hint: "a task is a .ts, .js, .mjs or .cjs file",
  });
}

async function list(options: PublishOptions, context: Context, store: Store): Promise<ExitCode> {
  for (const name of await taskNames(store)) await findTask({ name, store, now: context.now() });
  const { taskView } = await import("../server/views.ts");
  const tasks = store.taskFunctions.list().map(taskView);
  if (options.json) {
    printJson(context, tasks);
    return EXIT.ok;
  }
  const { terminal } = context;
  const columns = [
    { title: "TASK" },
    { title: "VERSION", align: "right" as const },
    { title: "HASH" },
    { title: `PUBLISHED (${zone()})` },
    { title: "FROM" },
    { title: "DESCRIPTION", shrink: true },
  ];
  const rows = tasks.map((task) => [
    task.name,
    String(task.version),
    task.hash.slice(0, 12),
    formatDateTime(task.publishedAt),
    task.embedded ? "tasker" : "you",
    task.description,
  ]);
  const width = terminal.isTerminal.out ? terminal.width() : 0;
  terminal.out(renderTable(columns, rows, { width, head: (text) => styled(terminal.color.out, "bold", text) }));
  return EXIT.ok;
}
