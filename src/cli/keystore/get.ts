import { TaskerError } from "../../core/errors.ts";
import { command, type Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { dbFlag, jsonFlag } from "../flags.ts";
import { printJson } from "../reading.ts";
import { DEFAULT_NAMESPACE, namespaceFlag, withKeystore } from "./open.ts";

export interface KeystoreGetOptions {
  readonly database: string;
  readonly namespace: string;
  readonly name: string;
  readonly reveal: boolean;
  readonly json: boolean;
}

interface Flags {
  readonly namespace?: string;
  readonly reveal?: boolean;
  readonly json?: boolean;
  readonly db?: string;
}

export const keystoreGetCommand = command<Flags>({
  brief: "Print a value; needs --reveal",
  flags: {
    ...namespaceFlag,
    reveal: { kind: "boolean", optional: true, withNegated: false, brief: "Yes, print the secret" },
    ...jsonFlag,
    ...dbFlag,
  },
  positional: [{ placeholder: "name", brief: "Name of the entry" }],
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags, [name]) =>
  run({
    database: context.databasePath(flags.db),
    namespace: flags.namespace ?? DEFAULT_NAMESPACE,
    name: name!,
    reveal: flags.reveal ?? false,
    json: flags.json ?? false,
  }, context);

export async function run(options: KeystoreGetOptions, context: Context): Promise<ExitCode> {
  const { database, namespace, name } = options;
  return await withKeystore(context, { database, create: false }, (keystore) => {
    if (!keystore.has(namespace, name)) {
      throw new TaskerError("NOT_FOUND", `the keystore has no ${namespace}/${name}`, {
        hint: "`tasker keystore list` shows the names",
      });
    }
    if (!options.reveal) {
      throw new TaskerError("USAGE", `${namespace}/${name} is there; its value is a secret and is not shown`, {
        hint: "--reveal prints it",
      });
    }
    const value = keystore.get(namespace, name)!;
    if (options.json) printJson(context, { namespace, name, value });
    else context.terminal.out(value.endsWith("\n") ? value : `${value}\n`);
    return EXIT.ok;
  });
}
