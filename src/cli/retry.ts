import { uuidv7 } from "uuidv7";
import { TaskerError } from "../core/errors.ts";
import { whoRunsThis } from "../server/who.ts";
import type { Run } from "./command.ts";
import type { Context } from "./context.ts";
import type { ExitCode } from "./exit_codes.ts";
import type { FollowFlags, Format, OwnerFlags } from "./flags.ts";
import { refuseOtherWays } from "./other_ways.ts";
import { checkResultOutput } from "./output/run_outcome.ts";
import { reading } from "./reading.ts";
import { retryFailed } from "./retry_failed.ts";
import { findRun } from "./run_lookup.ts";
import { type FollowOptions, followOptions, submitAndFollow } from "./submit_and_follow.ts";

export interface RetryOptions extends FollowOptions {
  readonly database: string;
  readonly run: string;
  readonly latest: boolean;
  readonly reason: string | undefined;
  readonly detach: boolean;
}

export type RetryFlags = OwnerFlags & FollowFlags & {
  readonly latest?: boolean;
  readonly failed?: boolean;
  readonly task?: string;
  /** ms */
  readonly since?: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly reason?: string;
  readonly detach?: boolean;
  readonly format?: Format;
  readonly json?: boolean;
  readonly output?: string;
  readonly db?: string;
};

/** `tasker retry`, from its flags. */
export const parse: Run<RetryFlags> = async (context, flags, [run]) => {
  const { latest = false, reason, detach = false } = flags;
  const options = { database: context.databasePath(flags.db), latest, reason, detach, ...followOptions(flags) };
  if (flags.failed) {
    if (run !== undefined) {
      throw new TaskerError("USAGE", "--failed and the name of a run say different things", {
        hint: "give one of them",
      });
    }
    const { task, since, dryRun = false, yes = false } = flags;
    return await retryFailed({ ...options, taskName: task, since, dryRun, yes }, context);
  }
  const lost = (["task", "since", "dryRun", "yes"] as const).find((flag) => flags[flag] !== undefined);
  if (lost !== undefined) {
    const flag = lost === "dryRun" ? "dry-run" : lost;
    throw new TaskerError("USAGE", `--${flag} is about many runs`, { hint: "give it with --failed" });
  }
  if (run === undefined) {
    throw new TaskerError("USAGE", "it is not said which run is to be retried", {
      hint: "name one, or give --failed for all that have failed",
    });
  }
  return await retryRun({ ...options, run }, context);
};

async function retryRun(options: RetryOptions, context: Context): Promise<ExitCode> {
  const { database, latest, reason } = options;
  const source = await reading(context, database, (store) => {
    const found = findRun(store, options.run);
    refuseOtherWays(found);
    return found.id;
  });
  await checkResultOutput(options.output);
  const retry = {
    ...{ id: uuidv7(), run: source, latest, by: whoRunsThis() },
    ...(reason === undefined ? {} : { reason }),
  };
  return await submitAndFollow(options, context, (session) => session.ask((client) => client.retry(retry)));
}
