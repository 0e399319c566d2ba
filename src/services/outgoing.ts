import { AsyncLocalStorage } from "node:async_hooks";
import { Buffer } from "node:buffer";
import type { Usage } from "../core/budget.ts";

/** What has gone to one host in one attempt of a call, as far as it was sent by `send`. */
export interface Reached {
  readonly to: string;
  /** Those that a status is missing of were not answered. */
  requests: number;
  /** How many answers had each status. */
  readonly status: Record<string, number>;
  /** Bytes of bodies that were texts or bytes, and of answers when they were unpacked. */
  sent: number;
  received: number;
}

/** One attempt of a call on its way out. */
export class Departure {
  readonly #reached: Reached[] = [];
  #units = 0;
  #isOver = false;

  /** `hosts`: those that its entry in the ledger names; `enter` puts another one into it, and settles when that is committed. */
  constructor(
    readonly id: string,
    readonly hosts: readonly string[],
    readonly enter: (id: string, host: string) => Promise<void>,
  ) {}

  /** Its end is entered: what still leaves afterwards is entered by itself. */
  over(): readonly Reached[] {
    this.#isOver = true;
    return this.#reached;
  }

  /** Counts a request that is about to leave, once the ledger has its host. */
  async leaves(host: string, body: BodyInit | null | undefined): Promise<Reached> {
    const isEntered = this.hosts.includes(host) || this.#reached.some(({ to }) => to === host);
    if (this.#isOver || !isEntered) await this.enter(this.id, host);
    const reached = this.to(host);
    reached.requests++;
    reached.sent += sizeOf(body);
    return reached;
  }

  spend(units: number): void {
    this.#units += units;
  }

  /** So far. One of which no request has left is no call. */
  get usage(): Usage {
    const bytes = this.#reached.reduce((sum, { sent, received }) => sum + sent + received, 0);
    return { calls: this.#reached.some(({ requests }) => requests > 0) ? 1 : 0, units: this.#units, bytes };
  }

  to(host: string): Reached {
    let reached = this.#reached.find(({ to }) => to === host);
    if (reached === undefined) {
      reached = { to: host, requests: 0, status: {}, sent: 0, received: 0 };
      this.#reached.push(reached);
    }
    return reached;
  }
}

const current = new AsyncLocalStorage<Departure>();

/** Does the work of an attempt; whatever it sends, however late, is known to be this attempt's. */
export function leaving<T>(departure: Departure, work: () => T): T {
  return current.run(departure, work);
}

/**
 * The only `fetch` of services (a lint rule sees to it): within an attempt of a call, nothing leaves for a host before the
 * ledger has it.
 */
export const send: typeof fetch = sending((input, init) => fetch(input, init));

/** The same with another `fetch` below it. */
export function sending(below: typeof fetch): typeof fetch {
  return async (input, init) => {
    const departure = current.getStore();
    if (departure === undefined) return await below(input, init);
    const { host } = new URL(input instanceof Request ? input.url : input);
    const reached = await departure.leaves(host, init?.body);
    init?.signal?.throwIfAborted();
    const response = await below(input, init);
    reached.status[response.status] = (reached.status[response.status] ?? 0) + 1;
    return response;
  };
}

/** Counts what was read of an answer. */
export function received(host: string, bytes: number): void {
  const departure = current.getStore();
  if (departure !== undefined) departure.to(host).received += bytes;
}

/** For tests: counts a request that nobody sends. */
export function use(host: string, { units, bytes }: Omit<Usage, "calls">): void {
  const departure = current.getStore();
  if (departure === undefined) return;
  departure.to(host).requests++;
  received(host, bytes);
  spent(units);
}

/** Counts quota units that a request costs. */
export function spent(units: number): void {
  current.getStore()?.spend(units);
}

function sizeOf(body: BodyInit | null | undefined): number {
  if (typeof body === "string") return Buffer.byteLength(body);
  if (body instanceof URLSearchParams) return body.toString().length;
  return body instanceof ArrayBuffer || ArrayBuffer.isView(body) ? body.byteLength : 0;
}
