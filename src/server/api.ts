import type { BudgetSpan, Measure } from "../core/budget.ts";
import type { SerializedError } from "../core/errors.ts";
import type { Json, JsonObject } from "../core/json.ts";
import type { Condition } from "../core/policy.ts";
import type { FrameStatus, RunStatus } from "../core/states.ts";

/** The documented JSON shapes of the HTTP surface; the command line's `--json` prints the same. Times are ms since 1970. */

export interface SubmitAnswer {
  readonly taskRunId: string;
  readonly stackRunId: string;
  readonly status: "submitted";
  readonly message: string;
}

/** What a run waits for before it can go on. */
export interface WaitingView {
  readonly stackRunId: string;
  readonly service: string;
  readonly method: string;
  /** null: without end, for a signal or a person's approval. */
  readonly until: number | null;
  readonly waitingFor: string;
  /** What it waits for that may be sent to the run: data that fits the schema, where there is one. */
  readonly signal?: { readonly name: string; readonly question?: string; readonly schema?: JsonObject };
  /** Whether it waits until a person has approved or refused the call. */
  readonly approval?: true;
  /** Id of the run whose end it waits for. */
  readonly run?: string;
  /** The budget in which it waits for room: until a person raises it, or `until`, when it is renewed. */
  readonly budget?: { readonly name: string; readonly measure: Measure };
}

/** A budget, as `tasker budget list --json` prints it. Amounts are in the measure. */
export interface BudgetView {
  readonly name: string;
  readonly measure: Measure;
  readonly limit: number;
  readonly per: BudgetSpan;
  /** Whose clocks say when a day begins; null: per run. */
  readonly timeZone: string | null;
  /** null: not of money. */
  readonly pricePerCall: number | null;
  readonly pricePerUnit: number | null;
  readonly task: string;
  readonly service: string;
  readonly method: string;
  readonly where: readonly Condition[];
  readonly setAt: number;
  readonly setBy: string;
  /** Of today, or of each unfinished run that has used some of it. */
  readonly spending: readonly SpendingView[];
  /** Runs that wait for room in it. */
  readonly runsWaiting: number;
}

export interface SpendingView {
  /** The day's date, or the run's id. */
  readonly of: string;
  readonly used: number;
  /** 0 when more than the limit is used. */
  readonly left: number;
  /** When it is renewed; null: not by itself. */
  readonly until: number | null;
}

export interface SignalAnswer {
  readonly taskRunId: string;
  readonly name: string;
  /** Whether a call of the run waits for it or has taken it; otherwise it is kept until one does. */
  readonly awaited: boolean;
}

/** What the policy made of a call that it did not let through by itself. */
export interface GateView {
  readonly state: "asked" | "denied" | "approved" | "refused";
  /** The rule that stopped it; null: what holds without rules. */
  readonly rule: { readonly id: number; readonly text: string } | null;
  readonly askedAt: number;
  readonly decidedAt: number | null;
  /** Who decided. */
  readonly by: string | null;
  /** What was sent instead of the arguments of the call. */
  readonly sentArgs: Json | null;
  /** Why it was refused. */
  readonly reason: string | null;
}

/** Such a call with all that a person must see of it. `args`: all arguments as the task gave them. */
export interface ApprovalView extends GateView {
  /** The call's, as `approve` and `refuse` take it. */
  readonly id: string;
  readonly runId: string;
  readonly taskName: string;
  readonly service: string;
  readonly method: string;
  readonly args: Json;
}

/** What a task said of its own progress (`tools.run.progress`). */
export interface ProgressView {
  readonly done: number;
  readonly total: number | null;
  readonly unit?: string;
  readonly note?: string;
  readonly at: number;
}

