import { uuidv7 } from "uuidv7";
import { TaskerError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { command, type Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { dbFlag, jsonFlag, parseText } from "./flags.ts";
import { note } from "./output/errors.ts";
import { printJson, reading } from "./reading.ts";
import { findGoingOn, shortId } from "./run_lookup.ts";
import { Session } from "./session.ts";

export interface SignalOptions {
  readonly database: string;
  readonly run: string;
  readonly name: string;
  readonly data: Json;
  readonly json: boolean;
}

interface Flags {
  readonly data?: string;
  readonly dataFile?: string;
  readonly json?: boolean;
  readonly db?: string;
}

export const signalCommand = command<Flags>({
  brief: "Send a run what it waits for, such as an answer; sent early, it is kept",
  usage: ["RUN NAME [--data JSON | --data-file FILE]", { input: "last approve --data true", brief: "Approve" }],
  flags: {
    data: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "json",
      brief: "What it brings [default: null]",
    },
    dataFile: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "file",
      brief: "The same from a file with JSON; - for stdin",
    },
    ...jsonFlag,
    ...dbFlag,
  },
  positional: [
    { placeholder: "run", brief: "Id, unique part of one, or last" },
    { placeholder: "name", brief: "Name of the signal: `tasker show RUN` says what it waits for" },
  ],
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = async (context, flags, [runId, name]) =>
  await run({
    database: context.databasePath(flags.db),
    run: runId!,
    name: name!,
    data: await readData(flags, context),
    json: flags.json ?? false,
  }, context);

/** Sends it once, over the deaths of the owners that it is given to. */
export async function run(options: SignalOptions, context: Context): Promise<ExitCode> {
  const { database, name, data } = options;
  const { id, taskName } = await reading(context, database, (store) => findGoingOn(store, options.run));
  const session = new Session(context, { database, owner: {}, note: (text) => note(context.terminal, text) });
  const signal = { id, name, data, signalId: uuidv7() };
  try {
    const sent = await session.ask((client) => client.signal(signal));
    if (options.json) printJson(context, sent);
    else {
      const kept = sent.awaited ? "" : ", which does not wait for it yet: it is kept";
      note(context.terminal, `${name} is sent to run ${shortId(id)} (${taskName})${kept}`);
    }
    if (session.owner !== undefined) {
      const resume = `tasker resume ${shortId(id)}${context.databaseArgument(database)}`;
      note(context.terminal, `no tasker process stays to work on the run: \`${resume}\` goes on`);
    }
    return EXIT.ok;
  } finally {
    await session.stop();
  }
}

async function readData({ data, dataFile }: Flags, context: Context): Promise<Json> {
  if (data !== undefined && dataFile !== undefined) {
    throw new TaskerError("USAGE", "--data and --data-file say the same thing", { hint: "give one of them" });
  }
  const text = dataFile === undefined
    ? data
    : await (dataFile === "-" ? context.readStdin() : context.readFile(dataFile));
  if (text === undefined) return null;
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    const from = dataFile === undefined ? "of --data" : dataFile === "-" ? "from stdin" : `of ${dataFile}`;
    throw new TaskerError("USAGE", `the data ${from} is not JSON: ${(error as Error).message}`, {
      hint: `a text has quotes of its own: --data '"yes"'`,
      cause: error,
    });
  }
}
