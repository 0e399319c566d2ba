/** Work of which so much is under way at a time; the rest waits in its order. */
export class Openings {
  readonly #atATime: number;
  readonly #waiting: (() => Promise<void>)[] = [];
  #open = 0;

  constructor(atATime: number) {
    this.#atATime = atATime;
  }

  add(open: () => Promise<void>): void {
    this.#waiting.push(open);
    this.#next();
  }

  #next(): void {
    while (this.#open < this.#atATime && this.#waiting.length > 0) {
      this.#open++;
      void this.#waiting.shift()!().finally(() => {
        this.#open--;
        this.#next();
      });
    }
  }
}
