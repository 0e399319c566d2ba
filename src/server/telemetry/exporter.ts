import type { Clock } from "../../core/clock.ts";
import type { Bytes } from "./protobuf.ts";
import type { Destination } from "./settings.ts";

/** Answers after which the same request may succeed (https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes). */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const ATTEMPTS = 5;
/** First and longest pause before a request is repeated, ms. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;

/** Posts requests to one collector. What it does not take is lost: nobody waits for it. */
export class Exporter {
  readonly #destination: Destination;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #failed: (why: string) => void;
  #isHurried = false;
  #wake = () => {};

  constructor(params: { destination: Destination; clock: Clock; failed: (why: string) => void }) {
    this.#destination = params.destination;
    this.#clock = params.clock;
    this.#failed = params.failed;
  }

  /** Settles when the request was taken or given up; never rejects. */
  async send(body: Bytes): Promise<void> {
    const packed = this.#destination.gzip ? await gzipped(body) : body;
    for (let attempt = 1; !this.#closing.signal.aborted; attempt++) {
      const answer = await this.#post(packed);
      if (answer === "taken") return;
      this.#failed(answer.why);
      if (!answer.retryable || attempt === ATTEMPTS || this.#isHurried) return;
      const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1));
      await this.#pause(answer.after ?? pause * (0.75 + Math.random() / 2));
    }
  }

  /** From now on each request is tried once more at most, at once. */
  hurry(): void {
    this.#isHurried = true;
    this.#wake();
  }

  /** Gives everything up. */
  close(): void {
    this.#closing.abort();
    this.hurry();
  }

  async #post(body: Bytes): Promise<"taken" | { why: string; retryable: boolean; after?: number | undefined }> {
    const { url, headers, gzip, timeout } = this.#destination;
    const late = new AbortController();
    const cancel = this.#clock.after(timeout, () => late.abort(new Error(`no answer within ${timeout / 1000} s`)));
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: {
          ...headers,
          "content-type": "application/x-protobuf",
          ...(gzip ? { "content-encoding": "gzip" } : {}),
        },
        body,
        // The headers, which may hold a key, go nowhere else.
        redirect: "manual",
        signal: AbortSignal.any([late.signal, this.#closing.signal]),
      });
      await response.body?.cancel();
      if (response.ok) return "taken";
      const seconds = Number(response.headers.get("retry-after") ?? NaN);
      const after = seconds >= 0 ? Math.min(LONGEST_PAUSE, seconds * 1000) : undefined;
      return { why: `HTTP ${response.status}`, retryable: RETRYABLE.has(response.status), after };
    } catch (error) {
      return { why: late.signal.aborted ? (late.signal.reason as Error).message : reasonOf(error), retryable: true };
    } finally {
      cancel();
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** Why a request failed, without its address, which may hold a password. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause ?? error : error;
  if (/refused/i.test(String(cause))) return "connection refused";
  return /dns|lookup/i.test(String(cause)) ? "its name is not known" : "no connection";
}

async function gzipped(body: Bytes): Promise<Bytes> {
  const stream = new Blob([body]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
