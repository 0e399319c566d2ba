import { findTaskName } from "../arguments.ts";
import type { Asked } from "../asked_routes.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { dbFlag, jsonFlag, parseText, reasonFlag } from "../flags.ts";
import { flagsOfTask, inputFlag, taskNamed } from "../run_command.ts";
import { parserFlags } from "../task_flags.ts";
import type { AddFlags } from "./add.ts";

const FLAGS = {
  ...inputFlag,
  timezone: {
    kind: "parsed",
    parse: parseText,
    optional: true,
    placeholder: "zone",
    brief: "Whose clocks the times are on, such as Europe/Berlin [default: this machine's zone]",
  },
  catchUp: {
    kind: "enum",
    values: ["none", "one", "all"],
    optional: true,
    brief:
      "What is done about times that passed while no tasker process was at work: nothing, one run, or a run for each (the latest 100) [default: one]",
  },
  name: {
    kind: "parsed",
    parse: parseText,
    optional: true,
    placeholder: "text",
    brief: "Name of the schedule [default: the task's]",
  },
  ...reasonFlag,
  ...jsonFlag,
  ...dbFlag,
} as const;

const names = Object.entries(FLAGS) as [string, { kind: string }][];
const SWITCHES = [
  ...names.filter(([, { kind }]) => kind === "boolean").map(([name]) => name),
  ...["help", "helpAll", "h", "H"],
];
const VALUES = names.filter(([, { kind }]) => kind !== "boolean").map(([name]) => name);

/** `tasker schedule add` before a task is named. */
const scheduleAddCommand = command<AddFlags>({
  brief: "Run a task again and again, at the times of a cron pattern",
  description: "Run a task again and again, at the times of a cron pattern, while a tasker process such as " +
    "`tasker serve` works on the database.\n\n" +
    "The pattern has five fields: minute, hour, day of the month, month, weekday. The flags of a task come from its " +
    "input schema: `tasker schedule add PATTERN TASK --help` lists them.\n\n" +
    "A time that the clocks leave out in spring fires once, an hour later; one that they show twice in autumn fires the " +
    "first time. With * for the hour it fires in every hour there is. A run is of the version that is the newest then.",
  usage: ["PATTERN TASK [flags]", {
    input: '"0 7 * * 1-5" gmail-search --from ann@example.com --since 1d',
    brief: "A search at 7:00 from Monday to Friday",
  }],
  flags: FLAGS,
  positional: [{ placeholder: "pattern", brief: 'When, as cron: "0 7 * * *" is every day at 7:00', optional: true }],
  load: async () => (await import("./add.ts")).addWithoutTask,
});

/** `schedule add` for these arguments: with the flags of the task that they name. */
export async function scheduleAddFor(context: Context, args: readonly string[]): Promise<Asked> {
  const flags = { values: VALUES, switches: SWITCHES };
  const pattern = findTaskName(args, flags);
  const found = pattern && findTaskName(pattern.rest, flags);
  if (found === undefined) return { target: scheduleAddCommand, inputs: args };
  const task = await taskNamed(context, args, found.name);
  const own = flagsOfTask(task, Object.keys(FLAGS));
  const described = parserFlags(own);
  const target = command<AddFlags>({
    brief: `Run ${task.name} at the times of a cron pattern`,
    usage: [`PATTERN ${task.name} [flags]`, `PATTERN ${task.name} --input JSON|@file|-`],
    flags: { ...described.flags, ...FLAGS },
    aliases: described.aliases,
    positional: [{ placeholder: "pattern", brief: 'When, as cron: "0 7 * * *" is every day at 7:00' }],
    load: async () => (await import("./add.ts")).addSchedule({ task, flags: own }),
  });
  return { target, inputs: [pattern!.name, ...found.rest] };
}
