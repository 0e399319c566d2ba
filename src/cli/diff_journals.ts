import { TaskerError } from "../core/errors.ts";
import type { Store } from "../store/store.ts";
import type { Runs } from "./compared_runs.ts";
import type { Context } from "./context.ts";
import type { DiffOptions } from "./diff.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { safeLines } from "./output/errors.ts";
import { jsonText } from "./output/json.ts";
import { renderRunDifference } from "./output/run_difference.ts";
import { writeTo } from "./output/sink.ts";
import { revealer } from "./replay.ts";
import { diffRuns } from "./run_diff.ts";
import { findRun } from "./run_lookup.ts";
import { runDiffView } from "./run_diff_view.ts";

/** Says where two runs that are no searches part: 0 when nothing differs, 1 when something does. */
export async function diffJournals(
  store: Store,
  runs: Runs,
  options: Pick<DiffOptions, "format" | "groupBy" | "output">,
  context: Context,
): Promise<ExitCode> {
  const { format, groupBy, output } = options;
  if (groupBy !== undefined || (format !== "table" && format !== "json")) {
    const flag = groupBy === undefined ? `${format} is` : `--group-by ${groupBy} is`;
    throw new TaskerError("USAGE", `${flag} for two searches, and these runs are none`, {
      hint: "leave it out, or give --json",
    });
  }
  const diff = await store.db.snapshot(() => {
    const [first, second] = [findRun(store, runs[1].id), findRun(store, runs[2].id)];
    return Promise.resolve(diffRuns(store, { 1: first, 2: second }, revealer(store, context)));
  });
  writeTo(context.terminal, output, (sink) => {
    sink.write(format === "json" ? `${jsonText(runDiffView(diff), 2)}\n` : safeLines(renderRunDifference(diff)));
  });
  return diff.isSame ? EXIT.ok : EXIT.different;
}
