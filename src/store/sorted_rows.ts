import type { StatementSync } from "node:sqlite";
import { eachRow } from "./each_row.ts";
import { Scratch } from "./scratch.ts";

/** Texts sorted outside of memory: by group, then by place. */
export class SortedRows implements Disposable {
  readonly #db = new Scratch();
  readonly #add: StatementSync;

  constructor() {
    this.#db.exec("CREATE TABLE rows (grouped TEXT NOT NULL, place INTEGER NOT NULL, text TEXT NOT NULL)");
    this.#add = this.#db.prepare("INSERT INTO rows (grouped, place, text) VALUES (?, ?, ?)");
  }

  add(row: { group: string; place: number; text: string }): void {
    this.#add.run(row.group, row.place, row.text);
  }

  *each(): Generator<{ group: string; text: string }> {
    const rows = this.#db.prepare("SELECT grouped, text FROM rows ORDER BY grouped, place, rowid");
    for (const row of eachRow(rows)) {
      yield { group: row.grouped as string, text: row.text as string };
    }
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}
