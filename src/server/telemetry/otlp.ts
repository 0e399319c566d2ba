import { type Bytes, double, fixed64, message, nested, packedDoubles, packedFixed64, varint } from "./protobuf.ts";

/**
 * The requests of OTLP, field numbers as in opentelemetry/proto/{common,resource,trace,metrics}/v1 of
 * https://github.com/open-telemetry/opentelemetry-proto.
 */

export type Attributes = Readonly<Record<string, string | number>>;

export interface Span {
  /** 32 and 16 hexadecimal digits. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string | undefined;
  readonly name: string;
  readonly kind: "internal" | "client";
  /** ms since 1970. */
  readonly start: number;
  readonly end: number;
  readonly attributes: Attributes;
  readonly isError: boolean;
}

export interface Metric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  /** A sum only grows, and is counted from `since` on. */
  readonly type: "gauge" | "sum" | "histogram";
  readonly points: readonly Point[];
}

export type Point =
  & { readonly attributes: Attributes }
  & (
    | { readonly value: number }
    | {
      readonly count: number;
      readonly sum: number;
      /** Upper bounds, and one more count than there are bounds. */
      readonly bounds: readonly number[];
      readonly buckets: readonly number[];
    }
  );

const KIND = { internal: 1, client: 3 } as const;
const ERROR = 2;
const CUMULATIVE = 2;
const none: Bytes = new Uint8Array();

export interface Sender {
  readonly resource: Attributes;
  readonly version: string;
}

/** An ExportTraceServiceRequest. */
export function traceRequest(spans: readonly Span[], sender: Sender): Bytes {
  const known: Known = new Map();
  return request(sender, spans.map((span) => nested(2, spanOf(span, known))));
}

/** An ExportMetricsServiceRequest; times are ms since 1970. */
export function metricsRequest(metrics: readonly Metric[], times: { since: number; now: number }, by: Sender): Bytes {
  return request(by, metrics.map((metric) => nested(2, metricOf(metric, times))));
}

/** Both requests have the same shape down to their items. */
function request({ resource, version }: Sender, items: readonly Bytes[]): Bytes {
  const scope = message(nested(1, "tasker"), nested(2, version));
  return nested(1, message(nested(1, attributesOf(1, resource)), nested(2, message(nested(1, scope), ...items))));
}

function spanOf(span: Span, known: Known): Bytes {
  return message(
    nested(1, hex(span.traceId)),
    nested(2, hex(span.spanId)),
    span.parentSpanId === undefined ? none : nested(4, hex(span.parentSpanId)),
    nested(5, span.name),
    varint(6, KIND[span.kind]),
    fixed64(7, nanoseconds(span.start)),
    fixed64(8, nanoseconds(span.end)),
    attributesOf(9, span.attributes, known),
    span.isError ? nested(15, varint(3, ERROR)) : none,
  );
}

function metricOf({ name, description, unit, type, points }: Metric, times: { since: number; now: number }): Bytes {
  const data = message(...points.map((point) => nested(1, pointOf(point, times))));
  const kind = type === "gauge"
    ? nested(5, data)
    : type === "sum"
    ? nested(7, message(data, varint(2, CUMULATIVE), varint(3, 1)))
    : nested(9, message(data, varint(2, CUMULATIVE)));
  return message(nested(1, name), nested(2, description), nested(3, unit), kind);
}

function pointOf(point: Point, { since, now }: { since: number; now: number }): Bytes {
  const times = message(fixed64(2, nanoseconds(since)), fixed64(3, nanoseconds(now)));
  if ("value" in point) return message(attributesOf(7, point.attributes), times, fixed64(6, BigInt(point.value)));
  return message(
    attributesOf(9, point.attributes),
    times,
    fixed64(4, BigInt(point.count)),
    double(5, point.sum),
    packedFixed64(6, point.buckets),
    packedDoubles(7, point.bounds),
  );
}

/** Of one request: nearly all attributes are those of many items, and made once. */
type Known = Map<string, Bytes>;

/** Repeated KeyValues; numbers are integers. */
function attributesOf(field: number, attributes: Attributes, known: Known = new Map()): Bytes {
  const made: Bytes[] = [];
  for (const key in attributes) {
    const value = attributes[key]!;
    const name = `${field} ${key} ${typeof value} ${value}`;
    let bytes = known.get(name);
    if (bytes === undefined) {
      const any = typeof value === "string" ? nested(1, value) : varint(3, value);
      bytes = nested(field, message(nested(1, key), nested(2, any)));
      known.set(name, bytes);
    }
    made.push(bytes);
  }
  return message(...made);
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n;
}

function hex(digits: string): Bytes {
  const bytes = new Uint8Array(digits.length / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}
