import { uuidv7 } from "uuidv7";
import { type SerializedError, serializeError, TaskerError } from "../../core/errors.ts";
import { jsonDifferences } from "../../core/json_difference.ts";
import type { Json } from "../../core/json.ts";
import type { CallAt } from "../../engine/call_site.ts";
import { likeEarlierRun } from "../../engine/earlier_run.ts";
import { completeInput } from "../../engine/input.ts";
import { nothingToWaitFor } from "../../engine/realm_driver.ts";
import { RecordedCalls } from "../../engine/recorded_calls.ts";
import { type CallAnswer, type Rehearsal, rehearse } from "../../engine/rehearsal.ts";
import { recordedEnding } from "../../engine/run_ending.ts";
import { isShared } from "../../engine/shared_answers.ts";
import type { BuiltTask } from "../../publish/publish.ts";
import type { Store } from "../../store/store.ts";
import { storedJson } from "../../store/stored_json.ts";
import type { TaskRun } from "../../store/task_runs.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode, exitCodeOfError } from "../exit_codes.ts";
import { zone } from "../output/times.ts";
import { callView, revealer } from "../replay.ts";
import { findRunOf, newestRunOf } from "../run_lookup.ts";
import { type AuthorPlace, placeAt, placeOf } from "./author_place.ts";
import type { CallEvent, DevEvent, EndEvent } from "./events.ts";
import type { SavedTask } from "./saved_task.ts";
import type { TryOptions } from "./try_save.ts";

/** Hears what comes of a save, and where in the code that is. */
export type Tell = (event: DevEvent, place: AuthorPlace | undefined) => void;

/** Places of a result that are named. */
const PLACES = 1_000;

export interface TrialParams {
  readonly options: TryOptions;
  readonly saved: SavedTask;
  readonly context: Context;
  readonly tell: Tell;
  /** A run that was made for real of this code, whose answers it gets; and the earlier run that it went from. */
  readonly made?: { readonly run: string; readonly earlier: string | undefined };
}

/** What a run for real goes from. */
interface Needs {
  /** The id of the earlier run. */
  readonly earlier: string | undefined;
  /** Undefined: that of the earlier run. */
  readonly input: Json | undefined;
}

/** One rehearsal of saved code, told event by event. */
export class Trial {
  readonly #params: TrialParams;
  readonly #records: Record<string, number> = {};
  #earlier: TaskRun | undefined;
  /** What the earlier run has answered, besides a run that was made for real. */
  #before: RecordedCalls | undefined;
  #needs: Needs | undefined;

  constructor(params: TrialParams) {
    this.#params = params;
  }

  /** Set when it has met calls without an answer. */
  get needs(): Needs | undefined {
    return this.#needs;
  }

  async play(store: Store | undefined): Promise<ExitCode> {
    const { options, saved: { built }, context, tell } = this.#params;
    if (built instanceof TaskerError) {
      this.#tellCode(undefined, options.input ?? null);
      return this.#refuse(built);
    }
    const earlier = this.#earlier = this.#earlierRun(built, store);
    const given = options.input ?? (earlier === undefined ? {} : storedJson(earlier.input));
    this.#tellCode(built, given);
    const made = this.#params.made && store!.taskRuns.byId(this.#params.made.run)!;
    let input: Json;
    try {
      input = made === undefined ? this.#complete(built, given, store) : storedJson(made.input);
    } catch (error) {
      if (!(error instanceof TaskerError)) throw error;
      const hint = `\`tasker dev ${options.file} --help\` lists the flags of the task`;
      return this.#refuse(new TaskerError(error.code, error.message, { hint }));
    }
    if (made && earlier) this.#before = new RecordedCalls(store!, earlier.run, { results: true });
    const run = made ?? earlier;
    const onlyResults = options.live && made === undefined;
    const now = context.now();
    const fresh = { id: uuidv7(), seed: crypto.randomUUID(), timeZone: zone(), startedAt: now, createdAt: now };
    try {
      const done = await rehearse({
        code: { ...built, version: 0 },
        beginning: { ...run ?? fresh, input: JSON.stringify(input) },
        earlier: run && { store: store!, run, reveal: revealer(store!, context), onlyResults },
        onCall: (call, answer) => this.#hearCall(call, answer),
        onLog: ({ level, text }) => tell({ event: "log", level, text }, undefined),
      });
      return this.#end(done, input);
    } catch (error) {
      if (!(error instanceof TaskerError) || !["TASK_STALLED", "ISOLATE_LOST"].includes(error.code)) throw error;
      return this.#fail(serializeError(error));
    }
  }

