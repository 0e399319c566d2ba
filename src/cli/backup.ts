import { resolve } from "node:path";
import { command, type Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { dbFlag, jsonFlag } from "./flags.ts";
import { note } from "./output/errors.ts";
import { formatBytes, plural } from "./output/numbers.ts";
import { printJson, reading } from "./reading.ts";

export interface BackupOptions {
  readonly database: string;
  readonly file: string;
  /** Whether a file of that name is replaced. */
  readonly force: boolean;
  readonly json: boolean;
}

interface Flags {
  readonly force?: boolean;
  readonly json?: boolean;
  readonly db?: string;
}

export const backupCommand = command<Flags>({
  brief: "Write all that is committed into one file, while runs go on",
  description:
    "Write all that is committed at this moment into one file (0600), while runs go on. It is checked before " +
    "it gets its name, and holds nothing of what was deleted.\n\n" +
    "The keystore's values are in it as they are kept, encrypted; the key is not: keep that elsewhere.",
  flags: {
    force: { kind: "boolean", optional: true, withNegated: false, brief: "Replace the file if it is there" },
    ...jsonFlag,
    ...dbFlag,
  },
  positional: [{ placeholder: "file", brief: "Where to" }],
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags, [file]) =>
  run({
    database: context.databasePath(flags.db),
    file: resolve(file!),
    force: flags.force ?? false,
    json: flags.json ?? false,
  }, context);

export async function run(options: BackupOptions, context: Context): Promise<ExitCode> {
  const { backUp } = await import("../store/backup.ts");
  const backup = await reading(
    context,
    options.database,
    (store) => backUp(store, options.file, { replace: options.force }),
  );
  if (options.json) printJson(context, backup);
  else {
    const { rows, unfinished, bytes } = backup;
    note(
      context.terminal,
      `${options.file}: ${plural(rows.task_runs!, "run")}${
        unfinished > 0 ? `, ${unfinished} of them not ended` : ""
      }, ${formatBytes(bytes)}, checked`,
    );
  }
  return EXIT.ok;
}
