import { whoRunsThis } from "../../server/who.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { dbFlag, jsonFlag } from "../flags.ts";
import { note } from "../output/errors.ts";
import { printJson, reading } from "../reading.ts";
import { Session } from "../session.ts";
import { formatTimeIn } from "./shown.ts";

type Change = "pause" | "resume" | "remove";

interface Flags {
  readonly json?: boolean;
  readonly db?: string;
}

export const schedulePauseCommand = changing("pause", "Let a schedule fire no more until it is resumed");
export const scheduleResumeCommand = changing("resume", "Let a paused schedule fire again, from its next time on");
export const scheduleRemoveCommand = changing("remove", "Remove a schedule; runs that it has submitted go on");

function changing(change: Change, brief: string) {
  return command<Flags>({
    brief,
    flags: { ...jsonFlag, ...dbFlag },
    positional: [{ placeholder: "name", brief: "Name of the schedule" }],
    load: () =>
      Promise.resolve((context: Context, flags: Flags, [name]: readonly string[]) =>
        run({ database: context.databasePath(flags.db), change, name: name!, json: flags.json ?? false }, context)
      ),
  });
}

export async function run(
  options: { database: string; change: Change; name: string; json: boolean },
  context: Context,
): Promise<ExitCode> {
  const { database, change, name } = options;
  // Of a database that is not there nothing is changed, and none is made.
  await reading(context, database, () => {});
  const session = new Session(context, { database, owner: {}, note: (text) => note(context.terminal, text) });
  try {
    const schedule = await session.ask((client) => client.changeSchedule(change, { name, by: whoRunsThis() }));
    const { timeZone } = schedule;
    if (options.json) printJson(context, schedule);
    else {
      const now = {
        pause: "is paused",
        resume: `fires next at ${formatTimeIn(schedule.nextAt, timeZone)} (${timeZone})`,
        remove: "is removed",
      };
      note(context.terminal, `schedule ${schedule.name} ${now[change]}`);
    }
    return EXIT.ok;
  } finally {
    await session.stop();
  }
}
