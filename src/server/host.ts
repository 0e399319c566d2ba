import { bytesToHex, randomBytes } from "@noble/hashes/utils.js";
import { type Clock, systemClock } from "../core/clock.ts";
import { TaskerError } from "../core/errors.ts";
import type { AuditOptions } from "../engine/audit.ts";
import { Engine } from "../engine/engine.ts";
import type { EngineOptions, ServiceLookup } from "../engine/parts.ts";
import { Executor } from "../executor/executor.ts";
import type { Store } from "../store/store.ts";
import type { ServerAddress } from "./api.ts";
import { Chain } from "./chain.ts";
import { httpApp } from "./http_app.ts";

export interface HostOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly services: ServiceLookup;
  /** The epoch of this owner. */
  readonly epoch: number;
  readonly audit: AuditOptions;
  /** 0 chooses a free port. */
  readonly port: number;
  /** Outside calls at a time. */
  readonly lanes: number;
  /** Answers MCP at /mcp, to whoever has the token. */
  readonly mcp?: ((request: Request) => Promise<Response>) | undefined;
  /** Told after every commit which runs it has touched. */
  readonly committed?: EngineOptions["committed"];
  /** Opens a result that was journaled encrypted. */
  reveal(json: string): string;
  /** The program's version, for /health. */
  readonly version: string;
}

/** A running engine with the server that chains its steps. */
export interface Host {
  readonly engine: Engine;
  readonly address: ServerAddress;
  /** Takes up what an earlier owner left; `died`: it was at work when it ended. Having thrown, it is to be abandoned. */
  start(died: boolean): void;
  /** Ends in order; nothing of the store is touched afterwards. */
  stop(): Promise<void>;
  /** Ends one that was not started. */
  abandon(): void;
}

/** Realms kept at most: 0.2 MiB each. */
const MAX_REALMS = 1_000;
/** How long a stop waits for answers that are on their way to clients, ms. */
const LAST_WORDS = 500;

/** Puts engine, executor and server together, on loopback. Throws CONFLICT when the port is taken. */
export function openHost(options: HostOptions): Host {
  const { store, clock, epoch } = options;
  const startedAt = clock.now();
  const token = bytesToHex(randomBytes(32));
  const chain = new Chain({ token, clock });
  const closing = new AbortController();
  const executor = new Executor({ clock });
  const engine = new Engine({
    store,
    clock,
    executor,
    services: options.services,
    epoch,
    audit: options.audit,
    nudge: () => chain.next(),
    random: Math.random,
    lanes: options.lanes,
    maxRealms: MAX_REALMS,
    ...(options.committed === undefined ? {} : { committed: options.committed }),
    reveal: (json) => options.reveal(json),
  });
  const app = httpApp({
    engine,
    store,
    clock,
    token,
    closing: closing.signal,
    mcp: options.mcp,
    health: () => ({
      status: "ok",
      pid: Deno.pid,
      epoch,
      version: options.version,
      deno: Deno.version.deno,
      startedAt,
      database: store.db.path,
      activeRuns: engine.activeRuns(),
      lanes: { busy: engine.busyLanes, total: options.lanes },
    }),
  });
  const answering = new Set<Promise<void>>();
  const ending = new AbortController();
  const server = listen(options.port, ending.signal, (request, info) => {
    const step = chain.take(request);
    if (step !== undefined) return step;
    const answered = info.completed.catch(() => {/* the client has gone */}).then(() =>
      void answering.delete(answered)
    );
    answering.add(answered);
    return app.fetch(request);
  });
  const url = `http://127.0.0.1:${(server.addr as Deno.NetAddr).port}`;
  return {
    engine,
    address: { url, token, pid: Deno.pid, epoch },
    start(died) {
      chain.connect(url, engine);
      engine.start(died);
    },
    async stop() {
      await engine.stop();
      chain.stop();
      closing.abort();
      await executor.stop();
      let cancel = () => {};
      const late = new Promise<void>((resolve) => cancel = systemClock.after(LAST_WORDS, resolve));
      await Promise.race([Promise.all(answering), late]);
      cancel();
      // Not `shutdown()`: on Deno 2.4 it waits for connections that were opened and never used until their client gives
      // them up, which this process's own `fetch` does after 90 s.
      ending.abort();
      await server.finished;
    },
    abandon() {
      chain.stop();
      ending.abort();
      void executor.stop();
    },
  };
}

function listen(port: number, signal: AbortSignal, handler: Deno.ServeHandler): Deno.HttpServer {
  try {
    return Deno.serve({ hostname: "127.0.0.1", port, signal, onListen: () => {} }, handler);
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new TaskerError("CONFLICT", `port ${port} is taken by another program`, {
      hint: "choose another with --port, or leave it out for a free one",
    });
  }
}
