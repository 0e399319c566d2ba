import type { Clock } from "../../core/clock.ts";
import type { Span } from "./otlp.ts";
import type { TelemetrySettings } from "./settings.ts";

/** Gathers spans and hands them on in batches, one at a time; what comes too fast for the collector is dropped. */
export class SpanQueue {
  readonly #limits: TelemetrySettings["batch"];
  readonly #clock: Clock;
  readonly #send: (spans: readonly Span[]) => Promise<void>;
  #spans: Span[] = [];
  #sending: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #dropped = 0;

  constructor(params: {
    limits: TelemetrySettings["batch"];
    clock: Clock;
    send: (spans: readonly Span[]) => Promise<void>;
  }) {
    this.#limits = params.limits;
    this.#clock = params.clock;
    this.#send = params.send;
  }

  /** Spans that nobody will see. */
  get dropped(): number {
    return this.#dropped;
  }

  add(span: Span): void {
    if (this.#spans.length >= this.#limits.queue) {
      this.#dropped++;
      return;
    }
    this.#spans.push(span);
    if (this.#spans.length >= this.#limits.spans) this.#start();
    else this.#cancelTimer ??= this.#clock.after(this.#limits.delay, () => this.#start());
  }

  /** Settles when everything that was added has been handed on. */
  async flush(): Promise<void> {
    this.#start();
    while (this.#sending !== undefined) await this.#sending;
  }

  #start(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#sending ??= this.#sendAll().finally(() => this.#sending = undefined);
  }

  async #sendAll(): Promise<void> {
    while (this.#spans.length > 0) await this.#send(this.#spans.splice(0, this.#limits.spans));
  }
}
