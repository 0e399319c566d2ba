/** How many calls are in flight for a key of a service. A frame that finds its key full queues for it in the store. */
export class KeyLimits {
  readonly #inFlight = new Map<string, number>();
  /** Keys for which frames may queue. */
  readonly #queued = new Set<string>();

  tryTake(key: string, concurrency: number): boolean {
    const taken = this.#inFlight.get(key) ?? 0;
    if (taken >= concurrency) return false;
    this.#inFlight.set(key, taken + 1);
    return true;
  }

  free(key: string): void {
    const taken = this.#inFlight.get(key) ?? 0;
    if (taken <= 1) this.#inFlight.delete(key);
    else this.#inFlight.set(key, taken - 1);
  }

  /** A frame queues for a key. */
  queue(key: string): void {
    this.#queued.add(key);
  }

  /** Whether a frame may queue for a key. */
  isQueuedFor(key: string): boolean {
    return this.#queued.has(key);
  }

  nobodyQueues(key: string): void {
    this.#queued.delete(key);
  }

  /** Keys for which frames queue though no call is in flight that would pass them on. */
  idle(): string[] {
    return [...this.#queued].filter((key) => !this.#inFlight.has(key));
  }
}
