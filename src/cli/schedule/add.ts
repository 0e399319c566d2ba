import { uuidv7 } from "uuidv7";
import type { Json } from "../../core/json.ts";
import type { CatchUp } from "../../core/schedule.ts";
import { TaskerError } from "../../core/errors.ts";
import { whoRunsThis } from "../../server/who.ts";
import type { Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { note } from "../output/errors.ts";
import { zone } from "../output/times.ts";
import { printJson } from "../reading.ts";
import { inputOf, publishOnce } from "../run.ts";
import { Session } from "../session.ts";
import type { TaskFlag } from "../task_flags.ts";
import type { KnownTask } from "../tasks.ts";
import { formatTimeIn } from "./shown.ts";

export type AddFlags = {
  readonly input?: string;
  readonly timezone?: string;
  readonly catchUp?: CatchUp;
  readonly name?: string;
  readonly reason?: string;
  readonly json?: boolean;
  readonly db?: string;
} & Readonly<Record<string, unknown>>;

export interface AddOptions {
  readonly database: string;
  readonly pattern: string;
  readonly task: KnownTask;
  readonly input: Json;
  readonly timeZone: string;
  readonly catchUp: CatchUp;
  readonly name: string | undefined;
  readonly reason: string | undefined;
  readonly json: boolean;
}

/** `tasker schedule add` without a task. */
export const addWithoutTask: Run<AddFlags> = () => {
  throw new TaskerError("USAGE", "tasker schedule add needs a pattern of times and a task", {
    hint: 'such as tasker schedule add "0 7 * * *" gmail-search --from ann@example.com',
  });
};

/** `tasker schedule add PATTERN TASK`, from its flags. */
export function addSchedule(params: { task: KnownTask; flags: readonly TaskFlag[] }): Run<AddFlags> {
  return async (context, flags, [pattern]) => {
    const database = context.databasePath(flags.db);
    return await run({
      database,
      pattern: pattern!,
      task: params.task,
      input: await inputOf({ ...params, database, given: flags }, context),
      timeZone: flags.timezone ?? zone(),
      catchUp: flags.catchUp ?? "one",
      name: flags.name,
      reason: flags.reason,
      json: flags.json ?? false,
    }, context);
  };
}

export async function run(options: AddOptions, context: Context): Promise<ExitCode> {
  const { database, pattern, task, input, timeZone, catchUp, name, reason } = options;
  await publishOnce(options, context);
  const session = new Session(context, { database, owner: {}, note: (text) => note(context.terminal, text) });
  try {
    const addition = {
      id: uuidv7(),
      ...{ pattern, timeZone, catchUp, input },
      taskName: task.name,
      ...(name === undefined ? {} : { name }),
      ...(reason === undefined ? {} : { reason }),
      by: whoRunsThis(),
    };
    const schedule = await session.ask((client) => client.addSchedule(addition));
    if (options.json) printJson(context, schedule);
    else {
      note(
        context.terminal,
        `schedule ${schedule.name}: ${task.name} runs next at ${
          formatTimeIn(schedule.nextAt!, timeZone)
        } (${timeZone})`,
      );
      if (session.owner !== undefined) {
        note(
          context.terminal,
          `it fires while a tasker process works on the database: \`tasker serve${
            context.databaseArgument(database)
          }\` is one that stays`,
        );
      }
    }
    return EXIT.ok;
  } finally {
    await session.stop();
  }
}
