/**
 * Lets turns of task code run side by side, except the turns of a suspect, which run alone: only then does a death of
 * the process say whose code it was.
 */
export class TurnGate {
  #running = 0;
  #alone = false;
  readonly #waiting: { alone: boolean; enter: () => void }[] = [];

  /** Runs `turn` now, or when the turns that exclude it have ended. */
  run<T>(turn: () => Promise<T>, options: { alone: boolean }): Promise<T> {
    if (this.#mayEnter(options.alone)) return this.#enter(turn, options.alone);
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        alone: options.alone,
        enter: () => {
          this.#enter(turn, options.alone).then(resolve, reject);
        },
      });
    });
  }

  #mayEnter(alone: boolean): boolean {
    if (this.#alone) return false;
    return alone ? this.#running === 0 && this.#waiting.length === 0 : this.#waiting.length === 0;
  }

  #enter<T>(turn: () => Promise<T>, alone: boolean): Promise<T> {
    if (alone) this.#alone = true;
    else this.#running++;
    return turn().finally(() => {
      if (alone) this.#alone = false;
      else this.#running--;
      this.#next();
    });
  }

  #next(): void {
    while (this.#waiting.length > 0 && !this.#alone) {
      const first = this.#waiting[0]!;
      if (first.alone && this.#running > 0) return;
      this.#waiting.shift();
      first.enter();
    }
  }
}
