import { basename, dirname, join, resolve, sep } from "node:path";
import { TaskerError } from "../../core/errors.ts";

/** How long nothing must have happened before files are read again, ms: editors save in several steps. */
const QUIET = 50;
/** Of somebody who writes without a pause, every so many of them. */
const LONGEST = 20;

/**
 * Hears when files change, come or go. Their folders are watched, not they themselves: many editors save by putting another
 * file in a file's place.
 */
export class FileWatch implements Disposable {
  #watcher: Deno.FsWatcher | undefined;
  #listening: Promise<void> | undefined;
  #folders = "";
  #wanted = new Set<string>();
  /** A folder came or went: what was watched may be another one by now. */
  #isMoved = false;
  #isChanged = false;
  #hear = () => {};

  /** Watches these files from now on, and no others. Whether one of them may have changed unheard before. */
  async cover(files: Iterable<string>): Promise<boolean> {
    const paths = [...files].map((file) => resolve(file));
    const wanted = new Set(paths.flatMap((path) => [inItsFolder(path), realPath(path) ?? path]));
    const isNew = [...wanted].some((path) => !this.#wanted.has(path));
    this.#wanted = wanted;
    const folders = [...new Set([...wanted].map(nearestFolder))].sort();
    const key = JSON.stringify(folders);
    if (key === this.#folders && !this.#isMoved) return isNew;
    this.#watcher?.close();
    // Closed any later, it would take what is watched anew along (Deno 2.9).
    await this.#listening;
    this.#isMoved = false;
    this.#folders = key;
    this.#watcher = watch(folders);
    this.#listening = this.#listen(this.#watcher);
    return true;
  }

  /** Settles when one of the files has changed, and it has been quiet since. */
  async changed(): Promise<void> {
    while (!this.#isChanged) await new Promise<void>((resolve) => this.#hear = resolve);
    for (let round = 0; this.#isChanged && round < LONGEST; round++) {
      this.#isChanged = false;
      await new Promise((resolve) => setTimeout(resolve, QUIET));
    }
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  async #listen(watcher: Deno.FsWatcher): Promise<void> {
    for await (const { kind, paths, flag } of watcher) {
      if (kind === "access") continue;
      const isFolder = (path: string) => [...this.#wanted].some((file) => file.startsWith(path + sep));
      if (paths.some(isFolder)) this.#isMoved = true;
      else if (flag !== "rescan" && !paths.some((path) => this.#wanted.has(path))) continue;
      this.#isChanged = true;
      this.#hear();
    }
  }
}

function watch(folders: string[]): Deno.FsWatcher {
  try {
    return Deno.watchFs(folders, { recursive: false });
  } catch (cause) {
    throw new TaskerError("INTERNAL", `${folders.join(", ")} cannot be watched: ${(cause as Error).message}`, {
      hint: "leave --watch out, and run it again after a save",
      cause,
    });
  }
}

/** As its folder really is: what is heard of has such a path. */
function inItsFolder(path: string): string {
  return join(realPath(dirname(path)) ?? dirname(path), basename(path));
}

/** Where a link leads. */
function realPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

function nearestFolder(path: string): string {
  const folder = dirname(path);
  return realPath(folder) === undefined && folder !== dirname(folder) ? nearestFolder(folder) : folder;
}
