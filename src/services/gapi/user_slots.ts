import { Slots } from "./slots.ts";

/** Requests of one user in flight at most: Google advises no more than 4–6 for one mailbox. */
const MOST = 5;
/** So many answers since the last change bring one place back: at the pace of a user's quota some ten seconds. */
const RECOVERY = 50;

/** Places for the requests of one user: a refusal halves them, answers bring them back one by one. */
export class UserSlots {
  readonly #slots = new Slots(MOST);
  #size = MOST;
  #answered = 0;

  enter(signal: AbortSignal): Promise<() => void> {
    return this.#slots.enter(signal);
  }

  refused(): void {
    this.#resize(Math.max(1, Math.floor(this.#size / 2)));
  }

  answered(): void {
    if (this.#size < MOST && ++this.#answered >= RECOVERY) this.#resize(this.#size + 1);
  }

  /** Nobody is here, and nothing was learnt that is worth keeping. */
  get idle(): boolean {
    return this.#slots.idle && this.#size === MOST;
  }

  #resize(size: number): void {
    this.#size = size;
    this.#answered = 0;
    this.#slots.resize(size);
  }
}
