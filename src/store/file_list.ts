import type { StatementSync } from "node:sqlite";
import type { Row } from "./database.ts";
import { eachRow } from "./each_row.ts";
import { Scratch } from "./scratch.ts";

/** Files with their SHA-256 (hex), in whatever number: they are kept outside of memory. Paths are compared as text. */
export class FileList implements Disposable {
  readonly #db = new Scratch();
  readonly #add: StatementSync;
  readonly #take: StatementSync;

  constructor() {
    this.#db.exec(
      "CREATE TABLE files (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, taken INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID",
    );
    this.#add = this.#db.prepare("INSERT INTO files (path, sha256) VALUES (?, ?) ON CONFLICT DO NOTHING");
    this.#take = this.#db.prepare("UPDATE files SET taken = 1 WHERE path = ? RETURNING sha256");
  }

  /** False when the path is there already. */
  add(path: string, sha256: string): boolean {
    return Number(this.#add.run(path, sha256).changes) === 1;
  }

  /** The SHA-256 that is listed for a path, which is ticked off; undefined when none is. */
  take(path: string): string | undefined {
    return (this.#take.get(path) as Row | undefined)?.sha256 as string | undefined;
  }

  /** In order of their paths; `left`: those that were not taken. */
  *each({ left = false } = {}): Generator<{ path: string; sha256: string }> {
    const rows = this.#db.prepare(`SELECT path, sha256 FROM files${left ? " WHERE taken = 0" : ""} ORDER BY path`);
    for (const row of eachRow(rows)) {
      yield { path: row.path as string, sha256: row.sha256 as string };
    }
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}
