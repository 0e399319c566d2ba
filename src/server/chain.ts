import type { Clock } from "../core/clock.ts";
import type { Engine } from "../engine/engine.ts";
import { LoopbackPosts } from "./loopback_posts.ts";

/** When a nudge has been lost, the next one follows after this, ms. */
const AFTER_A_LOSS = 100;

/** The loopback chain: each step of the stack processor is a request of the server to itself, and carries no state. */
export class Chain {
  readonly #token: string;
  readonly #clock: Clock;
  #posts: LoopbackPosts | undefined;
  #engine: Engine | undefined;
  #wanted = false;
  #cancelTimer: (() => void) | undefined;
  #stopped = false;

  constructor(params: { token: string; clock: Clock }) {
    this.#token = params.token;
    this.#clock = params.clock;
  }

  connect(url: string, engine: Engine): void {
    this.#engine = engine;
    this.#posts = new LoopbackPosts({
      url: new URL("/functions/v1/simple-stack-processor?trigger=process-next", url),
      token: this.#token,
      lost: () => this.#lost(),
    });
    if (this.#wanted) this.next();
  }

  /** Asks for the next step. */
  next(): void {
    this.#wanted = true;
    if (this.#posts === undefined || this.#stopped) return;
    this.#wanted = false;
    this.#posts.send();
  }

  stop(): void {
    this.#stopped = true;
    this.#posts?.close();
    this.#cancelTimer?.();
  }

  /** The step was not made: nothing is lost with it, since all work is in rows, but somebody has to look. */
  #lost(): void {
    if (this.#stopped || this.#cancelTimer !== undefined) return;
    this.#cancelTimer = this.#clock.after(AFTER_A_LOSS, () => {
      this.#cancelTimer = undefined;
      if (!this.#stopped) this.#engine?.step();
    });
  }
}
