import type { Store } from "../store/store.ts";
import type { Context } from "./context.ts";

/** Opens the database for reading, which must be there, and closes it after `work`. */
export async function reading<T>(context: Context, path: string, work: (store: Store) => T | Promise<T>): Promise<T> {
  const store = await context.openStore(path, { create: false });
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

/** JSON on stdout, as `--json` prints it. */
export function printJson(context: Context, value: unknown): void {
  context.terminal.out(`${JSON.stringify(value, null, 2)}\n`);
}
