import { buildRouteMap } from "@stricli/core";
import type { Asked } from "./asked_routes.ts";
import type { Context } from "./context.ts";
import { command } from "./command.ts";
import { databaseAmong, findTaskName } from "./arguments.ts";
import {
  dbFlag,
  followFlags,
  outputFlags,
  ownerFlags,
  parsePatience,
  parsePriority,
  parseText,
  reasonFlag,
} from "./flags.ts";
import { parserFlags, type TaskFlag, taskFlags } from "./task_flags.ts";
import type { RunFlags } from "./run.ts";
import { findTask, type KnownTask } from "./tasks.ts";

/** `--input`, on what takes the input of a task. */
export const inputFlag = {
  input: {
    kind: "parsed",
    parse: parseText,
    optional: true,
    placeholder: "json",
    brief: "The whole input as JSON, @file or - for stdin, instead of the task's flags",
  },
} as const;

/** The flags of every `tasker run`. */
const RUN_FLAGS = {
  ...inputFlag,
  detach: {
    kind: "boolean",
    optional: true,
    withNegated: false,
    brief: "Submit, print the run's id and end [also: --noWait]",
  },
  noWait: { kind: "boolean", optional: true, withNegated: false, hidden: true, brief: "The same as --detach" },
  idempotencyKey: {
    kind: "parsed",
    parse: parseText,
    optional: true,
    placeholder: "key",
    brief: "Of one task there is one run under a key: submitted again, it is the run that is there",
  },
  deadline: {
    kind: "parsed",
    parse: parsePatience,
    optional: true,
    placeholder: "time",
    brief: "The run is cancelled, and has failed, when it is not over after this: 90s, 2h",
  },
  priority: {
    kind: "parsed",
    parse: parsePriority,
    optional: true,
    placeholder: "n",
    brief: "-100 to 100: of runs that wait for their turn, and of calls, higher goes first [default: 0]",
  },
  ...reasonFlag,
  ...outputFlags,
  ...followFlags,
  ...ownerFlags,
  ...dbFlag,
} as const;

const names = Object.entries(RUN_FLAGS) as [string, { kind: string }][];
const SWITCHES = [
  ...names.filter(([, { kind }]) => kind === "boolean").map(([name]) => name),
  "help",
  "helpAll",
  "h",
  "H",
];
const VALUES = names.filter(([, { kind }]) => kind !== "boolean").map(([name]) => name);

/** `tasker run` before a task is named. */
const runCommand = command<RunFlags>({
  brief: "Run a task and follow it to its end",
  description:
    "Run a task and follow it to its end.\n\nThe flags of a task come from its input schema: `tasker run TASK --help` lists them. `tasker publish --list` lists the tasks.",
  usage: ["TASK [flags]", {
    input: "gmail-search --query from:ann@example.com",
    brief: "Search the mail of every user",
  }],
  flags: RUN_FLAGS,
  load: async () => (await import("./run.ts")).runWithoutTask,
});

/** `run` for these arguments: with the flags of the task that they name. */
export async function runFor(context: Context, args: readonly string[]): Promise<Asked> {
  const found = findTaskName(args, { values: VALUES, switches: SWITCHES });
  if (found === undefined) return { target: runCommand, inputs: args };
  const task = await taskNamed(context, args, found.name);
  const flags = flagsOfTask(task, Object.keys(RUN_FLAGS));
  const target = buildRouteMap<string, Context>({
    routes: { [found.name]: taskCommand(task, flags) },
    docs: { brief: "Run a task and follow it to its end" },
  });
  return { target, inputs: [found.name, ...found.rest] };
}

/** The task of a name, in the database that the arguments name. */
export async function taskNamed(context: Context, args: readonly string[], name: string): Promise<KnownTask> {
  return await lookUp(context, context.databasePath(databaseAmong(args)), name);
}

/** The flags of a task for a command that has some of its own. */
export function flagsOfTask(task: KnownTask, own: readonly string[]): TaskFlag[] {
  return taskFlags(task.manifest.input, {
    names: new Set([...own, "help", "helpAll", "version"]),
    letters: new Set(["h", "H", "v"]),
  });
}

/** Makes no database: only a run that is really submitted does. */
async function lookUp(context: Context, path: string, name: string): Promise<KnownTask> {
  if (!await exists(path)) return await findTask({ name, store: undefined, now: context.now() });
  const store = await context.openStore(path, { create: false });
  try {
    return await findTask({ name, store, now: context.now() });
  } finally {
    store.close();
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    // Whatever else is wrong with the path is said by the store.
    return true;
  }
}

function taskCommand(task: KnownTask, flags: readonly TaskFlag[]) {
  const described = parserFlags(flags);
  return command<RunFlags>({
    brief: task.manifest.description || `Run ${task.name}`,
    usage: ["[flags]", "--input JSON|@file|-"],
    flags: { ...described.flags, ...RUN_FLAGS },
    aliases: described.aliases,
    load: async () => (await import("./run.ts")).runTask({ task, flags }),
  });
}
