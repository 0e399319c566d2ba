import { TaskerError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";

/** One row is damaged; the file as a whole may be sound, and the transaction goes on. */
export class DamagedRow extends TaskerError {
  constructor(what: string, cause?: unknown) {
    super("DATABASE_UNUSABLE", `the database is damaged: ${what}`, {
      hint: "restore it from a backup; `tasker debug db` says what else is wrong with it",
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

/** The value of a row's JSON text. Throws DATABASE_UNUSABLE: SQLite does not notice damage within a text. */
export function storedJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new DamagedRow("a row holds what is no JSON", error);
  }
}
