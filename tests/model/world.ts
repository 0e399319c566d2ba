import { VirtualClock } from "../../src/core/clock.ts";
import { LEGACY_MANIFEST } from "../../src/core/manifest.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import type { Model, Seat } from "./model.ts";
import type { Owner } from "./owner.ts";

/** The real thing beside the model: a file, its two possible owners, and a client who only reads. */
export class World implements Disposable {
  readonly path: string;
  readonly clock: VirtualClock;
  readonly reader: Store;
  readonly owners: { a?: Owner; b?: Owner } = {};
  /** Rows of settled frames and ended runs as they were seen first: they never change again. */
  readonly final = new Map<string, string>();
  readonly #folder: string;
  readonly #frames;
  readonly #runs;
  readonly #mustBeEmpty;

  /** `file`: see `newFile`. `never`: queries that must find nothing, by what they would find. */
  constructor(model: Model, file: Uint8Array, never: Readonly<Record<string, string>>) {
    this.#folder = Deno.makeTempDirSync({ prefix: "tasker-model-" });
    this.path = `${this.#folder}/tasker.db`;
    this.clock = new VirtualClock(model.now);
    Deno.writeFileSync(this.path, file);
    this.reader = openUnsynced(this.path);
    this.#frames = this.reader.db.prepare("SELECT * FROM stack_runs ORDER BY id");
    this.#runs = this.reader.db.prepare("SELECT * FROM task_runs ORDER BY run");
    this.#mustBeEmpty = Object.entries(never).map(([what, sql]) => ({ what, rows: this.reader.db.prepare(sql) }));
  }

  bury(seat: Seat): void {
    this.owners[seat]!.die();
    delete this.owners[seat];
  }

  /** Every row of run state, as a client sees it. */
  rows(): { frames: Record<string, unknown>[]; runs: Record<string, unknown>[] } {
    return { frames: this.#frames.all(), runs: this.#runs.all() };
  }

  /** What of that which must never be is there. */
  found(): string[] {
    return this.#mustBeEmpty.filter(({ rows }) => rows.get() !== undefined).map(({ what }) => what);
  }

  [Symbol.dispose](): void {
    for (const seat of ["a", "b"] as const) if (this.owners[seat] !== undefined) this.bury(seat);
    this.reader.close();
    Deno.removeSync(this.#folder, { recursive: true });
  }
}

/** The bytes of a file with one task and no run. */
export function newFile(): Uint8Array {
  const folder = Deno.makeTempDirSync({ prefix: "tasker-model-" });
  const store = openStore(`${folder}/tasker.db`);
  store.taskFunctions.publish(
    { name: "t", hash: "h", filename: "t.js", source: "", manifest: LEGACY_MANIFEST },
    { embedded: false, now: 0 },
  );
  store.close();
  const bytes = Deno.readFileSync(`${folder}/tasker.db`);
  Deno.removeSync(folder, { recursive: true });
  return bytes;
}

/** What is written counts here, not whether it outlives a loss of power: nothing waits for the disk. */
export function openUnsynced(path: string): Store {
  const store = openStore(path, { create: false });
  store.db.exec("PRAGMA synchronous = OFF");
  return store;
}
