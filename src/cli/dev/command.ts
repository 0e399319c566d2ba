import { TaskerError } from "../../core/errors.ts";
import { findTaskName } from "../arguments.ts";
import type { Asked } from "../asked_routes.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { dbFlag, parseText } from "../flags.ts";
import { flagsOfTask, inputFlag } from "../run_command.ts";
import { parserFlags, type TaskFlag } from "../task_flags.ts";
import type { KnownTask } from "../tasks.ts";
import type { DevFlags } from "./dev.ts";

const given = { kind: "boolean", optional: true, withNegated: false } as const;

const FLAGS = {
  watch: { ...given, brief: "Again after every save of the file and of what it imports, until Ctrl-C" },
  live: { ...given, brief: "Make calls without a recorded answer for real, in a run of their own" },
  against: {
    kind: "parsed",
    parse: parseText,
    optional: true,
    placeholder: "run",
    brief: "Whose answers: id, unique part of one, or last [default: the task's newest run]",
  },
  ...inputFlag,
  json: { ...given, brief: "Print an event a line, as JSON" },
  ...dbFlag,
} as const;

const names = Object.entries(FLAGS) as [string, { kind: string }][];
const SWITCHES = [
  ...names.filter(([, { kind }]) => kind === "boolean").map(([name]) => name),
  ...["help", "helpAll", "h", "H"],
];
const VALUES = names.filter(([, { kind }]) => kind !== "boolean").map(([name]) => name);

/** The command, with the flags of the task once its file is known. */
function devOf(task: KnownTask | undefined, own: readonly TaskFlag[]) {
  const described = parserFlags(own);
  return command<DevFlags>({
    brief: "Run a task's file with recorded answers as you edit it, and see every call it makes",
    description: "Run a task's file with recorded answers as you edit it, and see every call it makes.\n\n" +
      "The file is built as `tasker publish` does it, and published nowhere. It gets the input of an earlier run of the task, " +
      "or that of the task's own flags (`tasker dev FILE --help` lists them), and each call the answer of that run's call " +
      "with the same service, method and arguments. Rows kept, log lines, progress and sleep need no recorded answer. Where " +
      "the code can do nothing without an answer that is not recorded, it stops and names the call.\n\n" +
      "Nothing outside is called, and nothing is written: a `tasker serve` may be at work on the database meanwhile, and " +
      "without a database there are just no recorded answers.\n\n" +
      "With --live it does not stop there: the code becomes a run like any other, under the same policy, which takes the " +
      "results of the earlier run for the same calls, makes the others, and keeps rows and log lines. Calls that failed are " +
      "made again. The next save has its answers. The code is kept for that run only, as version 0, and is in no list of " +
      "versions.\n\n" +
      "Exit codes: 0 completed (with --watch: stopped by Ctrl-C), 1 failed or without an answer, 2 the code or the input is refused.",
    usage: ["FILE [--watch] [--live] [--against RUN] [flags of the task]"],
    flags: { ...described.flags, ...FLAGS },
    aliases: described.aliases,
    positional: [{ placeholder: "file", brief: "A task's .ts, .js, .mjs or .cjs file" }],
    load: async () => (await import("./dev.ts")).dev(task, own),
  });
}

/** `tasker dev` before a file is named. */
const devCommand = devOf(undefined, []);

/** `dev` for these arguments: with the flags of the task in the file that they name. */
export async function devFor(context: Context, args: readonly string[]): Promise<Asked> {
  const found = findTaskName(args, { values: VALUES, switches: SWITCHES });
  if (found === undefined) return { target: devCommand, inputs: args };
  const { readSavedTask } = await import("./saved_task.ts");
  const { built } = await readSavedTask(found.name, context);
  const inputs = [found.name, ...found.rest];
  if (!(built instanceof TaskerError)) {
    const own = flagsOfTask(built, Object.keys(FLAGS));
    return { target: devOf(built, own), inputs };
  }
  // Its flags are not known; without them the refusal is told as any other, and may be edited away.
  if (built.code !== "PUBLISH_REFUSED" || found.rest.some(isOfTask)) throw built;
  return { target: devCommand, inputs };
}

function isOfTask(arg: string): boolean {
  const name = /^--?([A-Za-z]\w*)/.exec(arg)?.[1];
  return name !== undefined && !SWITCHES.includes(name) && !VALUES.includes(name);
}
