import { TaskerError } from "../../core/errors.ts";
import { command, type Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { dbFlag } from "../flags.ts";
import { note } from "../output/errors.ts";
import { changeEntry, DEFAULT_NAMESPACE, namespaceFlag } from "./open.ts";

export interface KeystoreDeleteOptions {
  readonly database: string;
  readonly namespace: string;
  readonly name: string;
}

interface Flags {
  readonly namespace?: string;
  readonly db?: string;
}

export const keystoreDeleteCommand = command<Flags>({
  brief: "Delete an entry",
  flags: { ...namespaceFlag, ...dbFlag },
  positional: [{ placeholder: "name", brief: "Name of the entry" }],
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags, [name]) =>
  run(
    { database: context.databasePath(flags.db), namespace: flags.namespace ?? DEFAULT_NAMESPACE, name: name! },
    context,
  );

export async function run(options: KeystoreDeleteOptions, context: Context): Promise<ExitCode> {
  const { database, namespace, name } = options;
  const deleted = await changeEntry(
    context,
    { database, create: false, event: "entry deleted", entry: `${namespace}/${name}` },
    (keystore) => keystore.delete(namespace, name),
  );
  if (!deleted) {
    throw new TaskerError("NOT_FOUND", `the keystore has no ${namespace}/${name}`, {
      hint: "`tasker keystore list` shows the names",
    });
  }
  note(context.terminal, `deleted ${namespace}/${name}`);
  return EXIT.ok;
}
