import { Engine } from "../../src/engine/engine.ts";
import type { Clock } from "../../src/core/clock.ts";
import type { Json } from "../../src/core/json.ts";
import { TaskerError } from "../../src/core/errors.ts";
import type { Service } from "../../src/services/contract.ts";
import { createDatabaseService } from "../../src/services/database/service.ts";
import { Keystore } from "../../src/services/keystore/keystore.ts";
import { createKeystoreService } from "../../src/services/keystore/service.ts";
import { createLogService } from "../../src/services/log.ts";
import { createRecordsService } from "../../src/services/records.ts";
import { createRunService } from "../../src/services/run.ts";
import { createSignalsService } from "../../src/services/signals.ts";
import { createTasksService } from "../../src/services/tasks.ts";
import { createTimerService } from "../../src/services/timer.ts";
import type { Store } from "../../src/store/store.ts";
import { type CommitFault, faultyStore } from "./faulty_store.ts";
import { RealmHost } from "./realm_host.ts";
import type { SimulatedClock } from "./simulated_clock.ts";

/** Opens what the simulation seals in the keystore: any 32 bytes. */
export const KEYSTORE_KEY = "00".repeat(32);

export interface OwnerOptions {
  readonly number: number;
  /** Its own connection to the file. */
  readonly store: Store;
  readonly clock: SimulatedClock;
  /** Services besides the local ones, by its own clock. */
  readonly outside: (owner: OwnerProcess, clock: Clock) => readonly Service[];
  readonly lanes: number;
  readonly maxRealms: number;
  random(): number;
  /** Puts something that belongs to this process on the agenda. */
  soon(owner: OwnerProcess, what: string, happen: () => void | Promise<void>): void;
  /** Whether the nudge that is asked for gets lost. */
  losesNudge(): boolean;
  committed(): void;
  /** A commit fault has killed the process: nothing of it happens any more. */
  died(owner: OwnerProcess): void;
}

/** One owner of the file: an engine with everything that lives and dies with its process. */
export class OwnerProcess {
  readonly number: number;
  readonly engine: Engine;
  readonly host: RealmHost;
  readonly #store: Store;
  readonly #epoch: number;
  #fault: CommitFault | undefined;

  constructor(options: OwnerOptions) {
    const { store, number } = options;
    this.number = number;
    this.#store = store;
    const clock = options.clock.of(this);
    const soon = (what: string, happen: () => void | Promise<void>) => options.soon(this, what, happen);
    const keystore = new Keystore({ store, env: KEYSTORE_KEY });
    const services = new Map(
      [
        ...options.outside(this, clock),
        createRecordsService(),
        createLogService(),
        createTasksService(),
        createRunService(),
        createSignalsService(),
        createTimerService({ clock }),
        createDatabaseService(),
        createKeystoreService({ keystore }),
      ].map((service) => [service.name, service]),
    );
    this.host = new RealmHost(soon);
    const { atWork } = store.owner.read();
    this.#epoch = store.db.transaction(() => store.owner.take(number, clock.now()));
    this.engine = new Engine({
      store: faultyStore(store, { isDue: (point) => this.#isDue(point, options), committed: options.committed }),
      clock,
      executor: this.host,
      services: {
        get(name) {
          const service = services.get(name);
          if (service === undefined) throw new TaskerError("SERVICE_UNKNOWN", `there is no service ${name}`);
          return service;
        },
      },
      epoch: this.#epoch,
      audit: { owner: `owner ${number}`, isReasonRequired: () => false },
      nudge: () => {
        if (!options.losesNudge()) soon("nudge", () => this.engine.step());
      },
      random: () => options.random(),
      lanes: options.lanes,
      maxRealms: options.maxRealms,
      reveal: (json) => revealed(keystore, json),
    });
    this.engine.start(atWork);
  }

  /** Lets the next commit fail so. */
  breakCommit(fault: CommitFault): void {
    this.#fault = fault;
  }

  /** Ends in order. */
  async stop(): Promise<void> {
    await this.engine.stop();
    this.#store.owner.leave(this.#epoch);
  }

  #isDue(point: CommitFault, options: OwnerOptions): boolean {
    if (this.#fault !== point) return false;
    this.#fault = undefined;
    if (point === "last commit") options.died(this);
    return true;
  }
}

/** What a realm gets to see of a result of the keystore. */
export function revealed(keystore: Keystore, json: string): string {
  const text = keystore.openFromJournal(JSON.parse(json) as Json);
  return text === undefined ? json : JSON.stringify(text);
}
