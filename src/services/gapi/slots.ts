/** A number of places, given out in the order they were asked for. */
export class Slots {
  #size: number;
  #taken = 0;
  #waiting: (() => void)[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  /** Waits for a place; the returned function gives it back (once). Rejects with the signal's reason when it is aborted first. */
  enter(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#taken < this.#size) return Promise.resolve(this.#take());
    return new Promise((resolve, reject) => {
      const turn = () => {
        signal.removeEventListener("abort", abort);
        resolve(this.#take());
      };
      const abort = () => {
        this.#waiting = this.#waiting.filter((other) => other !== turn);
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#waiting.push(turn);
    });
  }

  /** Places that are taken stay taken. */
  resize(size: number): void {
    this.#size = size;
    this.#next();
  }

  get idle(): boolean {
    return this.#taken === 0 && this.#waiting.length === 0;
  }

  #take(): () => void {
    this.#taken++;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#taken--;
      this.#next();
    };
  }

  #next(): void {
    while (this.#taken < this.#size && this.#waiting.length > 0) this.#waiting.shift()!();
  }
}
