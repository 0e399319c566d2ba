import type { Clock } from "../core/clock.ts";
import type { Executor } from "../executor/executor.ts";
import type { Service } from "../services/contract.ts";
import type { Store } from "../store/store.ts";
import type { Admission } from "./admission.ts";
import type { AuditOptions } from "./audit.ts";
import type { BudgetGate } from "./budget_gate.ts";
import type { Committer } from "./committer.ts";
import type { Departures } from "./departures.ts";
import type { LiveRun } from "./live_run.ts";
import type { LiveRuns } from "./live_runs.ts";
import type { PolicyGate } from "./policy_gate.ts";
import type { Processor } from "./processor.ts";
import type { RealmDriver } from "./realm_driver.ts";
import type { Schedules } from "./schedules.ts";
import type { Settlement } from "./settlement.ts";

/** The services a call can go to, under their own names and the earlier system's. */
export interface ServiceLookup {
  /** Throws SERVICE_UNKNOWN. */
  get(name: string): Service;
}

export interface EngineOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly executor: Pick<Executor, "start" | "stats">;
  readonly services: ServiceLookup;
  /** The epoch of this owner: checked in every transaction. */
  readonly epoch: number;
  readonly audit: AuditOptions;
  /** How long a result waits at most for the calls it causes before it is committed without them, ms; 40 when absent. */
  readonly longestWait?: number;
  /** Asks for the next step of the stack processor. It carries no state and may be lost. */
  nudge(): void;
  /** In [0, 1): the jitter of retries. */
  random(): number;
  /** Outside calls at a time. */
  readonly lanes: number;
  /** Realms kept at most; the ones idle for longest are dropped and replayed when they are needed. */
  readonly maxRealms: number;
  /** Told after every commit which runs it has touched; it must not throw. */
  committed?(runs: Iterable<LiveRun>): void;
  /** Opens a result of the keystore that was journaled encrypted: JSON text in, JSON text out. */
  reveal(json: string): string;
}

/** The engine's parts, which know each other through this. */
export interface Parts {
  readonly options: EngineOptions;
  readonly store: Store;
  readonly clock: Clock;
  readonly committer: Committer;
  readonly admission: Admission;
  readonly runs: LiveRuns;
  readonly driver: RealmDriver;
  readonly settlement: Settlement;
  readonly gate: PolicyGate;
  readonly budgets: BudgetGate;
  readonly departures: Departures;
  readonly processor: Processor;
  readonly schedules: Schedules;
}
