import type { Delivery, FromIsolate } from "./messages.ts";
import type { Realm } from "./realm.ts";

/** A request to a realm: the turns it asks for, one after another, and what they caused. */
export class Job {
  readonly runId: string;
  readonly #realm: Realm;
  readonly #deliveries: readonly Delivery[];
  readonly #taken: boolean;
  readonly #turns: string[] = [];
  #next = 0;
  #outcome = "";
  #isStalled = false;

  /** Without deliveries it is the first turn. `taken`: they had their turns before, and are one turn now. */
  constructor(runId: string, realm: Realm, deliveries: readonly Delivery[] = [], taken = false) {
    this.runId = runId;
    this.#realm = realm;
    this.#deliveries = deliveries;
    this.#taken = taken;
  }

  /** The realm can no longer be used: its task has ended, or was stopped. */
  get isOver(): boolean {
    return this.#isStalled || this.#outcome !== "";
  }

  get isDone(): boolean {
    return this.isOver || (this.#turns.length > 0 && this.#next >= this.#deliveries.length);
  }

  /** A tick of the current turn; true when it needs no other. */
  tick(): boolean {
    const delivery = this.#deliveries[this.#next++];
    if (delivery !== undefined) this.#realm.settle(delivery);
    this.#realm.tick();
    return !this.#taken || this.#next >= this.#deliveries.length || this.#realm.hasEnded;
  }

  /** Whether the turn has left a rejection that nobody handles: then the next tick fails the run with it. */
  rejects(): boolean {
    return !this.isOver && this.#realm.failWithRejection();
  }

  failingTick(): void {
    do this.#realm.tick(); while (!this.#realm.hasEnded && this.#realm.failWithRejection());
    this.#realm.rejections.length = 0;
  }

  /** Its code did not give way in time. */
  stall(): void {
    this.#isStalled = true;
  }

  /** The turn is over: takes what it caused. */
  endTurn(): void {
    if (this.isOver) return;
    const { turn, outcome } = this.#realm.drain();
    this.#turns.push(turn);
    this.#outcome = outcome;
  }

  answer(): FromIsolate {
    if (this.#isStalled) return { type: "stalled", runId: this.runId };
    const end = this.#outcome === "" ? "" : `,"outcome":${this.#outcome}`;
    return { type: "report", runId: this.runId, json: `{"turns":[${this.#turns.join(",")}]${end}}` };
  }
}
