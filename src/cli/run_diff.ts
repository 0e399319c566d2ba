import { TaskerError } from "../core/errors.ts";
import { type JsonDifference, jsonDifferences } from "../core/json_difference.ts";
import { isSameCall } from "../engine/journal.ts";
import { isSameEnding, type RunEnding } from "../engine/run_ending.ts";
import type { Side } from "../store/message_diff.ts";
import type { StackRun } from "../store/stack_runs.ts";
import type { Store } from "../store/store.ts";
import { storedJson } from "../store/stored_json.ts";
import type { TaskFunction } from "../store/task_functions.ts";
import type { TaskRun } from "../store/task_runs.ts";
import type { Runs } from "./compared_runs.ts";
import { shortId } from "./run_lookup.ts";

/** One value for each of two runs. */
export type Both<T> = Readonly<Record<Side, T>>;

/** The first call, in order of issue, that is not the same in both; undefined in a run that has not made it. */
export interface Parting {
  readonly type: "call" | "answer";
  readonly frames: Both<StackRun | undefined>;
  /** Where two results of the call differ. */
  readonly result: readonly JsonDifference[];
}

/** Two runs of a task, and all in which they differ. */
export interface RunDiff {
  readonly runs: Runs;
  readonly code: Both<TaskFunction>;
  /** How many calls each has made so far. */
  readonly made: Both<number>;
  readonly isSame: boolean;
  /** Calls before the parting: the same arguments and the same answer. */
  readonly calls: number;
  readonly parting: Parting | undefined;
  readonly input: readonly JsonDifference[];
  /** Where two results of the runs differ. */
  readonly result: readonly JsonDifference[];
  readonly endsAlike: boolean;
  /** Kinds of which they have not kept the same number of rows. */
  readonly records: ReadonlyMap<string, Both<number>>;
}

/** Places of a value that are named. */
const PLACES = 1_000;
/** Calls of each run in memory at a time: they come with their answers. */
const PAGE = 50;

/** Compares the journals of two runs, page by page, and what they were given and gave. Throws USAGE for two tasks. */
export function diffRuns(store: Store, runs: Runs, reveal: (json: string) => string): RunDiff {
  refuseTwoTasks(runs);
  const { calls, parting } = compareJournals(store, runs, reveal);
  const both = <T>(of: (run: TaskRun) => T): Both<T> => ({ 1: of(runs[1]), 2: of(runs[2]) });
  const code = both(({ functionId }) => store.taskFunctions.get(functionId));
  const ends = both(outcomeOf);
  const input = jsonDifferences(storedJson(runs[1].input), storedJson(runs[2].input), PLACES);
  const endsAlike = runs[1].status === runs[2].status && isSameOutcome(ends[1], ends[2]);
  const records = differentCounts(both(({ run }) => store.records.kinds(run)));
  return {
    ...{ runs, code, calls, parting, input, endsAlike, records },
    made: both(({ run }) => store.stackRuns.last(run).seq),
    result: endsAlike ? [] : resultPlaces(ends),
    isSame: parting === undefined && input.length === 0 && code[1].hash === code[2].hash && endsAlike &&
      records.size === 0,
  };
}

/** How a call or a run has ended; undefined while it has not. */
export function outcomeOf(
  { endedAt, result, error }: Pick<StackRun, "endedAt" | "result" | "error">,
): RunEnding | undefined {
  if (endedAt === null) return undefined;
  return result === null
    ? { type: "failed", error: storedJson(error!) as unknown as Extract<RunEnding, { type: "failed" }>["error"] }
    : { type: "completed", json: result };
}

function refuseTwoTasks(runs: Runs): void {
  if (runs[1].taskName === runs[2].taskName) return;
  const [one, other] = ([1, 2] as const).map((side) =>
    `run ${shortId(runs[side].id)} is one of ${runs[side].taskName}`
  );
  throw new TaskerError("USAGE", `${one}, ${other}`, { hint: "compare two runs of the same task" });
}

function compareJournals(
  store: Store,
  runs: Runs,
  reveal: (json: string) => string,
): { calls: number; parting: Parting | undefined } {
  const [first, second] = [framesOf(store, runs[1].run), framesOf(store, runs[2].run)];
  for (let calls = 0;; calls++) {
    const frames = { 1: first.next().value, 2: second.next().value } as Both<StackRun | undefined>;
    const { 1: one, 2: other } = frames;
    if (one === undefined && other === undefined) return { calls, parting: undefined };
    if (one === undefined || other === undefined || !isSameCall(one, other)) {
      return { calls, parting: { type: "call", frames, result: [] } };
    }
    const answers = { 1: outcomeOf(one), 2: outcomeOf(other) };
    if (isSameOutcome(answers[1], answers[2]) || isSameSecret(one, other, reveal)) continue;
    return { calls, parting: { type: "answer", frames, result: resultPlaces(answers) } };
  }
}

function* framesOf(store: Store, run: number): Generator<StackRun, undefined> {
  for (let after = 0;;) {
    const page = store.stackRuns.page({ run, after, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!.seq;
  }
}

function isSameOutcome(one: RunEnding | undefined, other: RunEnding | undefined): boolean {
  return one === undefined || other === undefined ? one === other : isSameEnding(one, other);
}

/** A secret is sealed anew each time that it is recorded. */
function isSameSecret(one: StackRun, other: StackRun, reveal: (json: string) => string): boolean {
  return one.service === "keystore" && one.result !== null && other.result !== null &&
    reveal(one.result) === reveal(other.result);
}

function resultPlaces({ 1: one, 2: other }: Both<RunEnding | undefined>): JsonDifference[] {
  if (one?.type !== "completed" || other?.type !== "completed") return [];
  return jsonDifferences(storedJson(one.json), storedJson(other.json), PLACES);
}

function differentCounts({ 1: first, 2: second }: Both<ReadonlyMap<string, number>>): Map<string, Both<number>> {
  const kinds = [...new Set([...first.keys(), ...second.keys()])].sort();
  const counts = kinds.map((kind) => [kind, { 1: first.get(kind) ?? 0, 2: second.get(kind) ?? 0 }] as const);
  return new Map(counts.filter(([, count]) => count[1] !== count[2]));
}
