import { command, type Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { dbFlag, jsonFlag } from "../flags.ts";
import { renderTable } from "../output/table.ts";
import { styled } from "../output/terminal.ts";
import { printJson } from "../reading.ts";
import { withKeystore } from "./open.ts";

export interface KeystoreNamespacesOptions {
  readonly database: string;
  readonly json: boolean;
}

interface Flags {
  readonly json?: boolean;
  readonly db?: string;
}

export const keystoreNamespacesCommand = command<Flags>({
  brief: "List namespaces and how many entries each has",
  flags: { ...jsonFlag, ...dbFlag },
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags) =>
  run({ database: context.databasePath(flags.db), json: flags.json ?? false }, context);

export async function run(options: KeystoreNamespacesOptions, context: Context): Promise<ExitCode> {
  return await withKeystore(context, { database: options.database, create: false }, (keystore) => {
    const namespaces = keystore.namespaces();
    const { terminal } = context;
    if (options.json) printJson(context, namespaces);
    else if (namespaces.length === 0) terminal.err("the keystore is empty\n");
    else {
      const rows = namespaces.map(({ namespace, entries }) => [namespace, String(entries)]);
      terminal.out(
        renderTable([{ title: "NAMESPACE" }, { title: "ENTRIES", align: "right" }], rows, {
          head: (text) => styled(terminal.color.out, "bold", text),
        }),
      );
    }
    return EXIT.ok;
  });
}
