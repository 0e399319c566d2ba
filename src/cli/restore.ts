import { basename, resolve } from "node:path";
import { TaskerError } from "../core/errors.ts";
import { whoRunsThis } from "../server/who.ts";
import { command, type Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { dbFlag, jsonFlag } from "./flags.ts";
import { note } from "./output/errors.ts";
import { plural } from "./output/numbers.ts";
import { printJson } from "./reading.ts";
import { shortId } from "./run_lookup.ts";

export interface RestoreOptions {
  readonly database: string;
  readonly file: string;
  /** Whether a database that is there is replaced. */
  readonly force: boolean;
  readonly json: boolean;
}

interface Flags {
  readonly force?: boolean;
  readonly json?: boolean;
  readonly db?: string;
}

export const restoreCommand = command<Flags>({
  brief: "Put a backup in the place of the database, which is kept beside it",
  description: "Put a backup in the place of the database, which is kept beside it under another name. The backup is " +
    "checked before; one of a newer tasker is refused.\n\n" +
    "Runs that had not ended at the time of the backup are held: calls that they have made since are not in it, and " +
    "would be made again. `tasker resume RUN` lets one go on all the same. Schedules are paused: `tasker schedule resume`.",
  flags: {
    force: { kind: "boolean", optional: true, withNegated: false, brief: "Replace a database that is there" },
    ...jsonFlag,
    ...dbFlag,
  },
  positional: [{ placeholder: "file", brief: "A file that `tasker backup` has written" }],
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags, [file]) =>
  run({
    database: context.databasePath(flags.db),
    file: resolve(file!),
    force: flags.force ?? false,
    json: flags.json ?? false,
  }, context);

export async function run(options: RestoreOptions, context: Context): Promise<ExitCode> {
  const { database, file } = options;
  const { exists, isSameFile } = await import("../store/backup.ts");
  const { dropCopy, replaceDatabase, takeBackup } = await import("../store/restore.ts");
  const { acquireOwnership } = await import("../store/ownership.ts");
  const { holdRestored } = await import("../engine/restored.ts");
  if (isSameFile(file, database)) {
    throw new TaskerError("USAGE", `${file} is the database itself`, { hint: "name a backup" });
  }
  const isThere = exists(database);
  if (isThere && !options.force) {
    throw new TaskerError("CONFLICT", `there is a database at ${database}`, {
      hint: "--force puts the backup in its place; the one that is there is kept beside it",
    });
  }
  const fresh = takeBackup(file, database);
  try {
    const ownership = acquireOwnership(database);
    if (ownership === undefined) throw await owned(database, context);
    try {
      const store = await context.openStore(fresh, { keepOlder: false });
      let restored;
      try {
        restored = holdRestored(store, { who: whoRunsThis(), from: basename(file), now: context.now() });
      } finally {
        store.close();
      }
      const time = new Date(context.now()).toISOString().replace(/[-:]|\.\d+/g, "");
      const keptAs = `${database}.before-restore-${time}`;
      replaceDatabase(database, fresh, keptAs);
      report({ ...options, ...restored, keptAs: isThere ? keptAs : null }, context);
      return EXIT.ok;
    } finally {
      ownership.release();
    }
  } finally {
    dropCopy(fresh);
  }
}

function report(
  done: RestoreOptions & { held: readonly string[]; paused: readonly string[]; keptAs: string | null },
  context: Context,
): void {
  const { database, file, held, paused, keptAs } = done;
  if (done.json) return printJson(context, { database, from: file, held, paused, keptAs });
  const say = (text: string) => note(context.terminal, text);
  say(`${database} is as ${file} has it`);
  if (keptAs !== null) say(`what was there is kept as ${keptAs}`);
  if (held.length > 0) {
    say(
      `${plural(held.length, "run is", "runs are")} held, whose calls since the backup would be made again: ${
        held.slice(0, 5).map(shortId).join(", ")
      }${held.length > 5 ? " …" : ""}`,
    );
  }
  if (paused.length > 0) say(`${plural(paused.length, "schedule is", "schedules are")} paused: ${paused.join(", ")}`);
}

async function owned(database: string, context: Context): Promise<TaskerError> {
  const address = await context.readAddress(database);
  const who = address === undefined ? "another tasker process" : `the tasker process ${address.pid}`;
  return new TaskerError("NOT_OWNER", `${who} owns ${database} and works on it: nothing was restored`, {
    hint: "stop that process first",
  });
}
