import type { Found } from "./mailbox.ts";
import type { MessageRow, SelectedUser } from "./types.ts";

/** A user's messages are part of the result when they are at most so many, and all of them together at most so many. */
const SHOWN_PER_USER = 10;
const SHOWN = 1000;
const SAMPLES = 10;

/** Which of the messages that are found are part of the result. */
export class Shown {
  #newest: readonly Found[] = [];
  #count = 0;

  /** The newest of all. */
  get samples(): MessageRow[] {
    return this.#newest.map(({ row }) => row);
  }

  /** Whether those of users are few enough. */
  get areFew(): boolean {
    return this.#count <= SHOWN;
  }

  /** @param matched How many messages of this user there are */
  add(selected: SelectedUser, found: readonly Found[], matched: number): void {
    this.#newest = [...this.#newest, ...found]
      .sort((a, b) => b.date.localeCompare(a.date) || (a.row.id < b.row.id ? -1 : 1))
      .slice(0, SAMPLES);
    if (matched > SHOWN_PER_USER) return;
    this.#count += found.length;
    // One user's messages in the result and another's not would be no sense: all small lists are shown, or none.
    if (this.areFew) selected.messages.push(...found.map(({ row }) => row));
  }
}
