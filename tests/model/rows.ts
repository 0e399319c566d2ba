import type { NestedRuns } from "../../src/store/nested_runs.ts";
import type { StackRuns } from "../../src/store/stack_runs.ts";
import type { TaskRuns } from "../../src/store/task_runs.ts";
import type { Waits } from "../../src/store/waits.ts";

/** What the protocol needs of the tables of run state: both the file and the model of it have this. */
export interface Rows {
  readonly stackRuns:
    & {
      readonly waits: Pick<Waits, "promote" | "nextDue" | "blockRun" | "unblockRun" | "unblockKeys" | "unblockFirst">;
    }
    & Pick<
      StackRuns,
      | "insert"
      | "insertClaimed"
      | "mayBeReady"
      | "get"
      | "claim"
      | "move"
      | "settle"
      | "release"
      | "hasReady"
      | "open"
      | "last"
      | "interrupted"
    >;
  readonly taskRuns: Pick<
    TaskRuns,
    | "insert"
    | "setRootFrame"
    | "get"
    | "byRootFrame"
    | "unfinished"
    | "move"
    | "end"
    | "setLive"
    | "suspects"
    | "clearLive"
  >;
  readonly nestedRuns: Pick<NestedRuns, "open">;
}
