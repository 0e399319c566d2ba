import type { Manifest, TaskCode } from "../core/manifest.ts";
import type { Database, Row } from "./database.ts";
import { DamagedRow, storedJson } from "./stored_json.ts";

type NewCode = Omit<TaskCode, "version">;

/** A stored version of a task function. */
export interface TaskFunction extends TaskCode {
  readonly id: number;
  readonly embedded: boolean;
  /** Of an embedded one: what its files were like when it was built. */
  readonly builtFrom: string | null;
  readonly createdAt: number;
}

/**
 * Versions from here on are drafts: code that was run without being published. They are in no list, and each is version 0 to
 * everybody else. Told by the number, so that the newest version is found in the index alone.
 */
const DRAFTS = 1_000_000_000;

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
  readonly #draft;

  constructor(db: Database) {
    this.#latest = db.prepare(
      `SELECT id FROM task_functions WHERE name = ? AND version < ${DRAFTS} ORDER BY version DESC LIMIT 1`,
    );
    this.#byId = db.prepare("SELECT * FROM task_functions WHERE id = ?");
    this.#insert = db.prepare(
      `INSERT INTO task_functions (name, version, hash, filename, source, manifest, embedded, built_from, created_at)
       VALUES (:name, (SELECT coalesce(max(version), :from) + 1 FROM task_functions
                       WHERE name = :name AND version BETWEEN :from AND :to),
               :hash, :filename, :source, :manifest, :embedded, :builtFrom, :createdAt)
       RETURNING *`,
    );
    this.#setBuiltFrom = db.prepare("UPDATE task_functions SET built_from = ? WHERE id = ?");
    this.#list = db.prepare(
      `SELECT * FROM task_functions AS f
       WHERE version = (SELECT max(version) FROM task_functions WHERE name = f.name AND version < ${DRAFTS})
       ORDER BY name`,
    );
    this.#versions = db.prepare(
      `SELECT * FROM task_functions WHERE name = ? AND version < ${DRAFTS} ORDER BY version`,
    );
    this.#draft = db.prepare(`SELECT id FROM task_functions WHERE name = ? AND version >= ${DRAFTS} AND hash = ?`);
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
    task: NewCode,
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
    return { task: this.#store(task, options, { from: 0, to: DRAFTS - 1 }), isNew: true };
  }

  /** Stores code that is to be run and not published, unless it is there; gives its hash. */
  keepDraft(task: NewCode, { now }: { now: number }): string {
    if (this.draft(task.name, task.hash) === undefined) {
      this.#store(task, { embedded: false, now }, { from: DRAFTS, to: Number.MAX_SAFE_INTEGER });
    }
    return task.hash;
  }

  /** A draft of a task function, by its hash. */
  draft(name: string, hash: string): TaskFunction | undefined {
    const row = this.#draft.get(name, hash) as Row | undefined;
    return row && this.get(row.id as number);
  }

  #store(
    task: NewCode,
    options: { embedded: boolean; builtFrom?: string; now: number },
    numbers: { from: number; to: number },
  ): TaskFunction {
    const row = this.#insert.get({
      ...numbers,
      name: task.name,
      hash: task.hash,
      filename: task.filename,
      source: task.source,
      manifest: JSON.stringify(task.manifest),
      embedded: options.embedded ? 1 : 0,
      builtFrom: options.builtFrom ?? null,
      createdAt: options.now,
    }) as Row;
    return toTaskFunction(row);
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
    version: row.version as number >= DRAFTS ? 0 : row.version as number,
    hash: row.hash as string,
    filename: row.filename as string,
    source: row.source as string,
    manifest: storedJson(row.manifest as string) as unknown as Manifest,
    embedded: row.embedded === 1,
    builtFrom: row.built_from as string | null,
    createdAt: row.created_at as number,
  };
}
