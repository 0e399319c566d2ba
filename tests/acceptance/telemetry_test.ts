import assert from "node:assert/strict";
import { Collector } from "./collector.ts";
import { Gate, publishSteps } from "./gate.ts";
import { Running, until } from "./running.ts";
import { Place } from "./tasker.ts";

/** Traces and metrics, as a collector of the OpenTelemetry project's messages receives them. */

const outer = (port: number) => `
export const manifest = { description: "Outer", services: ["http", "tasks"], hosts: ["127.0.0.1:${port}"] };
export default async function outer() {
  await tools.http.fetch("http://127.0.0.1:${port}/private-address");
  await tools.tasks.execute("inner", { name: "private-name" });
  try { await tools.tasks.execute("nobody"); } catch { /* told of as an error of the call */ }
  return "private-result";
}`;
const INNER = `export const manifest = { description: "Inner", services: ["timer"], input: { type: "object" } };
export default async function inner() { await tools.timer.sleep(1); }`;

/** Hangs up on the first connection, and answers the others. */
function flaky(): { port: number } & Disposable {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answer = async (connection: Deno.Conn, isFirst: boolean) => {
    if (!isFirst) {
      await connection.read(new Uint8Array(4096));
      await connection.write(
        new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"),
      );
    }
    connection.close();
  };
  void (async () => {
    let isFirst = true;
    for await (const connection of listener) {
      void answer(connection, isFirst);
      isFirst = false;
    }
  })();
  return { port: listener.addr.port, [Symbol.dispose]: () => listener.close() };
}

Deno.test("a run is a trace: calls under runs, attempts under calls, nested runs under theirs; numbers besides", async () => {
  using place = new Place();
  await using collector = new Collector();
  using server = flaky();
  for (const [name, source] of Object.entries({ outer: outer(server.port), inner: INNER })) {
    const { code, stderr } = await place.run(["publish", place.write(`${name}.js`, source)]);
    assert.equal(code, 0, stderr);
  }
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/base/`,
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20key",
    OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
    OTEL_SERVICE_NAME: "mail",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
  };
  const { code, stderr } = await place.run(["run", "outer"], { env });
  assert.equal(code, 0, stderr);
  assert.equal(collector.headers.get("authorization"), "Bearer key");
  assert.deepEqual(
    [collector.resources[0]!["service.name"], collector.resources[0]!["deployment.environment.name"]],
    ["mail", "test"],
  );

  const id = place.lastRun();
  const [run] = collector.named("run outer");
  const [inner] = collector.named("run inner");
  const [fetched] = collector.named("http.fetch");
  const [nested, nobody] = collector.named("tasks.execute").toSorted((a, b) => Number(a.isError) - Number(b.isError));
  const attempts = collector.named("attempt http.fetch");
  assert.ok(collector.spans.every((span) => span.trace === id.replaceAll("-", "")), "one trace, named by the run");
  assert.equal(run!.parent, "");
  assert.deepEqual([run!.attributes["tasker.run.status"], run!.attributes["tasker.run.calls"]], ["completed", 3]);
  assert.deepEqual([fetched!.parent, nested!.parent, inner!.parent], [run!.id, run!.id, nested!.id]);
  assert.equal(collector.named("timer.sleep")[0]!.parent, inner!.id);
  assert.deepEqual([nobody!.isError, nobody!.attributes["error.type"]], [true, "NOT_FOUND"]);
  assert.deepEqual(attempts.map((attempt) => attempt.parent), [fetched!.id, fetched!.id]);
  assert.deepEqual(attempts.map(({ attributes }) => attributes["tasker.attempt.outcome"]), ["retry", "result"]);
  assert.equal(fetched!.attributes["tasker.call.attempts"], 2);
  assert.ok(fetched!.ms >= 500 && fetched!.ms > attempts[1]!.ms, "a call takes as long as its attempts and waits");

  const measure = (metric: string) => collector.measured.filter((point) => point.metric === metric);
  assert.deepEqual(measure("tasker.call.retries").map(({ value }) => value), [1]);
  assert.equal(measure("tasker.call.duration").reduce((sum, { value }) => sum + value, 0), 4);
  assert.equal(measure("tasker.run.duration").length, 2);
  assert.deepEqual(measure("tasker.queue.depth").map(({ value }) => value), [0, 0]);
  assert.doesNotMatch(collector.text, /private/);
});

Deno.test("whoever goes on with a run goes on in its trace", async () => {
  using place = new Place();
  await using collector = new Collector();
  await using gate = new Gate();
  await publishSteps(place, gate);
  const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces`, OTEL_BSP_SCHEDULE_DELAY: "10" };
  {
    await using running = Running.start(place, ["run", "steps", "--name", "it"], { env });
    await gate.knock("/gate/it");
    await until("span of the first step", () => collector.named("records.append")[0]);
    running.kill("SIGKILL");
  }
  gate.open();
  const { code, stderr } = await place.run(["resume", "last"], { env });
  assert.equal(code, 0, stderr);
  const [run] = collector.named("run steps");
  assert.ok(collector.spans.every(({ trace }) => trace === run!.trace));
  const calls = collector.spans.filter(({ parent }) => parent === run!.id);
  assert.equal(calls.length, 6, "every call once");
  assert.equal(new Set(calls.map(({ id }) => id)).size, 6);
  assert.equal(collector.measured.length, 0, "no metrics were asked for");
});

Deno.test("a collector that is not there or never answers is named once, and keeps nobody", async () => {
  using place = new Place();
  await using gate = new Gate();
  const silent = gate.host;
  const task = place.write("quick.js", "export default async () => { await tools.timer.sleep(1); return 1; }");
  assert.equal((await place.run(["publish", task])).code, 0);
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = closed.addr;
  closed.close();
  for (
    const [host, why] of [[`127.0.0.1:${port}`, /does not take traces \(connection refused\)/], [
      silent,
      /no answer/,
    ]] as const
  ) {
    const begin = performance.now();
    const { code, stdout, stderr } = await place.run(["run", "quick"], {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://name:password@${host}` },
    });
    assert.deepEqual([code, stdout.trim()], [0, "1"]);
    assert.match(stderr, why);
    assert.equal(stderr.match(/OpenTelemetry: .*traces/g)?.length ?? 0, host === silent ? 0 : 1);
    assert.doesNotMatch(stderr, /password/);
    assert.ok(performance.now() - begin < 5_000);
  }
  const off = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${silent}`, OTEL_SDK_DISABLED: "true" };
  assert.doesNotMatch((await place.run(["run", "quick"], { env: off })).stderr, /OpenTelemetry/);
});
