import type { Json } from "../core/json.ts";
import type { Store } from "../store/store.ts";
import { storedJson } from "../store/stored_json.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { chosenColumns } from "./output/chosen_columns.ts";
import { asSearchResult } from "./output/search_result.ts";
import type { Report } from "./output/report/report.ts";

export interface RunReportParams {
  readonly rows: () => Iterable<Json>;
  readonly columns?: readonly string[];
  /** Those that a table has at first sight; all when absent. */
  readonly shown?: readonly string[];
  /** How these rows were chosen among the run's, in sentences; none: they are all. */
  readonly choice?: readonly string[];
}

/** Of a message whose columns were not chosen; those that a row has are shown. */
const SHOWN = ["date", "mailbox", "headers.From", "from", "headers.Subject", "subject", "labelIds"];

/** A report of rows of a run. */
export function reportOf(store: Store, run: TaskRun, { rows, columns, shown, choice = [] }: RunReportParams): Report {
  const search = run.result === null ? undefined : asSearchResult(storedJson(run.result));
  const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  return {
    title: search === undefined ? run.taskName : `${run.taskName}: ${search.summary.searchQuery}`,
    facts: [
      `Run ${run.id}, begun ${time(run.createdAt)}${run.endedAt === null ? "" : `, ended ${time(run.endedAt)}`}`,
      `Asked: ${run.input}`,
      ...choice,
    ],
    unfinished: run.status === "completed"
      ? undefined
      : `The run is ${run.status.replaceAll("_", " ")}: rows and coverage are those it has kept so far.`,
    coverage: function* () {
      for (const { data } of store.records.each({ run: run.run, kind: "coverage" })) yield data;
    },
    rows,
    ...(columns === undefined ? { shown: chosenColumns(rows()) ?? SHOWN } : { columns, shown: shown ?? columns }),
  };
}
