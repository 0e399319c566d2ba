import type { Limits } from "./owner.ts";
import { PlainRows } from "./plain_runs.ts";
import { claim, Hand } from "./protocol.ts";

/** Two processes that may own the file. */
export type Seat = "a" | "b";

/** What an owner has in memory. */
export interface Believer {
  readonly epoch: number;
  hasLock: boolean;
  /** Calls it has claimed and not brought to an end. */
  readonly inHand: Set<number>;
  readonly hand: Hand;
  /** How many of those claimed in this write are in `inHand`. */
  taken: number;
}

/** Outside calls that an owner has in hand at most. */
export const LANES = 3;

/** What the file and its owners must be like: everything that the real ones do is done here in plain lists. */
export class Model {
  readonly rows = new PlainRows();
  readonly seats: { a?: Believer; b?: Believer } = {};
  epoch = 0;
  atWork = false;
  now = Date.UTC(2026, 0, 1);

  /** Who writes. Nobody, when the last owner has died or left. */
  get current(): Seat | undefined {
    return (["a", "b"] as const).find((seat) => this.seats[seat]?.epoch === this.epoch);
  }

  /** Who thinks that it writes, though another has taken over. */
  get stale(): Seat | undefined {
    return (["a", "b"] as const).find((seat) => this.seats[seat] !== undefined && seat !== this.current);
  }

  /** Where another process may start. */
  get free(): Seat | undefined {
    return (["a", "b"] as const).find((seat) => this.seats[seat] === undefined);
  }

  get isLocked(): boolean {
    return [this.seats.a, this.seats.b].some((believer) => believer?.hasLock);
  }

  /** A name for the next run. */
  get nextId(): string {
    return `run-${this.rows.taskRuns.all.length + 1}`;
  }

  /** `leader`: the hand of the real owner. */
  start(seat: Seat, leader: Hand): Believer {
    this.epoch++;
    this.atWork = true;
    return this.seats[seat] = {
      epoch: this.epoch,
      hasLock: true,
      inHand: new Set(),
      hand: new Hand(leader),
      taken: 0,
    };
  }

  /** How many frames a commit may claim: no more than asked for, and no more outside calls than there are free lanes. */
  limits(believer: Believer, asked: Limits): Limits {
    const busy = [...believer.inHand].filter((frame) => this.rows.stackRuns.get(frame)!.lane).length;
    return { local: asked.local, outside: Math.min(asked.outside, LANES - busy) };
  }

  /** Before a write of an owner. */
  begin(believer: Believer, limits: Limits): void {
    believer.hand.begin(limits);
    believer.taken = 0;
  }

  /** The end of a transaction of an owner, as of a real one. */
  claim(believer: Believer, now: number): void {
    const { hand, inHand } = believer;
    claim(this.rows, hand, now);
    for (const frame of hand.claimed.slice(believer.taken)) if (frame.seq > 0) inHand.add(frame.id);
    believer.taken = hand.claimed.length;
  }
}
