import type { Clock } from "../core/clock.ts";
import type { Engine } from "../engine/engine.ts";
import { authorization } from "./guard.ts";
import { LoopbackPosts } from "./loopback_posts.ts";

/** When a nudge has been lost, the next one follows after this, ms. */
const AFTER_A_LOSS = 100;

/**
 * The loopback chain: each step of the stack processor is a request of the server to itself, and carries no state. It goes
 * past the router, which would cost a step more than all else that is done for it here.
 */
export class Chain {
  readonly #token: string;
  readonly #isAuthorized: (header: string | null) => boolean;
  readonly #clock: Clock;
  /** Of its requests, with the host that they name: this machine's own address. */
  #url: string | undefined;
  #posts: LoopbackPosts | undefined;
  #engine: Engine | undefined;
  #wanted = false;
  #cancelTimer: (() => void) | undefined;
  #stopped = false;

  constructor(params: { token: string; clock: Clock }) {
    this.#token = params.token;
    this.#isAuthorized = authorization(params.token);
    this.#clock = params.clock;
  }

  connect(url: string, engine: Engine): void {
    this.#engine = engine;
    const own = new URL("/functions/v1/simple-stack-processor?trigger=process-next", url);
    this.#url = own.href;
    this.#posts = new LoopbackPosts({
      url: own,
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

  /** The step that a request of the chain asks for; undefined for any other request. */
  take({ method, url, headers }: Request): Response | undefined {
    if (url !== this.#url || method !== "POST" || headers.has("origin")) return undefined;
    if (!this.#isAuthorized(headers.get("authorization"))) return undefined;
    this.#engine!.step();
    return new Response(null, { status: 202 });
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
