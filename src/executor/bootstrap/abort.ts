import type { RealmKit } from "./kit.ts";

/** `DOMException`, `Event`, `EventTarget`, `AbortSignal` and `AbortController`. */
export function installAbort(kit: RealmKit): void {
  class DOMException extends Error {
    readonly code: number;
    constructor(message = "", name = "Error") {
      super(message);
      Object.defineProperty(this, "name", { value: name, configurable: true, writable: true, enumerable: false });
      this.code = name === "AbortError" ? 20 : name === "TimeoutError" ? 23 : name === "DataCloneError" ? 25 : 0;
    }
  }

  class Event {
    readonly type: string;
    readonly cancelable: boolean;
    readonly bubbles: boolean;
    readonly timeStamp = kit.now() - kit.startedAt();
    target: unknown = null;
    currentTarget: unknown = null;
    defaultPrevented = false;
    #stopped = false;
    constructor(type: string, init: { bubbles?: boolean; cancelable?: boolean } = {}) {
      this.type = String(type);
      this.cancelable = init.cancelable === true;
      this.bubbles = init.bubbles === true;
    }
    preventDefault(): void {
      if (this.cancelable) this.defaultPrevented = true;
    }
    stopPropagation(): void {}
    stopImmediatePropagation(): void {
      this.#stopped = true;
    }
    static stopped(event: Event): boolean {
      return event.#stopped;
    }
  }
  const wasStopped = Event.stopped;
  delete (Event as { stopped?: unknown }).stopped;

  type Listener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown };
  class EventTarget {
    #listeners: { type: string; listener: Listener; once: boolean }[] = [];
    addEventListener(type: string, listener: Listener | null, options?: boolean | { once?: boolean }): void {
      if (listener === null || listener === undefined) return;
      if (this.#listeners.some((other) => other.type === type && other.listener === listener)) return;
      this.#listeners.push({ type, listener, once: typeof options === "object" && options?.once === true });
    }
    removeEventListener(type: string, listener: Listener | null): void {
      this.#listeners = this.#listeners.filter((other) => other.type !== type || other.listener !== listener);
    }
    dispatchEvent(event: Event): boolean {
      event.target = event.currentTarget = this;
      for (const entry of [...this.#listeners]) {
        if (entry.type !== event.type || !this.#listeners.includes(entry)) continue;
        if (entry.once) this.removeEventListener(entry.type, entry.listener);
        try {
          if (typeof entry.listener === "function") entry.listener.call(this, event);
          else entry.listener.handleEvent(event);
        } catch (error) {
          kit.fail(error);
        }
        if (wasStopped(event)) break;
      }
      event.currentTarget = null;
      return !event.defaultPrevented;
    }
  }

  const key = {};
  let abort: (signal: AbortSignal, reason: unknown) => void;
  class AbortSignal extends EventTarget {
    #aborted = false;
    #reason: unknown = undefined;
    #dependents: AbortSignal[] = [];
    onabort: ((event: Event) => unknown) | null = null;
    constructor(secret?: unknown) {
      super();
      if (secret !== key) throw new TypeError("AbortSignal is made by an AbortController");
    }
    get aborted(): boolean {
      return this.#aborted;
    }
    get reason(): unknown {
      return this.#reason;
    }
    throwIfAborted(): void {
      if (this.#aborted) throw this.#reason;
    }
    static {
      abort = (signal, reason) => {
        if (signal.#aborted) return;
        signal.#aborted = true;
        signal.#reason = reason === undefined ? new DOMException("The operation was aborted", "AbortError") : reason;
        const event = new Event("abort");
        try {
          signal.onabort?.call(signal, event);
        } catch (error) {
          kit.fail(error);
        }
        signal.dispatchEvent(event);
        for (const dependent of signal.#dependents.splice(0)) abort(dependent, signal.#reason);
      };
    }
    static abort(reason?: unknown): AbortSignal {
      const signal = new AbortSignal(key);
      abort(signal, reason);
      return signal;
    }
    static timeout(ms: number): AbortSignal {
      const signal = new AbortSignal(key);
      const expire = () => abort(signal, new DOMException("The operation timed out", "TimeoutError"));
      kit.sleep(Math.max(0, Number(ms) || 0)).then((isOver) => isOver && expire(), kit.fail);
      return signal;
    }
    static any(signals: Iterable<AbortSignal>): AbortSignal {
      const all = new AbortSignal(key);
      for (const signal of signals) {
        if (signal.aborted) abort(all, signal.reason);
        else signal.#dependents.push(all);
      }
      return all;
    }
  }
  class AbortController {
    readonly signal = new AbortSignal(key);
    abort(reason?: unknown): void {
      abort(this.signal, reason);
    }
  }
  for (const made of [DOMException, Event, EventTarget, AbortSignal, AbortController]) kit.define(made.name, made);
}
