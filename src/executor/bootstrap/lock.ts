import type { RealmBox } from "./kit.ts";

/**
 * Takes out of a realm what could tell time, share memory or observe the garbage collector, and locks what could hand
 * task code an object of another realm: `Error.prepareStackTrace` is given the call sites of the whole stack, which
 * reaches into the Worker. The one set here keeps only frames of the task's own file, and those up to the first `await`:
 * whether V8 adds the functions that wait depends on how the Worker came to run the turn, which differs in a replay.
 */
export function lockRealm(box: RealmBox): void {
  for (const name of ["WebAssembly", "SharedArrayBuffer", "Atomics", "WeakRef", "FinalizationRegistry", "Temporal"]) {
    delete (globalThis as Record<string, unknown>)[name];
  }
  const TheError = Error;
  const locked = { writable: false, configurable: false, enumerable: false };
  const prepareStackTrace = (error: unknown, sites: readonly CallSite[]): string => {
    const { name, message } = error as { name?: unknown; message?: unknown };
    let text = `${name === undefined ? "Error" : name}`;
    if (message !== undefined && message !== "") text += `: ${message}`;
    for (let i = 0; i < sites.length; i++) {
      const site = sites[i]!;
      if (site.isAsync()) break;
      if (site.getFileName() !== box.referrer) continue;
      const called = site.getFunctionName();
      const where = `${box.filename}:${site.getLineNumber()}:${site.getColumnNumber()}`;
      text += `\n    at ${called ? `${called} (${where})` : where}`;
    }
    return text;
  };
  Object.defineProperty(TheError, "prepareStackTrace", { value: prepareStackTrace, ...locked });
  Object.defineProperty(globalThis, "Error", { value: TheError, ...locked });

  interface CallSite {
    getFileName(): unknown;
    getFunctionName(): string | null;
    getLineNumber(): number | null;
    getColumnNumber(): number | null;
    isAsync(): boolean;
  }
}
