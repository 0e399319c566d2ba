import { TaskerError } from "../core/errors.ts";
import type { Client } from "../server/client.ts";
import type { Owner } from "../server/owner.ts";
import type { Context } from "./context.ts";
import { DEFAULT_CONCURRENCY, type OwnerFlags } from "./flags.ts";

/** How long an owner may take to start or to answer, ms. */
const STARTING = 10_000;
const HEALTH = 2_000;
const BETWEEN = 100;

export interface SessionOptions {
  readonly database: string;
  readonly owner: OwnerFlags;
  /** Where remarks go. */
  note(text: string): void;
}

/**
 * A command's way to the engine: this process becomes the owner of the database when nobody is, and is a client of the
 * owner otherwise. When that owner dies, the next `client()` takes over or finds the new one.
 */
export class Session {
  readonly #context: Context;
  readonly #options: SessionOptions;
  #owner: Owner | undefined;
  #client: Client | undefined;
  #connecting: Promise<Client> | undefined;
  #pid: number | undefined;
  /** The owner that was lost last. */
  #lostPid: number | undefined;

  constructor(context: Context, options: SessionOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** This process's own engine, when it is the owner. */
  get owner(): Owner | undefined {
    return this.#owner;
  }

  /** The owner's process id, when it is another process. */
  get pid(): number | undefined {
    return this.#pid;
  }

  async client(): Promise<Client> {
    if (this.#client !== undefined) return this.#client;
    this.#connecting ??= this.#connect().finally(() => this.#connecting = undefined);
    return await this.#connecting;
  }

  /** Asks the owner; the next one when it goes without an answer. So the request must do no harm when it is made twice. */
  async ask<T>(request: (client: Client) => Promise<T>): Promise<T> {
    for (;;) {
      const client = await this.client();
      try {
        return await request(client);
      } catch (error) {
        // This process may have become the owner meanwhile.
        const isOther = client !== this.#owner?.client;
        if (!isOther || !(error instanceof TaskerError) || error.code !== "UNAVAILABLE") throw error;
        this.lost(client);
      }
    }
  }

  /** The client in use no longer answers: the next call of `client()` finds out who owns the file now. */
  lost(client: Client): void {
    if (this.#owner !== undefined || this.#client !== client) return;
    this.#client = undefined;
    this.#lostPid = this.#pid;
  }

  async stop(): Promise<void> {
    await this.#owner?.stop();
  }

  async #connect(): Promise<Client> {
    const { database, owner } = this.#options;
    let deadline = this.#context.now() + STARTING;
    let noted = false;
    let known: number | undefined;
    for (;;) {
      this.#owner = await this.#context.becomeOwner({
        databasePath: database,
        port: owner.port ?? 0,
        concurrency: owner.concurrency ?? DEFAULT_CONCURRENCY,
        quotaProfile: owner.quotaProfile ?? "new",
      });
      if (this.#owner !== undefined) {
        this.#pid = undefined;
        return this.#client = this.#owner.client;
      }
      const address = await this.#context.readAddress(database);
      if (address !== undefined) {
        // A new owner gets the whole time again.
        if (address.pid !== known) deadline = this.#context.now() + STARTING;
        known = address.pid;
        const client = await this.#context.connect(address);
        if (await answers(client)) {
          // An owner that is stopping still answers for a while: it is not asked without a pause.
          if (address.pid === this.#lostPid) await new Promise((resolve) => setTimeout(resolve, BETWEEN));
          this.#pid = address.pid;
          this.#noteOwnersFlags(address.pid);
          return this.#client = client;
        }
      }
      if (this.#context.now() > deadline) throw await this.#silent(known);
      if (!noted) {
        this.#options.note(`waiting for the tasker process ${known ?? await this.#ownerPid()} that owns ${database}`);
      }
      noted = true;
      await new Promise((resolve) => setTimeout(resolve, BETWEEN));
    }
  }

  /** How work is done is said to the process that does it. */
  #noteOwnersFlags(pid: number): void {
    const given = Object.entries({
      "--concurrency": this.#options.owner.concurrency,
      "--port": this.#options.owner.port,
      "--quota-profile": this.#options.owner.quotaProfile,
    }).filter(([, value]) => value !== undefined).map(([flag]) => flag);
    if (given.length === 0) return;
    this.#options.note(
      `${given.join(", ")}: left aside, the tasker process ${pid} does the work with settings of its own`,
    );
  }

  async #silent(pid: number | undefined): Promise<TaskerError> {
    return ownerSilent(pid ?? await this.#ownerPid(), this.#options.database);
  }

  async #ownerPid(): Promise<number> {
    const store = await this.#context.openStore(this.#options.database);
    try {
      return store.owner.read().pid;
    } finally {
      store.close();
    }
  }
}

async function answers(client: Client): Promise<boolean> {
  try {
    await client.health({ timeout: HEALTH });
    return true;
  } catch (error) {
    // An old address file names a process that is gone, or a token that is no longer valid.
    if (error instanceof TaskerError && (error.code === "UNAVAILABLE" || error.code === "UNAUTHORIZED")) return false;
    throw error;
  }
}

/** The owner lives, since it holds the lock, and does not answer. It is never taken over: it may go on at any time. */
export function ownerSilent(pid: number, database: string): TaskerError {
  return new TaskerError("UNAVAILABLE", `the tasker process ${pid}, which owns ${database}, does not answer`, {
    hint: `it may be frozen: \`kill -CONT ${pid}\` lets it go on; or end it, and run this again`,
    details: { pid },
  });
}
