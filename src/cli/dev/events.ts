import type { SerializedError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { CallView } from "../replay.ts";

/** What `tasker dev --json` prints, an event a line: of each save a `code`, then calls and log lines, and an `end`. */
export type DevEvent = CodeEvent | CallEvent | LogEvent | MissingEvent | EndEvent;

export interface CodeEvent {
  readonly event: "code";
  /** When it was tried, ms. */
  readonly time: number;
  readonly file: string;
  readonly taskName: string | null;
  /** null: it is refused. */
  readonly hash: string | null;
  /** The run whose answers are used; null: there is none. */
  readonly against: string | null;
  /** The run that was made for real; null: none was, all that was asked is recorded. */
  readonly run: string | null;
  readonly input: Json;
}

export interface CallEvent extends CallView {
  readonly event: "call";
  /** Of the earlier run; made for real; answered by itself, though it is new; or without an answer. */
  readonly answer: "recorded" | "live" | "new" | "none";
  /** The code of the error that the answer is. */
  readonly failed: string | null;
}

export interface LogEvent {
  readonly event: "log";
  readonly level: "debug" | "info" | "warn" | "error";
  readonly text: string;
}

/** A call that the earlier run has made, and this code does not. */
export interface MissingEvent extends CallView {
  readonly event: "missing";
}

/** Line and column count from 1. */
export interface PlaceView {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type EndEvent =
  & {
    readonly event: "end";
    /** Where in the author's code, if it is known. */
    readonly place: PlaceView | null;
  }
  & (
    | {
      readonly type: "completed";
      readonly result: Json;
      /** Rows kept, by kind. */
      readonly records: Readonly<Record<string, number>>;
      /** Where the result differs from the recorded one. */
      readonly differs: readonly { readonly path: string; readonly recorded?: Json; readonly now?: Json }[];
    }
    | { readonly type: "failed"; readonly error: SerializedError }
    /** The code or the input is; nothing was run. */
    | { readonly type: "refused"; readonly error: SerializedError }
    /** Calls that it waits for, which have no recorded answer; `stack` is the way to the first. */
    | { readonly type: "unanswered"; readonly calls: readonly number[]; readonly stack: string | null }
  );
