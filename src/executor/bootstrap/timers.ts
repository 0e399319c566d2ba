import type { RealmKit } from "./kit.ts";

/**
 * `setTimeout` and `setInterval` as durable sleeps, and `queueMicrotask`. A cleared timer forgets its function; the
 * sleep itself stays open until it is over, the run is cancelled, or it ends. What a callback throws fails the run.
 */
export function installTimers(kit: RealmKit): void {
  const { apply } = Reflect;
  const ThePromise = Promise;
  const live = new Map<number, true>();
  let last = 0;

  function guarded(callback: (...args: unknown[]) => unknown, args: unknown[]): void {
    try {
      apply(callback, undefined, args);
    } catch (error) {
      kit.fail(error);
    }
  }

  function add(name: string, callback: unknown, ms: unknown, args: unknown[], repeat: boolean): number {
    if (typeof callback !== "function") throw new TypeError(`${name}() takes a function`);
    const delay = Math.max(0, Number(ms) || 0);
    const id = ++last;
    live.set(id, true);
    const wait = async () => {
      try {
        do {
          const isOver = await kit.sleep(delay);
          // Of a run that is being cancelled what waits with a timer goes on, to be told at its next call.
          if (!live.has(id) || (repeat && !isOver)) return;
          if (!repeat) live.delete(id);
          guarded(callback as (...args: unknown[]) => unknown, args);
        } while (live.has(id));
      } catch (error) {
        kit.fail(error);
      }
    };
    wait();
    return id;
  }

  const clear = (id?: unknown) => void live.delete(Number(id));
  kit.define("setTimeout", function setTimeout(callback: unknown, ms?: unknown, ...args: unknown[]) {
    return add("setTimeout", callback, ms, args, false);
  });
  kit.define("setInterval", function setInterval(callback: unknown, ms?: unknown, ...args: unknown[]) {
    return add("setInterval", callback, ms, args, true);
  });
  kit.define("clearTimeout", { clearTimeout: clear }.clearTimeout);
  kit.define("clearInterval", { clearInterval: clear }.clearInterval);
  kit.define("queueMicrotask", function queueMicrotask(callback: unknown) {
    if (typeof callback !== "function") throw new TypeError("queueMicrotask() takes a function");
    ThePromise.resolve().then(() => guarded(callback as () => unknown, []));
  });
}
