import type { Tools } from "./types.ts";

/** Between two words of progress, ms: each is a call of its own, and people see no more. */
const PROGRESS_EVERY = 250;

/** How far a search is. */
export class Progress {
  /** Messages that were fetched, or counted. */
  done = 0;
  /** Messages in the mailboxes that are listed. */
  found = 0;
  /** Mailboxes that were listed, or could not be. */
  listed = 0;
  /** Users of whom it is known what has come of them. */
  users = 0;
  readonly #tools: Tools;
  /** How many users are searched. */
  readonly #selected: number;
  #told = Number.NEGATIVE_INFINITY;

  constructor(tools: Tools, selected: number) {
    this.#tools = tools;
    this.#selected = selected;
  }

  async tell(): Promise<void> {
    if (Date.now() - this.#told < PROGRESS_EVERY && this.users < this.#selected) return;
    this.#told = Date.now();
    // Until every list is there, how many messages there are is not known.
    const isListed = this.listed === this.#selected;
    const total = isListed ? this.found : null;
    const note = isListed
      ? `${this.users} of ${this.#selected} users`
      : `${this.listed} of ${this.#selected} mailboxes listed`;
    await this.#tools.run.progress(this.done, total, { unit: "messages", note });
  }
}
