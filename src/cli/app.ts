import { buildApplication, run, text_en } from "@stricli/core";
import {
  AliasNotFoundError,
  ArgumentParseError,
  ArgumentScannerError,
  EnumValidationError,
  FlagNotFoundError,
  UnexpectedFlagError,
  UnexpectedPositionalError,
  UnsatisfiedFlagError,
  UnsatisfiedPositionalError,
} from "@stricli/core";
import { TaskerError } from "../core/errors.ts";
import { databaseAmong, normalizeArguments, takeLeadingDatabase, toKebabCase } from "./arguments.ts";
import { askedRoutes } from "./asked_routes.ts";
import { type Context, processContext } from "./context.ts";
import { exitCodeOfError, exitCodeOfParser } from "./exit_codes.ts";
import { renderError, writeError } from "./output/errors.ts";
import { OutputClosed } from "./output/terminal.ts";
import { COMMANDS } from "./routes.ts";
import { enterStartingFolder } from "./starting_folder.ts";
import { version } from "./version.ts";

/** Runs the program with its arguments; gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let context = processContext();
  try {
    enterStartingFolder();
    const { database, rest } = takeLeadingDatabase(args);
    context = processContext(database);
    if (rest[0] === "__complete") {
      return await complete(
        context,
        rest.slice(1).filter((arg, index) => index > 0 || arg !== "--"),
      );
    }
    const { app, inputs } = await prepare(context, helpInFlags(rest), { withHelp: true });
    await run(app, inputs, context);
    return exitCodeOfParser(Number(context.process.exitCode ?? 0));
  } catch (error) {
    if (error instanceof OutputClosed) return 0;
    writeError(context.terminal, error);
    return exitCodeOfError(error);
  }
}

/** `help`, `help runs` and `version` are `--help`, `runs --help` and `--version`; nothing is `--help`, too. */
function helpInFlags(args: readonly string[]): readonly string[] {
  if (args.length === 0) return ["--help"];
  if (args[0] === "help") return [...args.slice(1), "--help"];
  return args[0] === "version" && args.length === 1 ? ["--version"] : args;
}

/** The application for these arguments, and they in the order that it wants. */
async function prepare(context: Context, args: readonly string[], { withHelp }: { readonly withHelp: boolean }) {
  const { target, inputs } = await askedRoutes(COMMANDS, context, { inputs: normalizeArguments(args), withHelp });
  const app = buildApplication(target, {
    name: "tasker",
    versionInfo: { currentVersion: version },
    scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
    documentation: { onlyRequiredInUsageLine: true, disableAnsiColor: true },
    localization: { text: words(context) },
    determineExitCode: exitCodeOfError,
  });
  return { app, inputs };
}

/** What no shell acts on; anything else would have to be quoted, in each shell's own way. */
const PLAIN_WORD = /^[\w.,:@%+=/-]+$/;

/** Proposes what may come next, one a line, for the shell's completion. */
async function complete(context: Context, args: readonly string[]): Promise<number> {
  const { proposeCompletions } = await import("@stricli/core");
  const { proposeArguments } = await import("./proposals.ts");
  const [words, partial] = [args.slice(0, -1), args.at(-1) ?? ""];
  const { database, rest: typed } = takeLeadingDatabase(words);
  const { app, inputs } = await prepare(context, typed, { withHelp: false });
  // The last word is the one being written; it must stay as it is.
  const parsed = (await proposeCompletions(app, [...inputs, partial], context))
    .map(({ completion }) => completion).filter((word) => word !== "--");
  const found = [
    ...parsed.filter((word) => !word.startsWith("-")),
    ...await proposeArguments(context, { database: database ?? databaseAmong(typed), typed, partial }),
  ];
  // Flags when they are asked for, or when nothing else can come: files come after publish, open and dev.
  const isForFile = ["publish", "open"].includes(typed[0] ?? "") || (typed[0] === "dev" && typed.length === 1);
  const isForFlags = partial.startsWith("-") || (found.length === 0 && !isForFile);
  const proposed = isForFlags ? [...found, ...parsed.filter((word) => word.startsWith("-"))] : found;
  for (const word of new Set(proposed)) if (PLAIN_WORD.test(word)) context.terminal.out(`${word}\n`);
  return 0;
}

/** The parser's sentences, in the form of all our errors: what, on what, and what to do. */
function words(context: Context): typeof text_en {
  const usage = (message: string, hint: string) =>
    renderError({ name: "TaskerError", code: "USAGE", message, hint }, context.terminal.color.err).trimEnd();
  return {
    ...text_en,
    noCommandRegisteredForInput: ({ input, corrections }) =>
      input.startsWith("-")
        ? usage(`there is no flag ${input} before a command`, "flags come after the command")
        : usage(
          `there is no command "${input}"`,
          corrections.length > 0 ? `did you mean ${corrections.join(" or ")}?` : "tasker --help lists the commands",
        ),
    exceptionWhileParsingArguments: (error) => usage(...parsingProblem(error)),
    exceptionWhileRunningCommand: (error) => renderError(asSerialized(error), context.terminal.color.err).trimEnd(),
    commandErrorResult: (error) => renderError(asSerialized(error), context.terminal.color.err).trimEnd(),
  };
}

function parsingProblem(error: unknown): [message: string, hint: string] {
  const help = "--help after the command lists its flags";
  if (error instanceof FlagNotFoundError) {
    const names = error.corrections.map((name) => `--${toKebabCase(name)}`);
    return [
      `there is no flag --${/^[A-Z]/.test(error.input) ? error.input : toKebabCase(error.input)}`,
      names.length > 0 ? `did you mean ${names.join(" or ")}?` : help,
    ];
  }
  if (error instanceof ArgumentParseError) {
    const why = error.exception instanceof Error ? error.exception.message : String(error.exception);
    return [`--${error.externalFlagNameOrPlaceholder}: ${why}, got "${error.input}"`, help];
  }
  if (error instanceof UnsatisfiedFlagError) {
    const next = error.nextFlagName === undefined ? "" : ` before --${error.nextFlagName}`;
    return [
      `--${error.externalFlagName} needs a value${next}`,
      `a value that begins with - is written --${error.externalFlagName}=VALUE`,
    ];
  }
  if (error instanceof EnumValidationError) {
    return [
      `--${toKebabCase(error.externalFlagName)}: expected one of ${error.values.join(", ")}, got "${error.input}"`,
      help,
    ];
  }
  if (error instanceof UnsatisfiedPositionalError) return [`<${error.placeholder}> is missing`, help];
  if (error instanceof UnexpectedPositionalError) return [`"${error.input}" is one argument too many`, help];
  if (error instanceof AliasNotFoundError) return [`there is no flag -${error.input}`, help];
  if (error instanceof UnexpectedFlagError) {
    return [`--${toKebabCase(error.externalFlagName)} is given twice`, "give it once"];
  }
  if (error instanceof ArgumentScannerError) return [error.message, help];
  if (error instanceof TaskerError) return [error.message, error.hint ?? help];
  return [error instanceof Error ? error.message : String(error), help];
}

function asSerialized(error: unknown) {
  return error instanceof TaskerError
    ? {
      name: error.name,
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    }
    : { name: "Error", code: "INTERNAL", message: error instanceof Error ? error.message : String(error) };
}
