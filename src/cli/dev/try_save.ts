import { uuidv7 } from "uuidv7";
import { type SerializedError, serializeError, TaskerError } from "../../core/errors.ts";
import { jsonDifferences } from "../../core/json_difference.ts";
import type { Json } from "../../core/json.ts";
import type { CallAt } from "../../engine/call_site.ts";
import { likeEarlierRun } from "../../engine/earlier_run.ts";
import { completeInput } from "../../engine/input.ts";
import { nothingToWaitFor } from "../../engine/realm_driver.ts";
import { type CallAnswer, type Rehearsal, rehearse } from "../../engine/rehearsal.ts";
import type { BuiltTask } from "../../publish/publish.ts";
import type { Store } from "../../store/store.ts";
import { storedJson } from "../../store/stored_json.ts";
import type { TaskRun } from "../../store/task_runs.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode, exitCodeOfError } from "../exit_codes.ts";
import { zone } from "../output/times.ts";
import { readingIfThere } from "../reading.ts";
import { callView, revealer } from "../replay.ts";
import { findRunOf, newestRunOf } from "../run_lookup.ts";
import { type AuthorPlace, placeAt, placeOf } from "./author_place.ts";
import type { DevEvent, EndEvent } from "./events.ts";
import type { SavedTask } from "./saved_task.ts";

export interface TryOptions {
  readonly database: string;
  readonly file: string;
  /** The earlier run; undefined: the task's newest one, if there is any. */
  readonly against: string | undefined;
  /** Undefined: that of the earlier run. */
  readonly input: Json | undefined;
}

/** Hears what comes of a save, and where in the code that is. */
export type Tell = (event: DevEvent, place: AuthorPlace | undefined) => void;

/** Places of a result that are named. */
const PLACES = 1_000;

/** Runs saved code with the recorded answers of an earlier run, which reads only, and tells what it does. */
export async function trySave(options: TryOptions, saved: SavedTask, context: Context, tell: Tell): Promise<ExitCode> {
  const { built } = saved;
  const ABSENT = Symbol();
  const work = (store: Store | undefined) => new Trial(options, saved, context, tell).play(built, store);
  const done = await readingIfThere<ExitCode | typeof ABSENT>(context, options.database, ABSENT, work);
  return done === ABSENT ? await work(undefined) : done;
}

class Trial {
  readonly #records: Record<string, number> = {};

  constructor(
    readonly options: TryOptions,
    readonly saved: SavedTask,
    readonly context: Context,
    readonly tell: Tell,
  ) {}

  async play(built: BuiltTask | TaskerError, store: Store | undefined): Promise<ExitCode> {
    if (built instanceof TaskerError) {
      this.#tellCode(undefined, undefined, this.options.input ?? null);
      return this.#refuse(built);
    }
    const run = this.#earlierRun(built, store);
    const given = this.options.input ?? (run === undefined ? {} : storedJson(run.input));
    this.#tellCode(built, run, given);
    let input: Json;
    try {
      input = completeInput(built.manifest.input, store === undefined ? given : likeEarlierRun(store, built, given));
    } catch (error) {
      if (!(error instanceof TaskerError)) throw error;
      const hint = `\`tasker dev ${this.options.file} --help\` lists the flags of the task`;
      return this.#refuse(new TaskerError(error.code, error.message, { hint }));
    }
    const now = this.context.now();
    const fresh = { id: uuidv7(), seed: crypto.randomUUID(), timeZone: zone(), startedAt: now, createdAt: now };
    const earlier = run && { store: store!, run, reveal: revealer(store!, this.context) };
    try {
      return this.#end(
        await rehearse({
          code: { ...built, version: 0 },
          beginning: { ...run ?? fresh, input: JSON.stringify(input) },
          earlier,
          onCall: (call, answer) => this.#hearCall(call, answer),
          onLog: ({ level, text }) => this.tell({ event: "log", level, text }, undefined),
        }),
      );
    } catch (error) {
      if (!(error instanceof TaskerError) || !["TASK_STALLED", "ISOLATE_LOST"].includes(error.code)) throw error;
      return this.#fail(serializeError(error));
    }
  }

  #earlierRun({ name }: BuiltTask, store: Store | undefined): TaskRun | undefined {
    const { against } = this.options;
    if (against !== undefined && store !== undefined) return findRunOf(store, name, against);
    if (against !== undefined) {
      throw new TaskerError("NOT_FOUND", `there is no run ${against}: no database at ${this.options.database}`, {
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

  #tellCode(built: BuiltTask | undefined, run: TaskRun | undefined, input: Json): void {
    const { file } = this.options;
    const code = { taskName: built?.name ?? null, hash: built?.hash ?? null };
    const event = { event: "code", time: this.context.now(), file, ...code, against: run?.id ?? null, input } as const;
    this.tell(event, undefined);
  }

  #hearCall(call: CallAt, { from, failed }: CallAnswer): void {
    const answer = from === "recorded" ? "recorded" : from === "itself" ? "new" : "none";
    this.tell({ event: "call", ...callView(call), answer, failed: failed ?? null }, placeAt(call.at, this.saved));
    if (call.service !== "records" || call.method !== "append" || failed !== undefined) return;
    const [kind, rows] = storedJson(call.args) as [string, Json];
    this.#records[kind] = (this.#records[kind] ?? 0) + (Array.isArray(rows) ? rows.length : 1);
  }

  #end({ changes, unanswered, recorded, now }: Rehearsal): ExitCode {
    if (now === undefined && unanswered.length === 0) return this.#fail(serializeError(nothingToWaitFor()));
    if (now === undefined) {
      const calls = unanswered.map(({ seq }) => seq);
      const { at, stack = null } = unanswered[0]!;
      this.#tellEnd({ type: "unanswered", calls, stack }, placeAt(at, this.saved));
      return EXIT.different;
    }
    const missing = changes.flatMap((change) => change.type === "new" ? [] : [change.recorded]);
    for (const call of missing.sort((one, other) => one.seq - other.seq)) {
      this.tell({ event: "missing", ...callView(call) }, undefined);
    }
    if (now.type === "failed") return this.#fail(now.error);
    const result = storedJson(now.json);
    const differs = recorded?.type !== "completed" ? [] : jsonDifferences(storedJson(recorded.json), result, PLACES)
      .map(({ path, one, other }) => ({
        path,
        ...(one === undefined ? {} : { recorded: one }),
        ...(other === undefined ? {} : { now: other }),
      }));
    this.#tellEnd({ type: "completed", result, records: this.#records, differs }, undefined);
    return EXIT.ok;
  }

  #fail(error: SerializedError): ExitCode {
    this.#tellEnd({ type: "failed", error }, placeOf(error, this.saved));
    return EXIT.failed;
  }

  #refuse(error: TaskerError): ExitCode {
    const serialized = serializeError(error);
    this.#tellEnd({ type: "refused", error: serialized }, placeOf(serialized, this.saved));
    return exitCodeOfError(error);
  }

  #tellEnd(end: DistributiveOmit<EndEvent, "event" | "place">, place: AuthorPlace | undefined): void {
    const view = place && { file: place.file, line: place.line, column: place.column };
    this.tell({ event: "end", ...end, place: view ?? null }, place);
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