  /** An input that names an earlier run is made whole by that; one that is recorded has been. */
  #complete({ name, manifest }: BuiltTask, given: Json, store: Store | undefined): Json {
    const isRecorded = this.#params.options.input === undefined || store === undefined;
    return completeInput(manifest.input, isRecorded ? given : likeEarlierRun(store, { name, manifest }, given));
  }

  #earlierRun({ name }: BuiltTask, store: Store | undefined): TaskRun | undefined {
    const { made, options: { against, database } } = this.#params;
    if (made !== undefined) return made.earlier === undefined ? undefined : store!.taskRuns.byId(made.earlier);
    if (against !== undefined && store !== undefined) return findRunOf(store, name, against);
    if (against !== undefined) {
      throw new TaskerError("NOT_FOUND", `there is no run ${against}: no database at ${database}`, {
        hint: "name the file that has it with --db",
      });
    }
    try {
      return store && newestRunOf(store, name);
    } catch (error) {
      if (error instanceof TaskerError && error.code === "NOT_FOUND") return undefined;
      throw error;
    }
  }

  #tellCode(built: BuiltTask | undefined, input: Json): void {
    const { options: { file }, context, made, tell } = this.#params;
    const code = { taskName: built?.name ?? null, hash: built?.hash ?? null };
    const against = this.#earlier?.id ?? null;
    tell({ event: "code", time: context.now(), file, ...code, against, run: made?.run ?? null, input }, undefined);
  }

  #hearCall(call: CallAt, { from, failed }: CallAnswer): void {
    const { saved, tell } = this.#params;
    const answer = this.#answerOf(call, from);
    tell({ event: "call", ...callView(call), answer, failed: failed ?? null }, placeAt(call.at, saved));
    if (call.service !== "records" || call.method !== "append" || failed !== undefined) return;
    const [kind, rows] = storedJson(call.args) as [string, Json];
    this.#records[kind] = (this.#records[kind] ?? 0) + (Array.isArray(rows) ? rows.length : 1);
  }

  /** All that a run has recorded that was made for real is new, but for what the run before has recorded. */
  #answerOf(call: CallAt, from: CallAnswer["from"]): CallEvent["answer"] {
    if (from === "nowhere") return "none";
    const isMade = this.#params.made !== undefined;
    const isRecorded = isMade ? this.#before?.take(call)?.order !== undefined : from === "recorded";
    return isRecorded ? "recorded" : isMade && isShared(call.service) ? "live" : "new";
  }

  #end({ changes, unanswered, now }: Rehearsal, input: Json): ExitCode {
    const { saved, tell } = this.#params;
    if (now === undefined && unanswered.length === 0) return this.#fail(serializeError(nothingToWaitFor()));
    if (now === undefined) {
      const { at, stack = null } = unanswered[0]!;
      const isRecorded = JSON.stringify(input) === this.#earlier?.input;
      this.#needs = {
        earlier: this.#earlier?.id,
        input: this.#params.options.input ?? (isRecorded ? undefined : input),
      };
      this.#tellEnd({ type: "unanswered", calls: unanswered.map(({ seq }) => seq), stack }, placeAt(at, saved));
      return EXIT.different;
    }
    const missing = this.#params.made === undefined
      ? changes.flatMap((change) => change.type === "new" ? [] : [change.recorded])
      : this.#before?.rest() ?? [];
    for (const call of missing.sort((one, other) => one.seq - other.seq)) {
      tell({ event: "missing", ...callView(call) }, undefined);
    }
    if (now.type === "failed") return this.#fail(now.error);
    const result = storedJson(now.json);
    this.#tellEnd({ type: "completed", result, records: this.#records, differs: this.#differs(result) }, undefined);
    return EXIT.ok;
  }

  #differs(result: Json): Extract<EndEvent, { type: "completed" }>["differs"] {
    const recorded = this.#earlier && recordedEnding(this.#earlier);
    if (recorded === undefined || recorded === "none" || recorded.type !== "completed") return [];
    return jsonDifferences(storedJson(recorded.json), result, PLACES).map(({ path, one, other }) => ({
      path,
      ...(one === undefined ? {} : { recorded: one }),
      ...(other === undefined ? {} : { now: other }),
    }));
  }

  #fail(error: SerializedError): ExitCode {
    this.#tellEnd({ type: "failed", error }, placeOf(error, this.#params.saved));
    return EXIT.failed;
  }

  #refuse(error: TaskerError): ExitCode {
    const serialized = serializeError(error);
    this.#tellEnd({ type: "refused", error: serialized }, placeOf(serialized, this.#params.saved));
    return exitCodeOfError(error);
  }

  #tellEnd(end: DistributiveOmit<EndEvent, "event" | "place">, place: AuthorPlace | undefined): void {
    const view = place && { file: place.file, line: place.line, column: place.column };
    this.#params.tell({ event: "end", ...end, place: view ?? null }, place);
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
