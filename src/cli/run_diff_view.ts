import type { JsonDifference } from "../core/json_difference.ts";
import type { Json } from "../core/json.ts";
import type { FrameStatus, RunStatus } from "../core/states.ts";
import type { StackRun } from "../store/stack_runs.ts";
import { storedJson } from "../store/stored_json.ts";
import { type EndingView, endingView } from "./replay.ts";
import { outcomeOf, type RunDiff } from "./run_diff.ts";
import type { Side } from "../store/message_diff.ts";

/** What `tasker diff --json` prints for two runs that are no searches. */
export interface RunDiffView {
  readonly taskName: string;
  readonly first: ComparedRunView;
  readonly second: ComparedRunView;
  readonly same: boolean;
  /** Calls before the difference that are the same in both, with the same answers. */
  readonly calls: number;
  /** The first call whose arguments or answer differ; null in the run that has not made it. */
  readonly difference: null | {
    readonly type: "call" | "answer";
    readonly first: ComparedCallView | null;
    readonly second: ComparedCallView | null;
    /** Where two results of the call differ. */
    readonly result: readonly PlaceView[];
  };
  readonly input: readonly PlaceView[];
  /** Where two results of the runs differ. */
  readonly result: readonly PlaceView[];
  /** Rows of the kinds of which they have not kept the same number. */
  readonly records: Readonly<Record<string, { readonly first: number; readonly second: number }>>;
}

interface ComparedRunView {
  readonly run: string;
  readonly status: RunStatus;
  readonly code: { readonly version: number; readonly hash: string };
  /** Calls that it has made so far. */
  readonly calls: number;
  /** null while it has not ended. */
  readonly end: EndingView | null;
}

interface ComparedCallView {
  readonly seq: number;
  readonly service: string;
  readonly method: string;
  readonly args: Json;
  readonly status: FrameStatus;
  /** null while it has none. */
  readonly answer: EndingView | null;
}

/** A place where two values differ, at most 1,000 of them; a member that one of them has not is left out. */
interface PlaceView {
  readonly path: string;
  readonly first?: Json;
  readonly second?: Json;
}

export function runDiffView(diff: RunDiff): RunDiffView {
  const { runs, isSame, calls, parting, input, result, records } = diff;
  return {
    taskName: runs[1].taskName,
    first: runView(diff, 1),
    second: runView(diff, 2),
    same: isSame,
    calls,
    difference: parting === undefined ? null : {
      type: parting.type,
      first: callView(parting.frames[1]),
      second: callView(parting.frames[2]),
      result: parting.result.map(placeView),
    },
    input: input.map(placeView),
    result: result.map(placeView),
    records: Object.fromEntries(
      [...records].map(([kind, { 1: first, 2: second }]) => [kind, { first, second }]),
    ),
  };
}

function runView({ runs, code, made }: RunDiff, side: Side): ComparedRunView {
  const { id, status } = runs[side];
  const { version, hash } = code[side];
  const end = outcomeOf(runs[side]);
  return {
    ...{ run: id, status, code: { version, hash }, calls: made[side] },
    end: end === undefined ? null : endingView(end),
  };
}

function callView(frame: StackRun | undefined): ComparedCallView | null {
  if (frame === undefined) return null;
  const { seq, service, method, args, status } = frame;
  const answer = outcomeOf(frame);
  return {
    ...{ seq, service, method, args: storedJson(args), status },
    answer: answer === undefined ? null : endingView(answer),
  };
}

function placeView({ path, one, other }: JsonDifference): PlaceView {
  return {
    path,
    ...(one === undefined ? {} : { first: one }),
    ...(other === undefined ? {} : { second: other }),
  };
}
