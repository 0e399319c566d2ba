import { TaskerError } from "../core/errors.ts";
import type { Store } from "../store/store.ts";
import type { Context } from "./context.ts";
import { jsonText } from "./output/json.ts";

/** Opens the database for reading, which must be there, and closes it after `work`. */
export async function reading<T>(context: Context, path: string, work: (store: Store) => T | Promise<T>): Promise<T> {
  const store = await context.openStore(path, { create: false });
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

/** As `reading`, and gives `absent` when there is no database at the path. */
export async function readingIfThere<T>(
  context: Context,
  path: string,
  absent: T,
  work: (store: Store) => T | Promise<T>,
): Promise<T> {
  let store: Store;
  try {
    store = await context.openStore(path, { create: false });
  } catch (error) {
    if (error instanceof TaskerError && error.code === "NOT_FOUND") return absent;
    throw error;
  }
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

/** JSON on stdout, as `--json` prints it. */
export function printJson(context: Context, value: unknown): void {
  context.terminal.out(`${jsonText(value, 2)}\n`);
}
