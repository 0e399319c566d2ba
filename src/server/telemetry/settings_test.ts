import assert from "node:assert/strict";
import { isTelemetryWanted, telemetrySettings } from "./settings.ts";

const BASE = "OTEL_EXPORTER_OTLP_ENDPOINT";

function settings(env: Record<string, string>) {
  return telemetrySettings((name) => env[name], { version: "1.0.0", instance: "here" });
}

Deno.test("nothing is sent unless an endpoint is set, and nothing when the SDK is disabled", () => {
  const isWanted = (env: Record<string, string>) => isTelemetryWanted((name) => env[name]);
  assert.equal(isWanted({}), false);
  assert.equal(isWanted({ [BASE]: " " }), false);
  assert.equal(isWanted({ [BASE]: "http://c:4318" }), true);
  assert.equal(isWanted({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://c:4318" }), true);
  assert.equal(isWanted({ [BASE]: "http://c:4318", OTEL_SDK_DISABLED: "True" }), false);
});

Deno.test("the general endpoint is a base, a signal's own is used as it is, and its settings come first", () => {
  const { traces, metrics, resource } = settings({
    [BASE]: "https://c.example/otlp/",
    OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20b, x-both=general",
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "https://m.example/here",
    OTEL_EXPORTER_OTLP_METRICS_HEADERS: "x-both=own",
    OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: "500",
    OTEL_RESOURCE_ATTRIBUTES: "service.name=from-list,team=mail",
  });
  assert.equal(traces!.url, "https://c.example/otlp/v1/traces");
  assert.deepEqual(traces!.headers, { "x-key": "a b", "x-both": "general" });
  assert.deepEqual([metrics!.url, metrics!.timeout], ["https://m.example/here", 500]);
  assert.deepEqual(metrics!.headers, { "x-key": "a b", "x-both": "own" });
  assert.deepEqual([resource["service.name"], resource.team], ["from-list", "mail"]);
});

Deno.test("what cannot be followed is left aside with a remark that repeats no address", () => {
  const { traces, metrics, batch, remarks } = settings({
    [BASE]: "ftp://name:password@c",
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "grpc",
    OTEL_BSP_SCHEDULE_DELAY: "soon",
  });
  assert.deepEqual([traces, metrics, batch.delay], [undefined, undefined, 5_000]);
  assert.deepEqual(remarks, [
    'no traces are sent: the protocol "grpc" is not spoken; http/protobuf is',
    "no metrics are sent: their endpoint is no http:// or https:// address",
    'OTEL_BSP_SCHEDULE_DELAY must be a whole number above 0, got "soon": 5000 is used',
  ]);
  const none = settings({ [BASE]: "http://c", OTEL_TRACES_EXPORTER: "none" });
  assert.deepEqual([none.traces, none.metrics?.url, none.remarks], [undefined, "http://c/v1/metrics", []]);
});
