import { systemClock } from "../core/clock.ts";
import { TaskerError } from "../core/errors.ts";
import type { QuotaProfile } from "../services/gapi/quota_costs.ts";
import { WINDOW } from "../services/gapi/quota_window.ts";
import { Keystore } from "../services/keystore/keystore.ts";
import { createServices } from "../services/registry.ts";
import type { Migrated } from "../store/database.ts";
import { asTaskerError } from "../store/file_errors.ts";
import { acquireOwnership, type Ownership } from "../store/ownership.ts";
import { type PastCall, pastCalls } from "../store/past_calls.ts";
import { openStore, type Store } from "../store/store.ts";
import { addressFile } from "./api.ts";
import { addressUnusable, Client, readAddress } from "./client.ts";
import { openHost } from "./host.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";
import { whoRunsThis } from "./who.ts";

/** The process that owns a database: it runs the engine and answers the others. */
export interface Owner {
  readonly client: Client;
  readonly url: string;
  readonly port: number;
  /** Settles when the engine stopped by itself, e.g. because the disk is full; with the error. Never rejects. */
  readonly failed: Promise<Error>;
  /** Runs that are neither ended nor held. */
  activeRuns(): number;
  /** Aborts calls in flight (what they kept is kept), commits, closes the file. Idempotent. */
  stop(): Promise<void>;
}

export interface OwnerOptions {
  readonly databasePath: string;
  /** 0 chooses a free port. */
  readonly port: number;
  /** Outside calls at a time. */
  readonly concurrency: number;
  readonly quotaProfile: QuotaProfile;
  /** The value of TASKER_KEYSTORE_KEY, when set. */
  readonly keystoreKey?: string;
  /** The program's version, for /health. */
  readonly version: string;
  /** Told when opening the database has changed an older file. */
  migrated?(what: Migrated): void;
  /** Answers MCP at /mcp. */
  readonly mcp?: (request: Request) => Promise<Response>;
  /** Watches the runs of this owner from outside; absent when nobody asked for it. */
  readonly watch?: (store: Store) => Telemetry;
}

/**
 * Takes the database and starts its engine and server; undefined when another process has it. Throws DATABASE_UNUSABLE,
 * and CONFLICT when the port is taken.
 */
export function becomeOwner(options: OwnerOptions): Owner | undefined {
  const store = openStore(options.databasePath);
  if (store.db.migrated !== undefined) options.migrated?.(store.db.migrated);
  let ownership: Ownership | undefined;
  try {
    ownership = acquireOwnership(options.databasePath);
    if (ownership !== undefined) return startOwner(options, store, ownership);
  } catch (thrown) {
    const error = store.db.explain(thrown);
    store.close();
    ownership?.release();
    throw error;
  }
  store.close();
  return undefined;
}

function startOwner(options: OwnerOptions, store: Store, ownership: Ownership): Owner {
  const { databasePath, keystoreKey } = options;
  const { atWork, since } = store.owner.read();
  const epoch = store.db.transaction(() => store.owner.take(Deno.pid, systemClock.now()));
  const keystore = new Keystore({ store, ...(keystoreKey === undefined ? {} : { env: keystoreKey }) });
  const telemetry = options.watch?.(store);
  const services = createServices({
    clock: systemClock,
    keystore,
    gapi: {
      profile: options.quotaProfile,
      past: callsBefore(store, since, options.quotaProfile),
      spent: telemetry?.spent.bind(telemetry),
    },
  });
  const host = openHost({
    store,
    clock: systemClock,
    services: telemetry?.watched(services) ?? services,
    ...(telemetry === undefined ? {} : { committed: telemetry.committed.bind(telemetry) }),
    epoch,
    audit: { owner: whoRunsThis(), isReasonRequired: () => isReasonRequired(keystore) },
    port: options.port,
    mcp: options.mcp,
    lanes: options.concurrency,
    reveal: (json) => keystore.reveal(json),
    version: options.version,
  });
  const { address, engine } = host;
  telemetry?.watchLanes(() => engine.busyLanes);
  try {
    writePrivately(addressFile(databasePath), JSON.stringify(address));
    host.start(atWork);
  } catch (error) {
    host.abandon();
    removeAddress(databasePath, epoch);
    void services.stop();
    void telemetry?.stop();
    throw error;
  }

  let isBroken = false;
  void engine.failed.then(() => isBroken = true);
  const stop = async () => {
    let watched: Promise<void> | undefined;
    try {
      await host.stop();
      await services.stop();
      removeAddress(databasePath, epoch);
      if (!isBroken) store.owner.leave(epoch);
    } finally {
      watched = telemetry?.stop();
      store.close();
      ownership.release();
    }
    await watched;
  };
  let stopping: Promise<void> | undefined;
  return {
    client: new Client(address),
    url: address.url,
    port: Number(new URL(address.url).port),
    failed: engine.failed,
    activeRuns: () => engine.activeRuns(),
    stop: () => stopping ??= stop(),
  };
}

/** Google's calls that still count against a quota. */
function callsBefore(store: Store, ownerSince: number, profile: QuotaProfile): PastCall[] {
  const now = systemClock.now();
  return profile === "none" ? [] : pastCalls(store, { service: "gapi", since: now - WINDOW, now, ownerSince });
}

/** The entry that makes a reason compulsory: anything but a no does. */
function isReasonRequired(keystore: Keystore): boolean {
  return !/^(?:|no|off|false|0)$/i.test(keystore.get("default", "REASON_REQUIRED")?.trim() ?? "");
}

/** Replaces a file by one that only its owner may read; a reader sees the old one or the new one, whole. */
function writePrivately(path: string, text: string): void {
  const fresh = `${path}.${Deno.pid}`;
  try {
    Deno.writeTextFileSync(fresh, text, { mode: 0o600 });
    Deno.renameSync(fresh, path);
  } catch (error) {
    removeIfThere(fresh);
    const meant = asTaskerError(path, error);
    throw meant instanceof TaskerError ? meant : addressUnusable(path, error);
  }
}

/** Unless a later owner has written its own. */
function removeAddress(databasePath: string, epoch: number): void {
  if (readAddress(databasePath)?.epoch === epoch) removeIfThere(addressFile(databasePath));
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
