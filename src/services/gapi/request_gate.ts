import type { Clock } from "../../core/clock.ts";
import { TaskerError } from "../../core/errors.ts";
import { received, send, sending } from "../outgoing.ts";
import { Slots } from "./slots.ts";
import { UserSlots } from "./user_slots.ts";

/** The largest answer (bytes) that is read; a frame's result may not be larger. */
export const LARGEST_ANSWER = 16 * 1024 * 1024;

/** How long (ms) one request may take, its answer included. */
const REQUEST_TIMEOUT = 30_000;

/** Requests in flight: of the whole service, and for tokens. */
const ALL = 64;
const TOKENS = 8;

/** How much of an answer is read (bytes), and how long that may take (ms). */
export interface Bounds {
  readonly most: number;
  readonly timeout: number;
  /** Called once, when an answer turns out to be large: the rest is read when it settles. */
  grown?(): Promise<void>;
}

const USUAL: Bounds = { most: LARGEST_ANSWER, timeout: REQUEST_TIMEOUT };
/** From this size on (bytes) an answer is large. */
const LARGE = 4 * 1024 * 1024;

/** The one door to the network: bounds connections, time and size. */
export class RequestGate {
  readonly #clock: Clock;
  readonly #fetch: typeof fetch;
  readonly #all = new Slots(ALL);
  readonly #tokens = new Slots(TOKENS);
  readonly #users = new Map<string, UserSlots>();
  readonly #stopped = new AbortController();

  /** `fetch`: in place of the network. */
  constructor(params: { clock: Clock; fetch?: typeof fetch | undefined }) {
    this.#clock = params.clock;
    this.#fetch = params.fetch === undefined ? send : sending(params.fetch);
  }

  /** Waits for a connection for a user; the returned function gives it back. */
  async enter(user: string, signal: AbortSignal): Promise<() => void> {
    const slots = this.#slotsOf(user);
    const leaveUser = await slots.enter(signal);
    try {
      const leaveAll = await this.#all.enter(signal);
      return () => {
        leaveAll();
        leaveUser();
        if (slots.idle) this.#users.delete(user);
      };
    } catch (error) {
      leaveUser();
      if (slots.idle) this.#users.delete(user);
      throw error;
    }
  }

  /** Fewer requests at once for a user whom the server has refused. */
  refused(user: string): void {
    this.#slotsOf(user).refused();
  }

  /** An answer, after which a user who was refused may in time have more requests at once again. */
  answered(user: string): void {
    this.#users.get(user)?.answered();
  }

  #slotsOf(user: string): UserSlots {
    let slots = this.#users.get(user);
    if (slots === undefined) this.#users.set(user, slots = new UserSlots());
    return slots;
  }

  /** Waits for a connection to the token endpoint. */
  enterTokens(): Promise<() => void> {
    return this.#tokens.enter(this.#stopped.signal);
  }

  /** `fetch` that ends after 30 s, follows no redirect and reads no more than 16 MiB. */
  readonly fetch: typeof fetch = async (input, init) => {
    const { response, body } = await this.exchange(input, init);
    const bodyless = response.status === 204 || response.status === 304 || response.status === 205;
    return new Response(bodyless ? null : body, {
      status: response.status,
      statusText: response.statusText,
      headers: withoutCoding(response.headers),
    });
  };

  /** One request as `fetch` makes it, with the whole body of its answer; what fails rejects as with `fetch`. */
  async exchange(
    input: Request | URL | string,
    init?: RequestInit,
    bounds: Bounds = USUAL,
  ): Promise<{ response: Response; body: ArrayBuffer | Uint8Array<ArrayBuffer> }> {
    // AbortSignal.any would leave a trace of every request at the service's own signal.
    const abort = new AbortController();
    const sources = [this.#stopped.signal, ...(init?.signal ? [init.signal] : [])];
    const pass = (event: Event) => abort.abort((event.target as AbortSignal).reason);
    for (const source of sources) {
      if (source.aborted) abort.abort(source.reason);
      else source.addEventListener("abort", pass, { once: true });
    }
    const { signal } = abort;
    const limit = () =>
      this.#clock.after(
        bounds.timeout,
        () =>
          abort.abort(new DOMException(`The request took longer than ${bounds.timeout / 1_000} s.`, "TimeoutError")),
      );
    let cancel = limit();
    const grown = async () => {
      // Waiting for room is not the request's time.
      cancel();
      await bounds.grown!();
      cancel = limit();
    };
    try {
      const response = await this.#fetch(input, { ...init, signal, redirect: "manual" });
      const body = await readBounded(response, bounds.most, bounds.grown && grown);
      received(new URL(input instanceof Request ? input.url : input).host, body.byteLength);
      return { response, body };
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      cancel();
      for (const source of sources) source.removeEventListener("abort", pass);
    }
  }

  /** Aborts whatever is in flight. */
  stop(): void {
    this.#stopped.abort(new TaskerError("CANCELLED", "The gapi service has stopped."));
  }
}

async function readBounded(
  response: Response,
  most: number,
  grown?: () => Promise<void>,
): Promise<ArrayBuffer | Uint8Array<ArrayBuffer>> {
  // Only a body that was not compressed still tells its length here, and then it can be read in one go.
  const length = Number(response.headers.get("content-length") ?? NaN);
  if (length <= (grown === undefined ? most : LARGE) && !response.headers.has("content-encoding")) {
    return await response.arrayBuffer();
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    if (size <= LARGE && size + chunk.byteLength > LARGE) await grown?.();
    size += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (size > most) {
      throw new TaskerError("TOO_LARGE", `The answer is larger than ${most / 1024 / 1024} MiB.`, {
        hint: "Ask for less at once: a smaller maxResults, format metadata, or a fields mask.",
      });
    }
    chunks.push(chunk);
  }
  const body = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return body;
}

/** The body was decoded and is complete: these headers no longer describe it. */
function withoutCoding(headers: Headers): Headers {
  const kept = new Headers(headers);
  for (const name of ["content-encoding", "content-length", "transfer-encoding"]) kept.delete(name);
  return kept;
}
