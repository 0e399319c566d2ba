/** Where one kind of data goes, and how. */
export interface Destination {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly gzip: boolean;
  /** Of one request, ms. */
  readonly timeout: number;
}

export interface TelemetrySettings {
  readonly traces: Destination | undefined;
  readonly metrics: Destination | undefined;
  /** What is said of this process with everything that is sent. */
  readonly resource: Readonly<Record<string, string>>;
  readonly batch: { readonly delay: number; readonly spans: number; readonly queue: number };
  /** Between two exports of metrics, ms. */
  readonly metricInterval: number;
  /** What was set and cannot be followed, for people. */
  readonly remarks: readonly string[];
}

type Env = (name: string) => string | undefined;
type Signal = "traces" | "metrics";

const OTLP = "OTEL_EXPORTER_OTLP";

/** Whether the environment says where traces or metrics go. */
export function isTelemetryWanted(env: Env): boolean {
  if (env("OTEL_SDK_DISABLED")?.trim().toLowerCase() === "true") return false;
  return ["", "_TRACES", "_METRICS"].some((signal) => Boolean(env(`${OTLP}${signal}_ENDPOINT`)?.trim()));
}

/**
 * The variables of https://opentelemetry.io/docs/specs/otel/protocol/exporter/ and
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/. As they ask for, an empty value is
 * none, and one that cannot be read is left aside with a remark.
 */
export function telemetrySettings(env: Env, facts: { version: string; instance: string }): TelemetrySettings {
  const remarks: string[] = [];
  const read = (name: string) => env(name)?.trim() || undefined;
  const number = (name: string, otherwise: number) => {
    const text = read(name);
    if (text === undefined || (/^\d{1,9}$/.test(text) && Number(text) > 0)) return Number(text ?? otherwise);
    remarks.push(`${name} must be a whole number above 0, got "${text}": ${otherwise} is used`);
    return otherwise;
  };
  const destination = (signal: Signal): Destination | undefined => {
    const own = `${OTLP}_${signal.toUpperCase()}`;
    const either = (what: string) => read(`${own}_${what}`) ?? read(`${OTLP}_${what}`);
    const url = endpoint(signal, read(`${own}_ENDPOINT`), read(`${OTLP}_ENDPOINT`));
    if (url === undefined) return undefined;
    const refuse = (why: string) => void remarks.push(`no ${signal} are sent: ${why}`);
    const exporter = read(`OTEL_${signal.toUpperCase()}_EXPORTER`) ?? "otlp";
    if (exporter === "none") return undefined;
    if (exporter !== "otlp") {
      return refuse(`OTEL_${signal.toUpperCase()}_EXPORTER is "${exporter}"; otlp and none are known`);
    }
    const protocol = either("PROTOCOL") ?? "http/protobuf";
    if (protocol !== "http/protobuf") return refuse(`the protocol "${protocol}" is not spoken; http/protobuf is`);
    // Not the address itself: it may hold a password.
    if (!isHttp(url)) return refuse("their endpoint is no http:// or https:// address");
    return {
      url,
      headers: { ...pairs(read(`${OTLP}_HEADERS`)), ...pairs(read(`${own}_HEADERS`)) },
      gzip: either("COMPRESSION") === "gzip",
      timeout: number(read(`${own}_TIMEOUT`) === undefined ? `${OTLP}_TIMEOUT` : `${own}_TIMEOUT`, 10_000),
    };
  };
  const [traces, metrics] = [destination("traces"), destination("metrics")];
  const given = pairs(read("OTEL_RESOURCE_ATTRIBUTES"));
  return {
    traces,
    metrics,
    resource: {
      "service.version": facts.version,
      "service.instance.id": facts.instance,
      ...given,
      "service.name": read("OTEL_SERVICE_NAME") ?? given["service.name"] ?? "tasker",
    },
    batch: {
      delay: number("OTEL_BSP_SCHEDULE_DELAY", 5_000),
      spans: number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512),
      queue: number("OTEL_BSP_MAX_QUEUE_SIZE", 2_048),
    },
    metricInterval: number("OTEL_METRIC_EXPORT_INTERVAL", 60_000),
    remarks,
  };
}

/** A signal's own endpoint is used as it is; the general one is a base, `v1/traces` comes behind it. */
function endpoint(signal: Signal, own: string | undefined, base: string | undefined): string | undefined {
  return own ?? (base === undefined ? undefined : `${base.replace(/\/$/, "")}/v1/${signal}`);
}

function isHttp(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

/** `key=value,key=value`, values percent-encoded. */
function pairs(text = ""): Record<string, string> {
  const entries = text.split(",").map((pair) => pair.split(/=(.*)/s).map((part) => decoded(part.trim())));
  return Object.fromEntries(entries.filter(([key, value]) => key && value !== undefined));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
