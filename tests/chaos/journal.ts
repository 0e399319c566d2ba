import type { DatabaseSync } from "node:sqlite";
import type { Gate } from "../../src/store/gates.ts";
import type { ErrandInput } from "./errand.ts";

/** The rows of a database as the checks see them, with nothing of tasker between. */

export interface RunRow {
  readonly run: number;
  readonly id: string;
  readonly status: string;
  readonly input: ErrandInput;
  readonly result: unknown;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly parentRun: number | null;
  /** Id of the first run of those that continue each other: its own, as a rule. */
  readonly chain: string;
  readonly task: string;
  readonly forkedFrom: { readonly run: string } | null;
}

export interface FrameRow {
  readonly id: number;
  readonly run: number;
  readonly seq: number;
  readonly service: string;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly status: string;
  readonly attempt: number;
  readonly result: unknown;
  readonly error: { readonly code: string } | null;
  readonly delivery: number | null;
  /** What the policy made of it. */
  readonly gate: Gate | null;
}

export interface RecordRow {
  readonly run: number;
  readonly frame: number;
  readonly data: { readonly key: string; readonly row: number; readonly after: string; readonly dice: number };
}

/** A signal: its sender's name for it, and the frame whose result it is. */
export interface SignalRow {
  readonly signalId: string;
  readonly data: { readonly key: string };
  readonly takenBy: number | null;
}

export interface Journal {
  readonly signals: readonly SignalRow[];
  readonly runs: readonly RunRow[];
  readonly frames: readonly FrameRow[];
  readonly records: readonly RecordRow[];
  /** Names in the errands' table. */
  readonly rows: readonly string[];
  readonly logs: readonly { readonly run: number; readonly text: string }[];
}

export function readJournal(db: DatabaseSync): Journal {
  const all = (sql: string, ...json: string[]) =>
    db.prepare(sql).all().map((row) => ({
      ...row,
      ...Object.fromEntries(json.map((name) => [name, parsed(row[name])])),
    }));
  const hasTable = all("SELECT 1 FROM sqlite_schema WHERE name = 't_errands'").length > 0;
  return {
    signals: all(
      "SELECT signal_id AS signalId, data, taken_by AS takenBy FROM signals ORDER BY id",
      "data",
    ) as unknown as SignalRow[],
    runs: all(
      `SELECT run, id, status, input, result, error, parent_run AS parentRun, coalesce(chain, id) AS chain, task_name AS task,
              forked_from AS forkedFrom
       FROM task_runs LEFT JOIN run_links USING (run) ORDER BY run`,
      "forkedFrom",
      "input",
      "result",
      "error",
    ) as unknown as RunRow[],
    frames: all(
      `SELECT id, run, seq, service, method, args, status, attempt, result, error, delivery, gate
       FROM stack_runs
       ORDER BY run, seq`,
      "args",
      "result",
      "error",
      "gate",
    ) as unknown as FrameRow[],
    records: all("SELECT run, frame, data FROM records ORDER BY id", "data") as unknown as RecordRow[],
    rows: hasTable ? db.prepare("SELECT name FROM t_errands").all().map((row) => String(row.name)) : [],
    logs: all("SELECT run, text FROM logs WHERE source = 'task' ORDER BY id") as unknown as Journal["logs"],
  };
}

/** What runs of a task have in a journal; signals and the table are all of one. */
export function journalOf(journal: Journal, task: string): Journal {
  const runs = journal.runs.filter((run) => run.task === task);
  const known = new Set(runs.map(({ run }) => run));
  const isOf = ({ run }: { run: number }) => known.has(run);
  return {
    ...journal,
    runs,
    frames: journal.frames.filter(isOf),
    records: journal.records.filter(isOf),
    logs: journal.logs.filter(isOf),
  };
}

/** The key and the token that a call of `http.fetch` was made with; undefined of other calls. */
export function callOf(frame: Pick<FrameRow, "service" | "args">): { key: string; after: string } | undefined {
  if (frame.service !== "http") return undefined;
  const { searchParams } = new URL(frame.args[0] as string);
  return { key: searchParams.get("key")!, after: searchParams.get("after")! };
}

/** The token in a recorded answer. */
export function tokenOf(frame: FrameRow): string | undefined {
  const { body } = (frame.result ?? {}) as { body?: string };
  return body === undefined ? undefined : (JSON.parse(body) as { token: string }).token;
}

/** A frame as a finding names it. */
export function placeOf(runId: string, seq: number): string {
  return `run ${runId} seq ${seq}`;
}

function parsed(text: unknown): unknown {
  return typeof text === "string" ? JSON.parse(text) : null;
}
