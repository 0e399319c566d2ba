import type { Manifest, TaskCode } from "../core/manifest.ts";
import type { Database, Row } from "./database.ts";
import { DamagedRow, storedJson } from "./stored_json.ts";

/** A stored version of a task function. */
export interface TaskFunction extends TaskCode {
  readonly id: number;
  readonly embedded: boolean;
  /** Of an embedded one: what its files were like when it was built. */
  readonly builtFrom: string | null;
  readonly createdAt: number;
}

/** Published task code: every version stays as long as a run needs it. */
export class TaskFunctions {
  /** Versions never change: each is read once. */
  readonly #known = new Map<number, TaskFunction>();
  readonly #latest;
  readonly #byId;
  readonly #insert;
  readonly #setBuiltFrom;
  readonly #list;
  readonly #versions;

  constructor(db: Database) {
    this.#latest = db.prepare("SELECT id FROM task_functions WHERE name = ? ORDER BY version DESC LIMIT 1");
    this.#byId = db.prepare("SELECT * FROM task_functions WHERE id = ?");
    this.#insert = db.prepare(
      `INSERT INTO task_functions (name, version, hash, filename, source, manifest, embedded, built_from, created_at)
       VALUES (:name, (SELECT coalesce(max(version), 0) + 1 FROM task_functions WHERE name = :name),
               :hash, :filename, :source, :manifest, :embedded, :builtFrom, :createdAt)
       RETURNING *`,
    );
    this.#setBuiltFrom = db.prepare("UPDATE task_functions SET built_from = ? WHERE id = ?");
    this.#list = db.prepare(
      `SELECT * FROM task_functions AS f
       WHERE version = (SELECT max(version) FROM task_functions WHERE name = f.name) ORDER BY name`,
    );
    this.#versions = db.prepare("SELECT * FROM task_functions WHERE name = ? ORDER BY version");
  }

  /** The newest version of a task function. */
  latest(name: string): TaskFunction | undefined {
    const row = this.#latest.get(name) as Row | undefined;
    return row && this.get(row.id as number);
  }

  /** A version; rows point only to such as are there, unless they are damaged. */
  get(id: number): TaskFunction {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const row = this.#byId.get(id) as Row | undefined;
    if (row === undefined) throw new DamagedRow(`a run is of a version (${id}) that is not there`);
    const version = toTaskFunction(row);
    this.#known.set(id, version);
    return version;
  }

  /** Stores the next version, unless the newest one is the same code already. */
  publish(
    task: { name: string; hash: string; filename: string; source: string; manifest: Manifest },
    options: { embedded: boolean; builtFrom?: string; now: number },
  ): { task: TaskFunction; isNew: boolean } {
    const latest = this.latest(task.name);
    if (latest?.hash === task.hash) {
      const { builtFrom = latest.builtFrom } = options;
      if (builtFrom === latest.builtFrom) return { task: latest, isNew: false };
      this.#setBuiltFrom.run(builtFrom, latest.id);
      this.#known.delete(latest.id);
      return { task: this.get(latest.id), isNew: false };
    }
    const row = this.#insert.get({
      name: task.name,
      hash: task.hash,
      filename: task.filename,
      source: task.source,
      manifest: JSON.stringify(task.manifest),
      embedded: options.embedded ? 1 : 0,
      builtFrom: options.builtFrom ?? null,
      createdAt: options.now,
    }) as Row;
    return { task: toTaskFunction(row), isNew: true };
  }

  /** The newest version of every task function, by name. */
  list(): TaskFunction[] {
    return (this.#list.all() as Row[]).map(toTaskFunction);
  }

  /** All versions of one task function, oldest first. */
  versions(name: string): TaskFunction[] {
    return (this.#versions.all(name) as Row[]).map(toTaskFunction);
  }
}

function toTaskFunction(row: Row): TaskFunction {
  return {
    id: row.id as number,
    name: row.name as string,
    version: row.version as number,
    hash: row.hash as string,
    filename: row.filename as string,
    source: row.source as string,
    manifest: storedJson(row.manifest as string) as unknown as Manifest,
    embedded: row.embedded === 1,
    builtFrom: row.built_from as string | null,
    createdAt: row.created_at as number,
  };
}
