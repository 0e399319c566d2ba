import { TaskerError } from "../core/errors.ts";
import { command, type Run } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { parseText } from "./flags.ts";

interface Flags {
  readonly typescript?: boolean;
  readonly javascript?: boolean;
  readonly to?: string;
}

const given = { kind: "boolean", optional: true, withNegated: false } as const;

export const newCommand = command<Flags>({
  brief: "Write a new task, with its types and a test",
  description:
    "Write a new task, with its types and a test: NAME.ts, NAME_test.mjs and tasker.d.ts, from which editors complete what a task can call. The test asks no service: it runs the code with the answers that are recorded in NAME.tasker, which its first run makes. Nothing that is there is overwritten, but for an older tasker.d.ts.",
  usage: ["NAME", "NAME --javascript", "NAME --to taskcode"],
  flags: {
    typescript: { ...given, brief: "In TypeScript [default]" },
    javascript: { ...given, brief: "In JavaScript, its types in comments" },
    to: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "dir",
      brief: "The folder [default: the current one]",
    },
  },
  positional: [{ placeholder: "name", brief: "Lower-case letters, digits, - and _" }],
  load: () => Promise.resolve(run),
});

const run: Run<Flags> = async (context, flags, [name]) => {
  if (flags.typescript && flags.javascript) {
    throw new TaskerError("USAGE", "--typescript and --javascript exclude each other", { hint: "give one of them" });
  }
  const { starterFiles } = await import("../publish/starter.ts");
  const folder = (flags.to ?? ".").replace(/(.)\/+$/, "$1");
  const files = (await starterFiles(name!, flags.javascript ? "javascript" : "typescript"))
    .map((file) => ({ ...file, path: folder === "." ? file.name : `${folder}/${file.name}` }));
  await Deno.mkdir(folder, { recursive: true });
  for (const { path, text, isOurs } of files) {
    const there = await textOf(path);
    if (there === undefined || (isOurs && there.split("\n")[0] === text.split("\n")[0])) continue;
    throw new TaskerError("CONFLICT", `${path} is there already: nothing was written`, {
      hint: "give the task another name, or another folder with --to",
    });
  }
  for (const { path, text, isOurs } of files) {
    await write(path, text, isOurs);
    context.terminal.out(`${path}\n`);
  }
  const [task, test] = files;
  context.terminal.err(
    `\nnext:\n  tasker dev ${task!.path} --text 'some words' --watch\n  node --test ${test!.path}\n  tasker publish ${
      task!.path
    }\n  tasker run ${name} --text 'some words'\n`,
  );
  return EXIT.ok;
};

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** One that has come meanwhile is not overwritten either. */
async function write(path: string, text: string, mayReplace: boolean): Promise<void> {
  try {
    await Deno.writeTextFile(path, text, { createNew: !mayReplace });
  } catch (cause) {
    throw new TaskerError("CONFLICT", `${path} cannot be written: ${(cause as Error).message}`, {
      hint: "look whether the folder may be written to, and has no such file",
      cause,
    });
  }
}
