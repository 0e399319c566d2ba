import type { Clock } from "../../core/clock.ts";
import { parseFrameId } from "../../core/ids.ts";
import type { ServiceLookup } from "../../engine/parts.ts";
import type { Store } from "../../store/store.ts";
import { type Attempt, withAttempts } from "./attempts.ts";
import { Exporter } from "./exporter.ts";
import { JournalSpans, type Over, type TouchedRun } from "./journal_spans.ts";
import { Counter, Durations, gauge } from "./measures.ts";
import { type Metric, metricsRequest, type Span, traceRequest } from "./otlp.ts";
import type { Destination, TelemetrySettings } from "./settings.ts";
import { SpanQueue } from "./span_queue.ts";
import { attemptSpanId, callSpanId } from "./trace.ts";

/** How long the end of the process waits for a collector, ms. */
const LAST_WORDS = 1_000;

export interface TelemetryOptions {
  readonly settings: TelemetrySettings;
  readonly version: string;
  readonly store: Store;
  readonly clock: Clock;
  /** Where remarks go; a collector that does not answer is named once. */
  note(text: string): void;
}

/** Traces and metrics of one owner. It watches from outside: the engine neither waits for it nor fails with it. */
export class Telemetry {
  readonly #options: TelemetryOptions;
  readonly #since: number;
  readonly #journal: JournalSpans;
  readonly #spans: SpanQueue | undefined;
  readonly #exporters: Exporter[] = [];
  readonly #traces: Exporter | undefined;
  readonly #metrics: Exporter | undefined;
  readonly #runs = new Durations({ name: "tasker.run.duration", description: "From submission to end" });
  readonly #calls = new Durations({
    name: "tasker.call.duration",
    description: "From the call in the code to its end",
  });
  readonly #attempts = new Durations({ name: "tasker.attempt.duration", description: "Of one attempt at the outside" });
  readonly #retries = new Counter({
    name: "tasker.call.retries",
    description: "Attempts after the first, of calls that have ended",
    unit: "{attempt}",
  });
  readonly #quota = new Counter({
    name: "tasker.gapi.quota.units",
    description: "Google's quota units that were spent",
    unit: "{unit}",
  });
  readonly #noted = new Set<string>();
  #busyLanes = () => 0;
  #cancelTimer: (() => void) | undefined;
  #isBroken = false;

  constructor(options: TelemetryOptions) {
    const { settings, clock, store } = options;
    this.#options = options;
    this.#since = clock.now();
    this.#journal = new JournalSpans(store);
    this.#traces = this.#exporter("traces", settings.traces);
    this.#metrics = this.#exporter("metrics", settings.metrics);
    if (this.#traces !== undefined) {
      const send = (spans: readonly Span[]) => this.#traces!.send(traceRequest(spans, this.#sender()));
      this.#spans = new SpanQueue({ limits: settings.batch, clock, send });
    }
    if (this.#metrics !== undefined) this.#setTimer();
  }

  /** The services that a run's calls go to, watched. */
  watched(services: ServiceLookup): ServiceLookup {
    return withAttempts(services, this.#options.clock, (attempt) => this.#guarded(() => this.#attempted(attempt)));
  }

  /** To be called when a request was sent that costs quota units. */
  spent(units: number): void {
    this.#quota.add(units);
  }

  /** How many outside calls are in flight is asked there. */
  watchLanes(busyLanes: () => number): void {
    this.#busyLanes = busyLanes;
  }

  /** To be called after every commit, with the runs that it has touched. */
  committed(runs: Iterable<TouchedRun>): void {
    this.#guarded(() => {
      for (const run of runs) {
        for (const over of this.#journal.newsOf(run)) this.#take(over);
      }
    });
  }

  /** Sends what there is, for a second at most. The store is not touched after the first moment. */
  async stop(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (const exporter of this.#exporters) exporter.hurry();
    let cancel = () => {};
    const late = new Promise<"late">((resolve) => {
      cancel = this.#options.clock.after(LAST_WORDS, () => resolve("late"));
    });
    const sent = Promise.all([this.#spans?.flush(), this.#sendMetrics()]);
    if (await Promise.race([sent, late]) === "late") this.#note("no answer within a second to what was sent last");
    cancel();
    for (const exporter of this.#exporters) exporter.close();
    const dropped = this.#spans?.dropped ?? 0;
    if (dropped > 0) this.#note(`${dropped} spans were dropped: they came faster than the collector took them`);
  }

  #sender() {
    const { settings, version } = this.#options;
    return { resource: settings.resource, version };
  }

  #exporter(signal: "traces" | "metrics", destination: Destination | undefined): Exporter | undefined {
    if (destination === undefined) return undefined;
    const { origin } = new URL(destination.url);
    const exporter = new Exporter({
      destination,
      clock: this.#options.clock,
      failed: (why) =>
        this.#noteOnce(`the collector at ${origin} does not take ${signal} (${why}); runs go on without it`),
    });
    this.#exporters.push(exporter);
    return exporter;
  }

  #take(over: Over): void {
    this.#spans?.add(over.span);
    const { start, end, attributes } = over.span;
    const common = {
      "tasker.task.name": over.taskName,
      ...("error.type" in attributes ? { "error.type": attributes["error.type"]! } : {}),
    };
    if (over.type === "run") return this.#runs.record(end - start, { ...common, "tasker.run.status": over.status });
    const { call } = over;
    const of = {
      "tasker.task.name": over.taskName,
      "tasker.call.service": attributes["tasker.call.service"]!,
      "tasker.call.method": attributes["tasker.call.method"]!,
    };
    this.#calls.record(end - start, { ...common, ...of, "tasker.call.status": call.status });
    if (call.attempt > 1) this.#retries.add(call.attempt - 1, of);
  }

  #attempted({ service, call, start, end, outcome, errorCode }: Attempt): void {
    const { taskRunId, frameId, attempt, method } = call;
    const error = errorCode === undefined ? {} : { "error.type": errorCode };
    const of = { "tasker.call.service": service, "tasker.call.method": method, "tasker.attempt.outcome": outcome };
    this.#attempts.record(end - start, { ...of, ...error });
    if (this.#spans === undefined) return;
    this.#spans.add({
      traceId: this.#journal.traceOf(taskRunId),
      spanId: attemptSpanId(frameId, attempt, start),
      parentSpanId: callSpanId(taskRunId, parseFrameId(frameId).seq),
      name: `attempt ${service}.${method}`,
      kind: "client",
      start,
      end,
      attributes: { "tasker.call.id": frameId, "tasker.attempt.number": attempt, ...of, ...error },
      isError: outcome === "error" || outcome === "retry",
    });
  }

  #setTimer(): void {
    this.#cancelTimer = this.#options.clock.after(this.#options.settings.metricInterval, () => {
      void this.#sendMetrics();
      this.#setTimer();
    });
  }

  async #sendMetrics(): Promise<void> {
    if (this.#metrics === undefined) return;
    let metrics: Metric[] = [];
    this.#guarded(() => metrics = this.#read());
    if (metrics.length === 0) return;
    const times = { since: this.#since, now: this.#options.clock.now() };
    await this.#metrics.send(metricsRequest(metrics, times, this.#sender()));
  }

  #read(): Metric[] {
    const { ready, waiting } = this.#journal.depth();
    const depth = gauge({ name: "tasker.queue.depth", description: "Calls that wait", unit: "{call}" }, [
      { attributes: { "tasker.queue.state": "ready" }, value: ready },
      { attributes: { "tasker.queue.state": "waiting" }, value: waiting },
    ]);
    const lanes = gauge({ name: "tasker.lanes.busy", description: "Outside calls in flight", unit: "{call}" }, [
      { attributes: {}, value: this.#busyLanes() },
    ]);
    const grown = [this.#runs, this.#calls, this.#attempts, this.#retries, this.#quota].map((one) => one.read());
    return [depth, lanes, ...grown.filter(({ points }) => points.length > 0)];
  }

  /** An error here is this one's, never the engine's: it is told of, and nothing more is watched. */
  #guarded(work: () => void): void {
    if (this.#isBroken) return;
    try {
      work();
    } catch (error) {
      this.#isBroken = true;
      this.#note(`nothing more is sent: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #noteOnce(text: string): void {
    if (this.#noted.size < 10 && !this.#noted.has(text)) this.#note(text);
    this.#noted.add(text);
  }

  #note(text: string): void {
    this.#options.note(`OpenTelemetry: ${text}`);
  }
}
