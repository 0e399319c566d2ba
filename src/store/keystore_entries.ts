import type { Database, Row } from "./database.ts";

/** Sealed keystore values: this table never sees plain text. */
export class KeystoreEntries {
  readonly #get;
  readonly #put;
  readonly #delete;
  readonly #list;
  readonly #namespaces;
  readonly #any;

  constructor(db: Database) {
    this.#get = db.prepare("SELECT sealed FROM keystore WHERE namespace = ? AND name = ?");
    this.#put = db.prepare(
      `INSERT INTO keystore (namespace, name, sealed, created_at, updated_at) VALUES (:namespace, :name, :sealed, :now, :now)
       ON CONFLICT (namespace, name) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at`,
    );
    this.#delete = db.prepare("DELETE FROM keystore WHERE namespace = ? AND name = ?");
    this.#list = db.prepare("SELECT name, created_at, updated_at FROM keystore WHERE namespace = ? ORDER BY name");
    this.#namespaces = db.prepare(
      "SELECT namespace, count(*) AS entries FROM keystore GROUP BY namespace ORDER BY namespace",
    );
    this.#any = db.prepare("SELECT namespace, name, sealed FROM keystore LIMIT 1");
  }

  get(namespace: string, name: string): Uint8Array | undefined {
    return (this.#get.get(namespace, name) as Row | undefined)?.sealed as Uint8Array | undefined;
  }

  put(entry: { namespace: string; name: string; sealed: Uint8Array; now: number }): void {
    this.#put.run({ ...entry });
  }

  /** Whether there was such an entry. */
  delete(namespace: string, name: string): boolean {
    return Number(this.#delete.run(namespace, name).changes) > 0;
  }

  list(namespace: string): { name: string; createdAt: number; updatedAt: number }[] {
    return (this.#list.all(namespace) as Row[]).map((row) => ({
      name: row.name as string,
      createdAt: row.created_at as number,
      updatedAt: row.updated_at as number,
    }));
  }

  namespaces(): { namespace: string; entries: number }[] {
    return (this.#namespaces.all() as Row[]).map((row) => ({
      namespace: row.namespace as string,
      entries: row.entries as number,
    }));
  }

  /** Some entry, to tell whether a key opens this keystore. */
  any(): { namespace: string; name: string; sealed: Uint8Array } | undefined {
    const row = this.#any.get() as Row | undefined;
    return row && { namespace: row.namespace as string, name: row.name as string, sealed: row.sealed as Uint8Array };
  }
}
