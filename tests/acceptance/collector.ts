import generated from "@opentelemetry/otlp-transformer/build/src/generated/root.js";

/** A span as it was received, ids in hexadecimal digits. */
export interface Received {
  readonly trace: string;
  readonly id: string;
  readonly parent: string;
  readonly name: string;
  readonly isError: boolean;
  readonly ms: number;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** A data point; `value` of a histogram is its count. */
export interface Measured {
  readonly metric: string;
  readonly value: number;
  readonly attributes: Readonly<Record<string, string | number>>;
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number };
}

/** A message type of protobufjs, as far as it is used here. */
interface MessageType<T> {
  decode(bytes: Uint8Array): unknown;
  toObject(message: unknown, options: typeof numeric): T;
}

interface Collected {
  readonly trace: {
    readonly v1: {
      readonly ExportTraceServiceRequest: MessageType<{
        resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: GeneratedSpan[] }[] }[];
      }>;
    };
  };
  readonly metrics: {
    readonly v1: {
      readonly ExportMetricsServiceRequest: MessageType<{
        resourceMetrics: { scopeMetrics: { metrics: GeneratedMetric[] }[] }[];
      }>;
    };
  };
}

const numeric = { longs: Number, bytes: Array };
// Its declarations say nothing of what it exports.
const { trace, metrics } =
  (generated as unknown as { opentelemetry: { proto: { collector: Collected } } }).opentelemetry.proto.collector;

/** Takes what is sent with OTLP over HTTP and decodes it with the messages that the OpenTelemetry project has generated. */
export class Collector implements AsyncDisposable {
  readonly spans: Received[] = [];
  readonly measured: Measured[] = [];
  readonly resources: Readonly<Record<string, string | number>>[] = [];
  /** All that came, as JSON. */
  text = "";
  headers = new Headers();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      this.headers = request.headers;
      const isPacked = request.headers.get("content-encoding") === "gzip";
      const body = isPacked ? request.body!.pipeThrough(new DecompressionStream("gzip")) : request.body;
      const bytes = new Uint8Array(await new Response(body).arrayBuffer());
      const { pathname } = new URL(request.url);
      if (pathname.endsWith("/v1/traces")) this.#takeSpans(bytes);
      else if (pathname.endsWith("/v1/metrics")) this.#takeMetrics(bytes);
      else return new Response(null, { status: 404 });
      return new Response(null, { headers: { "content-type": "application/x-protobuf" } });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  named(name: string): Received[] {
    return this.spans.filter((span) => span.name === name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #takeSpans(bytes: Uint8Array): void {
    const { ExportTraceServiceRequest: type } = trace.v1;
    const request = type.toObject(type.decode(bytes), numeric);
    this.text += JSON.stringify(request);
    for (const { resource, scopeSpans } of request.resourceSpans) {
      this.resources.push(read(resource.attributes));
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
        this.spans.push({
          trace: hex(span.traceId),
          id: hex(span.spanId),
          parent: hex(span.parentSpanId ?? []),
          name: span.name,
          isError: span.status?.code === 2,
          ms: (span.endTimeUnixNano - span.startTimeUnixNano) / 1e6,
          attributes: read(span.attributes),
        });
      }
    }
  }

  #takeMetrics(bytes: Uint8Array): void {
    const { ExportMetricsServiceRequest: type } = metrics.v1;
    const request = type.toObject(type.decode(bytes), numeric);
    this.text += JSON.stringify(request);
    for (const { scopeMetrics } of request.resourceMetrics) {
      for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) {
        for (const point of (metric.gauge ?? metric.sum ?? metric.histogram)!.dataPoints) {
          const counted = point.bucketCounts?.reduce((sum, count) => sum + count, 0);
          if (counted !== point.count) throw new Error(`${metric.name}: the buckets hold ${counted} of ${point.count}`);
          this.measured.push({
            metric: metric.name,
            value: point.asInt ?? point.count!,
            attributes: read(point.attributes ?? []),
          });
        }
      }
    }
  }
}

interface GeneratedSpan {
  readonly traceId: number[];
  readonly spanId: number[];
  readonly parentSpanId?: number[];
  readonly name: string;
  readonly status?: { readonly code: number };
  readonly startTimeUnixNano: number;
  readonly endTimeUnixNano: number;
  readonly attributes: Attribute[];
}

interface GeneratedMetric {
  readonly name: string;
  readonly gauge?: Points;
  readonly sum?: Points;
  readonly histogram?: Points;
}

interface Points {
  readonly dataPoints: readonly {
    readonly asInt?: number;
    readonly count?: number;
    readonly bucketCounts?: number[];
    readonly attributes?: Attribute[];
  }[];
}

function read(attributes: Attribute[]): Record<string, string | number> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue!]),
  );
}

function hex(bytes: readonly number[]): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
