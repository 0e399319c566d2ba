import { serializeError, TaskerError } from "../core/errors.ts";
import { isJsonObject, type Json, type JsonObject, whyUnrecordable } from "../core/json.ts";
import { isRunEnded } from "../core/states.ts";
import type { Outcome } from "../services/contract.ts";
import { isSignalName, noName } from "../services/signals.ts";
import { newestById } from "../store/run_links.ts";
import type { StackRun } from "../store/stack_runs.ts";
import { storedJson } from "../store/stored_json.ts";
import type { Store } from "../store/store.ts";
import type { Change } from "./committer.ts";
import { inputFaults } from "./input_faults.ts";
import { faultText, listed } from "./input_words.ts";
import type { LiveRun } from "./live_run.ts";
import type { Parts } from "./parts.ts";
import { HELD } from "./held.ts";

/** What the frames that wait for a signal without end are blocked by. */
const SIGNAL = "signal";
/** Signals that a run has not taken yet. */
const MOST_KEPT = 1_000;
/** Bytes of JSON text. */
const LARGEST = 1024 * 1024;

/** A signal to a run. Sent again under the same `signalId`, it is there once. */
export interface SignalToSend {
  readonly id: string;
  readonly name: string;
  readonly data: Json;
  readonly signalId?: string | undefined;
}

/** Whether a call of the run waits for it, or has taken it; otherwise it is kept until one does. */
export interface SentSignal {
  readonly awaited: boolean;
}

/** Keeps a signal and wakes the calls that it fits. Call it inside a transaction. */
export function sendSignal(store: Store, signal: SignalToSend, now: number): SentSignal {
  const { id, name, signalId = null } = signal;
  if (!isSignalName(name)) throw noName("`name` must be the name of a signal");
  if (signalId !== null && !isSignalName(signalId)) throw noName("`signalId` is no name that a signal can have");
  const data = textOf(signal);
  const row = newestById(store, id);
  if (row === undefined) {
    throw new TaskerError("NOT_FOUND", `there is no run ${id}`, { hint: "`tasker runs` lists them" });
  }
  const waiting = store.stackRuns.signalWaits(row.run).filter(({ args }) => wantedOf(args).name === name);
  const known = signalId === null
    ? undefined
    : store.signals.bySignalId(row.run, store.runLinks.get(row.run).chain, signalId);
  if (known !== undefined) {
    if (known.name === name && known.data === data) return { awaited: known.takenBy !== null || waiting.length > 0 };
    throw new TaskerError("CONFLICT", `another signal was sent to run ${id} under the signalId ${signalId}`, {
      hint: "a signalId of your own must be new, or come with the same name and data",
    });
  }
  if (isRunEnded(row.status)) {
    throw new TaskerError("CONFLICT", `run ${id} has ended already: ${row.status}`, {
      hint: `see it with \`tasker show ${id}\``,
    });
  }
  const faults = waiting.map((frame) => faultsOf(wantedOf(frame.args).schema, signal.data));
  if (faults.length > 0 && faults.every((some) => some.length > 0)) {
    throw new TaskerError("INVALID_INPUT", `the run does not take this for ${name}: ${listed(faults.flat())}`, {
      hint: `\`tasker show ${id}\` says what it asks for`,
    });
  }
  if (store.signals.countKept(row.run) >= MOST_KEPT) {
    throw new TaskerError(
      "CONFLICT",
      `run ${id} has ${MOST_KEPT} signals that it has not taken yet: no more are kept`,
      {
        hint: "send it again when the run has taken some",
      },
    );
  }
  store.signals.insert({ run: row.run, name, data, signalId, now });
  for (const [at, frame] of waiting.entries()) {
    if (faults[at]!.length === 0) store.stackRuns.waits.wake(frame.id, SIGNAL);
  }
  return { awaited: waiting.length > 0 };
}

/** A call of `signals.wait`: settled with the oldest signal that fits, failed when its time is over, or else parked. */
export function takeSignal(
  { store, settlement, runs, processor }: Parts,
  live: LiveRun,
  frame: StackRun,
  wanted: Extract<Outcome, { type: "signal" }>,
): Change {
  const { until } = wanted;
  let then = () => {};
  return {
    concerns: live,
    apply(now) {
      if (store.stackRuns.get(frame.id)?.status !== "processing") return;
      const data = taken(store, frame, wanted, now);
      const isLate = until !== undefined && now >= until;
      if (data !== undefined) then = settlement.settleInside(live, frame, { status: "completed", json: data }, now);
      else if (isLate || wanted.schema !== undefined && unusable(wanted.schema) !== undefined) {
        const error = isLate ? timedOut(wanted.name) : unusable(wanted.schema!)!;
        const json = JSON.stringify(serializeError(error));
        then = settlement.settleInside(live, frame, { status: "failed", json }, now);
      } else {
        runs.touch(live);
        const blocked = live.status === "held" ? HELD : until === undefined ? SIGNAL : undefined;
        store.stackRuns.release(frame.id, {
          waitingFor: wanted.waitingFor,
          counted: false,
          ...(until === undefined ? {} : { readyAt: until }),
          ...(blocked === undefined ? {} : { blocked }),
        });
        if (until !== undefined) then = () => processor.wakeAt(until);
      }
    },
    after: () => then(),
  };
}

/** The data of the oldest kept signal that fits; of those that are passed over the log tells, once for each call. */
function taken(
  store: Store,
  { id, run }: StackRun,
  { name, schema }: { name: string; schema?: JsonObject },
  now: number,
): string | undefined {
  for (const signal of store.signals.kept(run, name)) {
    const faults = faultsOf(schema, storedJson(signal.data));
    if (faults.length === 0) {
      store.signals.take(signal.id, id);
      return signal.data;
    }
    if (signal.passedBy === id) continue;
    store.signals.passOver(signal.id, id);
    const text = `a signal ${name} that came early is passed over: ${listed(faults)}`;
    store.logs.append({ run, at: now, level: "warn", source: "engine", text });
  }
  return undefined;
}

/** What a call of `signals.wait` asks for, as its arguments say. */
function wantedOf(args: string): { name?: Json; schema?: JsonObject } {
  const [name, options] = storedJson(args) as Json[];
  const schema = isJsonObject(options) ? options.schema : undefined;
  return { ...(name === undefined ? {} : { name }), ...(isJsonObject(schema) ? { schema } : {}) };
}

function faultsOf(schema: JsonObject | undefined, data: Json): string[] {
  if (schema === undefined) return [];
  try {
    return inputFaults(schema, data).map((fault) => faultText(fault, "the data"));
  } catch (error) {
    return [(error as Error).message];
  }
}

function unusable(schema: JsonObject): TaskerError | undefined {
  try {
    inputFaults(schema, null);
    return undefined;
  } catch (error) {
    const { cause } = error as Error;
    return new TaskerError("INVALID_INPUT", `signals.wait: the schema cannot be used: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function textOf({ name, data }: SignalToSend): string {
  const why = whyUnrecordable(data);
  if (why !== undefined) throw new TaskerError("INVALID_INPUT", `the data of ${name} cannot be recorded: ${why}`);
  const text = JSON.stringify(data);
  if (new TextEncoder().encode(text).length <= LARGEST) return text;
  throw new TaskerError("TOO_LARGE", `the data of ${name} is larger than 1 MiB, the most that a signal may bring`, {
    hint: "send what leads to the data, e.g. a path or an id, not the data itself",
  });
}

function timedOut(name: string): TaskerError {
  return new TaskerError("SIGNAL_TIMEOUT", `no signal ${name} has come in time`, {
    hint: "catch this error to go on without it",
  });
}
