import { LEGACY_MANIFEST } from "../../src/core/manifest.ts";
import { Keystore } from "../../src/services/keystore/keystore.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { memoryFolder } from "./memory_folder.ts";
import { MoveWatch } from "./moves.ts";
import { KEYSTORE_KEY } from "./owner_process.ts";

/** What is random in a run is so by its seed: it is the same for all. */
const SAME_SEED = `CREATE TEMP TRIGGER same_seed AFTER INSERT ON main.task_runs BEGIN
  UPDATE task_runs SET seed = 'seed' WHERE run = NEW.run;
END`;

/** Tables that schedules do not add to. */
const STAYS = ["owner", "task_functions", "keystore"];

/** A database file for one schedule after another. Two connections: an owner and the one after it do not share theirs. */
export class SimulationFile implements Disposable {
  readonly stores: readonly [Store, Store];
  readonly #folder: string;
  readonly #watches: readonly MoveWatch[];
  readonly #tables;

  constructor() {
    this.#folder = Deno.makeTempDirSync({ prefix: "tasker-simulation-", ...memoryFolder() });
    const path = `${this.#folder}/tasker.db`;
    this.stores = [openStore(path), openStore(path)];
    this.#watches = this.stores.map((store) => new MoveWatch(store));
    for (const { db } of this.stores) db.exec(SAME_SEED);
    // Or what each schedule leaves would be with that of all before it.
    this.stores[0].db.exec("DROP TRIGGER audit_is_kept; DROP TRIGGER ledger_is_kept");
    // What refers to others comes after them, as a rule.
    this.#tables = this.stores[0].db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid DESC");
    new Keystore({ store: this.stores[0], env: KEYSTORE_KEY }).set("default", "password", "open sesame");
  }

  /** Takes away every row that the schedule before has left; the tables stay, also the one that programs have made. */
  clear(): void {
    const [{ db }] = this.stores;
    const tables = (this.#tables.all() as { name: string }[]).filter(({ name }) => !STAYS.includes(name));
    db.transaction(() => {
      // Some refer to each other.
      db.exec("PRAGMA defer_foreign_keys = ON");
      db.exec(tables.map(({ name }) => `DELETE FROM ${name};`).join(""));
      db.exec("UPDATE owner SET epoch = 0, at_work = 0, rules = 0");
    });
    this.illegalMoves();
  }

  /** Moves of runs and frames that no table allows, since the last time. */
  illegalMoves(): string[] {
    return this.#watches.flatMap((watch) => watch.illegal());
  }

  /** Stores the program of the next schedules. */
  publish(source: string, hash: string): void {
    this.stores[0].taskFunctions.publish({
      name: "program",
      source,
      filename: "program.js",
      hash,
      manifest: { ...LEGACY_MANIFEST, services: [...LEGACY_MANIFEST.services, "outside"], revealSecrets: true },
    }, { embedded: false, now: 0 });
  }

  [Symbol.dispose](): void {
    for (const store of this.stores) store.close();
    Deno.removeSync(this.#folder, { recursive: true });
  }
}
