import type { Client } from "../../server/client.ts";
import type { Store } from "../../store/store.ts";

/** What tools reach tasker through: the same ways as the command line's. */
export interface Door {
  readonly version: string;
  /** Whether tools that change anything are offered. */
  readonly allowWrite: boolean;
  now(): number;
  reading<T>(work: (store: Store) => T | Promise<T>): Promise<T>;
  /** The process that works on the runs, when there is one. */
  owner(): Promise<Client | undefined>;
  /** Asks that process, and becomes it when there is none: what is asked must do no harm when it is asked twice. */
  ask<T>(request: (client: Client) => Promise<T>): Promise<T>;
}
