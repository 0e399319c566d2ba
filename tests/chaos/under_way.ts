/** Work that goes on side by side, until it is told to stop and has come to its end. */
export class UnderWay {
  readonly #work = new Set<Promise<void>>();
  #isStopping = false;

  get isStopping(): boolean {
    return this.#isStopping;
  }

  add(work: Promise<void>): void {
    const watched = work.finally(() => this.#work.delete(watched));
    this.#work.add(watched);
    watched.catch(() => {/* whoever stops it is told */});
  }

  /** Rejects with what some of the work has failed of. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    while (this.#work.size > 0) await Promise.all(this.#work);
  }
}
