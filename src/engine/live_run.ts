import type { SerializedError } from "../core/errors.ts";
import { type Manifest, namespaceProperties, namespacesOf } from "../core/manifest.ts";
import type { FrameStatus, RunStatus } from "../core/states.ts";
import type { Delivery, RunStart } from "../executor/messages.ts";
import type { Realm } from "../executor/executor.ts";
import { storedJson } from "../store/stored_json.ts";
import type { TaskFunction } from "../store/task_functions.ts";
import type { Store } from "../store/store.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { SharedAnswers } from "./shared_answers.ts";

/**
 * Where a run's realm is: `parked` without one, `opening` while a new one is replayed, `idle` in quiescence,
 * `busy` in a turn, `ending` when its end is staged, `over` when it has ended.
 */
export type Phase = "parked" | "opening" | "idle" | "busy" | "ending" | "over";

/** An outcome on its way to the realm, with its place in the order of deliveries. */
export interface Settled extends Delivery {
  readonly service: string;
  readonly delivery: number;
}

/** What the engine keeps in memory of an unfinished run; all of it can be had again from the rows. */
export class LiveRun {
  phase: Phase = "parked";
  realm: Realm | undefined;
  /** Raised whenever the realm is dropped: what an earlier one still answers is not heard. */
  generation = 0;
  /** Outcomes settled and not yet given to the realm, in order of delivery. */
  inbox: Settled[] = [];
  lastSeq: number;
  lastDelivery: number;
  /** The last delivery whose turn was taken; 0 after the first turn, -1 before it. */
  lastTurn: number;
  /** Time of the last delivery: they never go backwards within a run. */
  lastAt: number;
  /** Calls issued and not settled. */
  openCalls: number;
  logLines: number;
  stalls: number;
  deaths: number;
  earlyDeaths: number;
  /** Of its calls that have none of their own. */
  readonly priority: number;
  /** Whether the run had a realm when the process died: its next turn runs alone. */
  suspect: boolean;
  /** Whether its row says that it has a realm. */
  marked = false;
  /** Set while its realm is being made, and settles when it is there: a run has one at a time. */
  making: Promise<unknown> | undefined;
  /** How often in a row its realm was lost without its own fault. */
  lostRealms = 0;
  /** What its rows say, so that only changes are written. */
  rootStatus: FrameStatus;
  status: RunStatus;
  /** Once it is being cancelled: what its calls are told, and the delivery that was the last before. */
  cancellation: { readonly error: SerializedError; readonly after: number; readonly lastSeq: number } | undefined;
  /** Calls in flight, by frame. */
  readonly inFlight = new Map<number, AbortController>();

  #manifest: Manifest | undefined;

  private constructor(
    readonly run: number,
    readonly id: string,
    readonly parentRun: number | null,
    /** Id of the failed run that it goes on with. */
    readonly retryOf: string | null,
    readonly rootFrame: number,
    readonly code: TaskFunction,
    readonly start: RunStart,
    /** Of another run, in place of calls that ask the same. */
    readonly sharedAnswers: SharedAnswers | undefined,
    rows: {
      lastSeq: number;
      lastDelivery: number;
      lastAt: number;
      openCalls: number;
      logLines: number;
      stalls: number;
      deaths: number;
      earlyDeaths: number;
      priority: number;
      rootStatus: FrameStatus;
      status: RunStatus;
      cancellation: LiveRun["cancellation"];
    },
  ) {
    this.lastSeq = rows.lastSeq;
    this.lastDelivery = rows.lastDelivery;
    this.lastTurn = rows.rootStatus === "suspended_waiting_child" ? rows.lastDelivery : -1;
    this.lastAt = rows.lastAt;
    this.openCalls = rows.openCalls;
    this.logLines = rows.logLines;
    this.stalls = rows.stalls;
    this.deaths = rows.deaths;
    this.earlyDeaths = rows.earlyDeaths;
    this.priority = rows.priority;
    this.suspect = rows.deaths + rows.earlyDeaths > 0;
    this.rootStatus = rows.rootStatus;
    this.status = rows.status;
    this.cancellation = rows.cancellation;
  }

  /** Reads an unfinished run from its rows. */
  static load(store: Store, row: TaskRun): LiveRun {
    const { run } = row;
    const root = store.stackRuns.get(row.rootFrame)!;
    const last = store.stackRuns.last(run);
    const newest = last.delivery === 0
      ? undefined
      : store.stackRuns.deliveries({ run, after: last.delivery - 1, limit: 1 })[0];
    const startedAt = row.startedAt ?? row.createdAt;
    return new LiveRun(
      run,
      row.id,
      row.parentRun,
      row.retryOf,
      row.rootFrame,
      store.taskFunctions.get(row.functionId),
      { runId: row.id, input: row.input, seed: row.seed, startedAt },
      SharedAnswers.of(store, row),
      {
        lastSeq: last.seq,
        lastDelivery: last.delivery,
        lastAt: newest?.at ?? startedAt,
        openCalls: last.seq === 0 ? 0 : store.stackRuns.open(run).filter((frame) => frame.seq > 0).length,
        logLines: row.logLines,
        stalls: row.stalls,
        deaths: row.deaths,
        earlyDeaths: row.earlyDeaths,
        priority: row.priority,
        rootStatus: root.status,
        status: row.status,
        cancellation: row.cancellation === null ? undefined : {
          error: storedJson(row.cancellation) as unknown as SerializedError,
          after: row.cancelledAfter!,
          lastSeq: 0,
        },
      },
    );
  }

  /** The task's, with the namespaces that this run's input names. */
  get manifest(): Manifest {
    return this.#manifest ??= grantedManifest(this.code.manifest, this.start.input);
  }

  /** Whether none of its code has run, as far as its rows say, and nothing speaks against it. */
  get isNew(): boolean {
    return this.lastSeq === 0 && this.lastDelivery === 0 && this.status === "running" && !this.suspect;
  }

  /** Whether everything that was settled has had its turn. */
  get quiescent(): boolean {
    return (this.phase === "idle" || this.phase === "parked") && this.lastTurn === this.lastDelivery;
  }

  /** Its realm has results whose turn it has not answered. */
  get isAtWork(): boolean {
    return this.phase === "busy";
  }

  /** A call that was there when the run was cancelled: its outcome is that, and what still comes of it is dropped. */
  hasCancelled(frame: { seq: number; service: string }): boolean {
    return this.cancellation !== undefined && frame.seq <= this.cancellation.lastSeq && frame.service !== "tasks";
  }

  get isOver(): boolean {
    return this.phase === "over";
  }

  /** Drops the realm and what was on its way to it: the journal has it all. */
  park(): void {
    this.realm?.drop();
    this.realm = undefined;
    this.generation++;
    this.inbox = [];
    this.phase = "parked";
  }
}

function grantedManifest(manifest: Manifest, input: string): Manifest {
  if (namespaceProperties(manifest).length === 0) return manifest;
  return { ...manifest, namespaces: [...manifest.namespaces, ...namespacesOf(manifest, storedJson(input))] };
}
