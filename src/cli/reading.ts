import { TaskerError } from "../core/errors.ts";
import { RunFileGiven } from "../store/run_file/format.ts";
import type { Store } from "../store/store.ts";
import type { Context } from "./context.ts";
import { jsonText } from "./output/json.ts";

type Work<T> = (store: Store) => T | Promise<T>;

/** Opens the database for reading, which must be there, and closes it after `work`. */
export async function reading<T>(context: Context, path: string, work: Work<T>): Promise<T> {
  return await closing(await context.openStore(path, { create: false }), work);
}

/** As `reading`, and gives `absent` when there is no database at the path. */
export async function readingIfThere<T>(context: Context, path: string, absent: T, work: Work<T>): Promise<T> {
  return await ifThere(() => context.openStore(path, { create: false }), absent, work);
}

/** As `reading`, of a run file too: for what tells of runs alone. */
export async function readingRuns<T>(context: Context, path: string, work: Work<T>): Promise<T> {
  return await closing(await openRuns(context, path), work);
}

/** As `readingRuns`, and gives `absent` when there is nothing at the path. */
export async function readingRunsIfThere<T>(context: Context, path: string, absent: T, work: Work<T>): Promise<T> {
  return await ifThere(() => openRuns(context, path), absent, work);
}

/** The moment that rows tell of: now, unless they were exported. */
export function momentOf(store: Store, context: Context): number {
  return store.runFile?.exportedAt ?? context.now();
}

async function openRuns(context: Context, path: string): Promise<Store> {
  try {
    return await context.openStore(path, { create: false });
  } catch (error) {
    if (!(error instanceof RunFileGiven)) throw error;
    const { openRunFile } = await import("../store/run_file/open_run_file.ts");
    return await openRunFile(path);
  }
}

async function ifThere<T>(open: () => Promise<Store>, absent: T, work: Work<T>): Promise<T> {
  let store: Store;
  try {
    store = await open();
  } catch (error) {
    if (error instanceof TaskerError && error.code === "NOT_FOUND") return absent;
    throw error;
  }
  return await closing(store, work);
}

async function closing<T>(store: Store, work: Work<T>): Promise<T> {
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
