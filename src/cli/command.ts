import { buildCommand, type Command, type CommandFunction, type TypedCommandParameters } from "@stricli/core";
import { TaskerError } from "../core/errors.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode, exitCodeOfError } from "./exit_codes.ts";
import { writeError } from "./output/errors.ts";
import { OutputClosed } from "./output/terminal.ts";

/** What a command does with its parsed flags and arguments; it gives the exit code. */
export type Run<FLAGS> = (context: Context, flags: FLAGS, args: readonly string[]) => Promise<ExitCode> | ExitCode;

export interface CommandParams<FLAGS> {
  readonly brief: string;
  readonly description?: string;
  readonly usage?: readonly (string | { readonly input: string; readonly brief: string })[];
  // The parser's types describe flags one by one; a command states its own shape in FLAGS.
  // deno-lint-ignore no-explicit-any
  readonly flags: Readonly<Record<string, any>>;
  readonly aliases?: Readonly<Record<string, string>>;
  readonly positional?: Positional;
  /** Loads the behaviour, once it is needed. */
  load(): Promise<Run<FLAGS>>;
}

interface PositionalParameter {
  readonly placeholder: string;
  readonly brief: string;
  readonly optional?: boolean;
}
export type Positional = readonly PositionalParameter[] | {
  readonly many: PositionalParameter;
  readonly minimum?: number;
};

/** A command whose behaviour is loaded when it runs, and whose errors are rendered here and nowhere else. */
export function command<FLAGS>(params: CommandParams<FLAGS>): Command<Context> {
  const parse = (input: string) => input;
  const positional = params.positional ?? [];
  const parameters = {
    flags: params.flags,
    ...(params.aliases === undefined ? {} : { aliases: params.aliases }),
    positional: "many" in positional
      ? { kind: "array", parameter: { ...positional.many, parse }, minimum: positional.minimum ?? 0 }
      : { kind: "tuple", parameters: positional.map((parameter) => ({ ...parameter, parse })) },
  };
  return buildCommand<Record<string, unknown>, string[], Context>({
    parameters: parameters as unknown as TypedCommandParameters<Record<string, unknown>, string[], Context>,
    docs: {
      brief: params.brief,
      ...(params.description === undefined ? {} : { fullDescription: params.description }),
      ...(params.usage === undefined ? {} : { customUsage: params.usage }),
    },
    func: guarded(params.load, "db" in params.flags) as CommandFunction<Record<string, unknown>, string[], Context>,
  });
}

function guarded<FLAGS>(load: () => Promise<Run<FLAGS>>, hasDatabase: boolean) {
  return async function (this: Context, flags: FLAGS, ...args: (string | undefined)[]): Promise<void> {
    try {
      const run = await load();
      this.process.exitCode = await run(this, flags, args.filter((arg) => arg !== undefined));
    } catch (thrown) {
      // Whoever closed stdout has read enough.
      if (thrown instanceof OutputClosed) {
        this.process.exitCode = EXIT.ok;
        return;
      }
      const error = hasDatabase ? await aboutTheFile(this, (flags as { db?: string }).db, thrown) : thrown;
      writeError(this.terminal, error);
      this.process.exitCode = exitCodeOfError(error);
    }
  };
}

/** A file that is damaged deep inside shows it when it is read: that is about the file, not about this program. */
async function aboutTheFile(context: Context, flag: string | undefined, thrown: unknown): Promise<unknown> {
  if (thrown instanceof TaskerError) return thrown;
  const { openDatabase } = await import("../store/database.ts");
  const { asTaskerError } = await import("../store/file_errors.ts");
  const path = context.databasePath(flag);
  let db;
  try {
    db = openDatabase(path, { create: false });
    return db.explain(thrown);
  } catch {
    // The file cannot be opened, or there is none: what was thrown says more.
    return asTaskerError(path, thrown);
  } finally {
    db?.close();
  }
}
