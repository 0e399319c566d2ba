import { DatabaseSync } from "node:sqlite";
import { reporting } from "./file_errors.ts";

/** The exclusive hold on a file: one process at a time, freed by the operating system when that process dies. */
export interface Ownership {
  release(): void;
}

/**
 * Takes the exclusive lock of `<db>.owner`, or gives undefined when another process (even a frozen one) has it.
 * The lock is SQLite's own on a small file beside the database, so no other handle on the database disturbs it.
 */
export function acquireOwnership(databasePath: string): Ownership | undefined {
  const path = `${databasePath}.owner`;
  try {
    Deno.openSync(path, { createNew: true, write: true, mode: 0o600 }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) {
      return reporting(path, () => {
        throw error;
      });
    }
  }
  const db = reporting(path, () => new DatabaseSync(path));
  try {
    db.exec("PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if (error instanceof Error && /locked|busy/i.test(error.message)) return undefined;
    return reporting(path, () => {
      throw error;
    });
  }
  let held = true;
  return {
    release() {
      if (held) db.close();
      held = false;
    },
  };
}
