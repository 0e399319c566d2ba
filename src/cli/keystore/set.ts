import { TaskerError } from "../../core/errors.ts";
import { command, type Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { dbFlag, parseText } from "../flags.ts";
import { note, warn } from "../output/errors.ts";
import { hiddenPrompt } from "./hidden_prompt.ts";
import { changeEntry, DEFAULT_NAMESPACE, namespaceFlag } from "./open.ts";

export interface KeystoreSetOptions {
  readonly database: string;
  readonly namespace: string;
  readonly name: string;
  readonly file: string | undefined;
}

interface Flags {
  readonly namespace?: string;
  readonly file?: string;
  readonly db?: string;
}

export const keystoreSetCommand = command<Flags>({
  brief: "Store a value, from a file, stdin or a hidden prompt",
  usage: ["NAME [flags]"],
  flags: {
    ...namespaceFlag,
    file: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "file",
      brief: "Read the value from this file, such as a service account's JSON key",
    },
    ...dbFlag,
  },
  positional: { many: { placeholder: "name", brief: "Name of the entry" }, minimum: 1 },
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags, [named, ...more]) => {
  // Of NAME=VALUE only the name may be repeated.
  const [name, ...values] = named!.split("=");
  if (more.length > 0 || values.length > 0) {
    throw new TaskerError(
      "USAGE",
      "a value is never taken from the command line, where other users and the shell's history see it",
      {
        hint: `write \`tasker keystore set ${name} --file FILE\`, or give the value on stdin`,
      },
    );
  }
  return run({
    database: context.databasePath(flags.db),
    namespace: flags.namespace ?? DEFAULT_NAMESPACE,
    name: name!,
    file: flags.file,
  }, context);
};

export async function run(options: KeystoreSetOptions, context: Context): Promise<ExitCode> {
  const { namespace, name } = options;
  const value = await readValue(options, context);
  if (value === "") {
    throw new TaskerError("USAGE", "the value is empty", {
      hint: `\`tasker keystore delete ${name}\` removes an entry`,
    });
  }
  await changeEntry(
    context,
    { database: options.database, create: true, event: "entry set", entry: `${namespace}/${name}` },
    (keystore) => {
      keystore.set(namespace, name, value);
      return true;
    },
  );
  note(context.terminal, `stored ${namespace}/${name}`);
  await warnOfEntry({ namespace, name, value }, context);
  return EXIT.ok;
}

/** A slip is told of now, not by the first search. It is stored all the same: a task may have its own use for the name. */
async function warnOfEntry(entry: { namespace: string; name: string; value: string }, context: Context): Promise<void> {
  const { checkEntry } = await import("../../services/gapi/credentials.ts");
  try {
    checkEntry(entry);
  } catch (error) {
    if (!(error instanceof TaskerError)) throw error;
    warn(context.terminal, error.message);
    if (error.hint !== undefined) note(context.terminal, `  hint: ${error.hint}`);
  }
}

/** White space around a file's text, and the line's end of what was piped, are no part of the value. */
async function readValue(options: KeystoreSetOptions, context: Context): Promise<string> {
  if (options.file !== undefined && options.file !== "-") return (await context.readFile(options.file)).trim();
  if (options.file === undefined && Deno.stdin.isTerminal()) {
    return await hiddenPrompt(
      `value of ${options.namespace}/${options.name} (not shown): `,
      (text) => context.terminal.err(text),
    );
  }
  return (await context.readStdin()).replace(/\r?\n$/, "");
}
