/** What crosses the port between the host and an isolate. Everything inside is JSON text or plain scalars. */
import type { SerializedError } from "../core/errors.ts";
import { isJsonObject } from "../core/json.ts";

/** What a run's realm is started from; the same values give the same run. */
export interface RunStart {
  readonly runId: string;
  /** JSON text of the task's input. */
  readonly input: string;
  /** Seeds `Math.random` and `crypto` of the realm. */
  readonly seed: string;
  /** `Date.now()` until the first delivery, ms. */
  readonly startedAt: number;
  /** Whether each call is to say where in the code it was made. */
  readonly sites?: boolean;
  /** In a replay. */
  readonly completed?: Completed;
}

/** Calls that will be delivered a result, never an error: those up to a `seq`, but for some. */
export interface Completed {
  readonly upTo: number;
  readonly except: readonly number[];
}

/** A call that task code issued. `seq` counts from 1 in the order of issue within the run. */
export interface IssuedCall {
  readonly seq: number;
  /** As task code wrote it; the host resolves aliases. */
  readonly service: string;
  /** Dotted: `gmail.users.messages.list`. */
  readonly method: string;
  /** JSON text of the array of arguments, serialised at the call. */
  readonly args: string;
  /** JSON text of its CallOptions. */
  readonly options?: string;
  /** A stack that begins where the call was made; of a run that was started with `sites`. */
  readonly site?: string;
}

/** A settled call on its way into a realm. */
export interface Delivery {
  readonly seq: number;
  /** `Date.now()` inside the realm from this delivery to the next, ms. */
  readonly at: number;
  readonly ok: boolean;
  /** The run is being cancelled, and this call with it. */
  readonly cancels?: true;
  /** JSON text of the result, or of a SerializedError when not ok. */
  readonly json: string;
}

/** A `console.*` line; `index` counts from 0 within the run, so that replay can leave out what is stored. */
export interface LogLine {
  readonly index: number;
  readonly at: number;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly text: string;
}

/** How a task function ended. */
export type RealmOutcome =
  | { readonly type: "completed"; readonly json: string }
  | { readonly type: "failed"; readonly error: SerializedError };

/** What one turn (the start, or one delivery into a quiescent realm) caused. */
export interface Turn {
  readonly calls: readonly IssuedCall[];
  readonly logs: readonly LogLine[];
}

/** The answer to `start` or to one batch of deliveries: one turn per delivery, unless they were `taken`; deliveries after the end are ignored. */
export interface TurnReport {
  readonly turns: readonly Turn[];
  readonly outcome?: RealmOutcome;
}

/** The one version of a task function that a Worker runs, and how long one of its turns may take (ms). */
export interface IsolateLoad {
  readonly source: string;
  /** The file name that stack traces show. */
  readonly filename: string;
  readonly tickTimeout: number;
  /** Shared memory: how many requests came before the one that is being worked on. Tells who is stuck. */
  readonly at: Int32Array;
}

/** The first message of all, to the Worker itself: what it is to run, and the port for everything else. */
export interface Load {
  readonly load: IsolateLoad;
  readonly port: MessagePort;
}

/** Requests are answered in the order they were sent, one answer each, the load before them; `drop` has no answer. */
export type ToIsolate =
  | { readonly type: "start"; readonly run: RunStart }
  | {
    readonly type: "deliver";
    readonly runId: string;
    readonly deliveries: readonly Delivery[];
    /** They had their turns before, and these left no rejection unhandled: together they are one turn now. */
    readonly taken: boolean;
  }
  | { readonly type: "drop"; readonly runId: string };

export type FromIsolate =
  | { readonly type: "ready" }
  /** A long batch goes on: sent at most once a second, so that it does not look stuck. */
  | { readonly type: "progress"; readonly runId: string }
  /** `json`: text of a TurnReport. */
  | { readonly type: "report"; readonly runId: string; readonly json: string }
  /** The realm had ended, stalled or been dropped before this delivery came. */
  | { readonly type: "gone"; readonly runId: string }
  /** A turn took longer than `tickTimeout`; the realm is gone. */
  | { readonly type: "stalled"; readonly runId: string };

/*
 * Messages cross as text: there and back in 103 µs on a port, where the same as objects, between a Worker and its global
 * scope, takes 212 (Deno 2.9; 146 and 206 on 2.4). The first line is JSON, what follows it are the long texts as they are.
 */

export function writeToIsolate(message: ToIsolate): string {
  if (message.type !== "deliver") return `${JSON.stringify(message)}\n`;
  const { deliveries, ...rest } = message;
  const heads = deliveries.map(({ json, ...delivery }) => ({ ...delivery, length: json.length }));
  return `${JSON.stringify({ ...rest, deliveries: heads })}\n${deliveries.map(({ json }) => json).join("")}`;
}

export function readToIsolate(text: string): ToIsolate {
  let at = text.indexOf("\n");
  const message = JSON.parse(text.slice(0, at++));
  if (message.type !== "deliver") return message;
  const heads: readonly (Omit<Delivery, "json"> & { length: number })[] = message.deliveries;
  const deliveries = heads.map(({ length, ...delivery }) => ({ ...delivery, json: text.slice(at, at += length) }));
  return { ...message, deliveries };
}

export function writeFromIsolate(message: FromIsolate): string {
  if (message.type !== "report") return `${JSON.stringify(message)}\n`;
  const { json, ...rest } = message;
  return `${JSON.stringify(rest)}\n${json}`;
}

/** Undefined when no isolate writes such a message: then nothing in it is to be believed. */
export function readFromIsolate(text: unknown): FromIsolate | undefined {
  if (typeof text !== "string") return undefined;
  const end = text.indexOf("\n");
  const json = text.slice(end + 1);
  try {
    const message: unknown = JSON.parse(text.slice(0, end));
    if (!isJsonObject(message)) return undefined;
    return (json === "" ? message : { ...message, json }) as unknown as FromIsolate;
  } catch {
    return undefined;
  }
}
