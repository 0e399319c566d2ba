import { command, type Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { dbFlag, jsonFlag } from "../flags.ts";
import { renderTable } from "../output/table.ts";
import { styled } from "../output/terminal.ts";
import { formatDateTime, zone } from "../output/times.ts";
import { printJson } from "../reading.ts";
import { namespaceFlag, withKeystore } from "./open.ts";

export interface KeystoreListOptions {
  readonly database: string;
  /** undefined: all. */
  readonly namespace: string | undefined;
  readonly json: boolean;
}

interface Flags {
  readonly namespace?: string;
  readonly json?: boolean;
  readonly db?: string;
}

export const keystoreListCommand = command<Flags>({
  brief: "List entries, without their values",
  flags: {
    ...namespaceFlag,
    namespace: { ...namespaceFlag.namespace, brief: "Only this namespace" },
    ...jsonFlag,
    ...dbFlag,
  },
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags) =>
  run({ database: context.databasePath(flags.db), namespace: flags.namespace, json: flags.json ?? false }, context);

export async function run(options: KeystoreListOptions, context: Context): Promise<ExitCode> {
  return await withKeystore(context, { database: options.database, create: false }, (keystore) => {
    const namespaces = options.namespace === undefined
      ? keystore.namespaces().map(({ namespace }) => namespace)
      : [options.namespace];
    const entries = namespaces.flatMap((namespace) =>
      keystore.list(namespace).map((entry) => ({ namespace, ...entry }))
    );
    const { terminal } = context;
    if (options.json) printJson(context, entries);
    else if (entries.length === 0) terminal.err("the keystore has no such entries\n");
    else {
      const rows = entries.map(({ namespace, name, updatedAt }) => [namespace, name, formatDateTime(updatedAt)]);
      terminal.out(
        renderTable([{ title: "NAMESPACE" }, { title: "NAME" }, { title: `SET (${zone()})` }], rows, {
          head: (text) => styled(terminal.color.out, "bold", text),
        }),
      );
    }
    return EXIT.ok;
  });
}
