import { uuidv7 } from "uuidv7";
import { TaskerError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { whoRunsThis } from "../server/who.ts";
import type { Run } from "./command.ts";
import type { Context } from "./context.ts";
import type { ExitCode } from "./exit_codes.ts";
import type { FollowFlags, Format, OwnerFlags } from "./flags.ts";
import { checkResultOutput } from "./output/run_outcome.ts";
import { reading } from "./reading.ts";
import { findRun } from "./run_lookup.ts";
import { type FollowOptions, followOptions, submitAndFollow } from "./submit_and_follow.ts";
import { readInput } from "./task_input.ts";

export interface ForkOptions extends FollowOptions {
  readonly database: string;
  readonly run: string;
  readonly from: number | undefined;
  readonly input: Json | undefined;
  readonly set: Readonly<Record<string, Json>>;
  readonly latest: boolean;
  readonly reason: string | undefined;
  readonly detach: boolean;
}

export type ForkFlags = OwnerFlags & FollowFlags & {
  readonly from?: number;
  readonly input?: string;
  readonly set?: readonly string[];
  readonly latest?: boolean;
  readonly reason?: string;
  readonly detach?: boolean;
  readonly format?: Format;
  readonly json?: boolean;
  readonly output?: string;
  readonly db?: string;
};

/** `tasker fork`, from its flags. */
export const parse: Run<ForkFlags> = async (context, flags, [runId]) =>
  await run({
    database: context.databasePath(flags.db),
    run: runId!,
    from: flags.from,
    input: flags.input === undefined ? undefined : await readInput(flags.input, context),
    set: Object.fromEntries((flags.set ?? []).map(answerOf)),
    latest: flags.latest ?? false,
    reason: flags.reason,
    detach: flags.detach ?? false,
    ...followOptions(flags),
  }, context);

export async function run(options: ForkOptions, context: Context): Promise<ExitCode> {
  const { database, from, input, set, latest, reason } = options;
  const source = await reading(context, database, (store) => findRun(store, options.run).id);
  await checkResultOutput(options.output);
  const fork = {
    ...{ id: uuidv7(), run: source, set, latest, by: whoRunsThis() },
    ...(from === undefined ? {} : { from }),
    ...(input === undefined ? {} : { input }),
    ...(reason === undefined ? {} : { reason }),
  };
  return await submitAndFollow(options, context, (session) => session.ask((client) => client.fork(fork)));
}

/** `3={"a":1}`. */
function answerOf(text: string): [seq: string, result: Json] {
  const [, seq, json] = /^([1-9]\d*)=(.*)$/s.exec(text) ?? [];
  try {
    if (seq !== undefined) return [seq, JSON.parse(json!) as Json];
  } catch { /* said below */ }
  throw new TaskerError("USAGE", "--set takes the number of a call and the JSON of its result", {
    hint: `such as --set '3={"messages":[]}'; \`tasker show RUN\` numbers the calls`,
  });
}