export interface RunView {
  readonly id: string;
  readonly taskName: string;
  readonly taskVersion: number;
  readonly codeHash: string;
  readonly status: RunStatus;
  readonly input: Json;
  readonly result: Json | null;
  readonly error: SerializedError | null;
  readonly progress: ProgressView | null;
  readonly parentRunId: string | null;
  /** The run that has started it, by `tasks.start`. */
  readonly startedBy: string | null;
  /** Of a run that continues another one, or goes on as another one: ids of the runs around it in its chain. */
  readonly chain: ChainView | null;
  /**
   * Of a fork: the run whose journal it shares, the first call that is its own, and the calls whose answers were set; of a retry
   * also the failed calls that were made again.
   */
  readonly forkedFrom:
    | {
      readonly run: string;
      readonly from: number;
      readonly set: readonly number[];
      readonly answers?: true;
      readonly again?: readonly number[];
    }
    | null;
  /** The failed run that this one goes on with, and the run that goes on with this one. */
  readonly retryOf: string | null;
  readonly retriedBy: string | null;
  readonly idempotencyKey: string | null;
  readonly priority: number;
  /** Calls by status; their sum is the number of calls issued so far. */
  readonly calls: { readonly [status in FrameStatus]?: number };
  /** Rows kept so far, by kind. */
  readonly records: { readonly [kind: string]: number };
  /** Signals first, then the earliest; a few. What runs nested in it wait for comes behind its own. */
  readonly waiting: readonly WaitingView[];
  /** Of the runs nested in it, how many do anything but wait. */
  readonly nestedAtWork: number;
  /** When it must be over. */
  readonly deadline: number | null;
  /** Of a run that is being cancelled: when its clean-up is cut off. */
  readonly cleanUpUntil: number | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

/** Where a run is among those that continue each other. Null: it is the first or the last, or the other one is deleted. */
export interface ChainView {
  readonly first: string;
  readonly previous: string | null;
  readonly next: string | null;
  /** The one that goes on. */
  readonly last: string;
}

/** A schedule, as `tasker schedule list --json` prints it. */
export interface ScheduleView {
  readonly id: string;
  readonly name: string;
  /** Five fields of cron, on the clocks of `timeZone`. */
  readonly pattern: string;
  readonly timeZone: string;
  readonly catchUp: "none" | "one" | "all";
  readonly taskName: string;
  readonly input: Json;
  readonly reason: string | null;
  readonly addedBy: string;
  readonly paused: boolean;
  /** null when it is paused or its pattern has no more times. */
  readonly nextAt: number | null;
  /** The time for which it fired last, with the run, or why there is none. */
  readonly lastAt: number | null;
  readonly lastRunId: string | null;
  readonly lastError: SerializedError | null;
  readonly createdAt: number;
}

/** One frame of a run's call stack. */
export interface FrameView {
  readonly id: string;
  readonly seq: number;
  readonly service: string;
  readonly method: string;
  readonly args: Json;
  /** How it wants to be made; null when the call says nothing of it. */
  readonly options: Json | null;
  readonly status: FrameStatus;
  readonly attempt: number;
  readonly readyAt: number | null;
  readonly waitingFor: string | null;
  /** Null: the policy let it through by itself. */
  readonly gate: GateView | null;
  readonly error: SerializedError | null;
  readonly resultBytes: number | null;
  readonly delivery: number | null;
  readonly issuedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** The run nested in this call. */
  readonly nestedRunId: string | null;
  /** The run that this call has started. */
  readonly startedRunId: string | null;
}

export interface TaskView {
  readonly name: string;
  readonly version: number;
  readonly hash: string;
  readonly description: string;
  readonly embedded: boolean;
  readonly publishedAt: number;
}

export interface TaskSchemaView extends TaskView {
  readonly input: JsonObject;
  readonly services: readonly string[];
  readonly namespaces: readonly string[];
}

export interface HealthView {
  readonly status: "ok";
  readonly pid: number;
  readonly epoch: number;
  readonly version: string;
  readonly deno: string;
  readonly startedAt: number;
  readonly database: string;
  readonly activeRuns: number;
  readonly lanes: { readonly busy: number; readonly total: number };
}

export interface ErrorAnswer {
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
}

/** What the file beside the database (0600) says of the server that owns it. */
export interface ServerAddress {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  readonly epoch: number;
}

/** Where that file is. */
export function addressFile(databasePath: string): string {
  return `${databasePath}.server.json`;
}
