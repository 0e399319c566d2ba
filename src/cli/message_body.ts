import { isJsonObject, type Json } from "../core/json.ts";
import type { Store } from "../store/store.ts";
import type { TaskRun } from "../store/task_runs.ts";

/** A message's row with the text of its body, which is a row of its own; any other row as it is. */
export function withBody({ records }: Store, { run }: TaskRun, row: Json): Json {
  if (!isJsonObject(row) || !isJsonObject(row.body) || typeof row.body.seq !== "number") return row;
  const [kept] = records.page({ run, kind: "body", after: row.body.seq - 1, limit: 1 });
  const text = kept !== undefined && isJsonObject(kept.data) ? kept.data.text : undefined;
  return typeof text === "string" ? { ...row, body: text } : row;
}
