import assert from "node:assert/strict";
import { VirtualClock } from "../../core/clock.ts";
import { Exporter } from "./exporter.ts";
import type { Span } from "./otlp.ts";
import { SpanQueue } from "./span_queue.ts";

/** A collector that gives these answers, one after another. */
function collector(answers: Response[]) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => answers.shift()!);
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    left: () => answers.length,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("a request is repeated as long as the collector asks, given up when it refuses, and hurried at the end", async () => {
  const clock = new VirtualClock();
  await using server = collector([
    new Response(null, { status: 503, headers: { "retry-after": "7" } }),
    new Response(null, { status: 200 }),
    new Response(null, { status: 400 }),
    new Response(null, { status: 429 }),
  ]);
  const failures: string[] = [];
  const failed = Promise.withResolvers<void>();
  const exporter = new Exporter({
    destination: { url: server.url, headers: {}, gzip: false, timeout: 60_000 },
    clock,
    failed(why) {
      failures.push(why);
      failed.resolve();
    },
  });
  const sent = exporter.send(new Uint8Array([1]));
  await failed.promise;
  assert.equal(clock.nextWake()! - clock.now(), 7_000);
  clock.advance(7_000);
  await sent;
  await exporter.send(new Uint8Array([1]));
  exporter.hurry();
  await exporter.send(new Uint8Array([1]));
  assert.deepEqual([failures, server.left()], [["HTTP 503", "HTTP 400", "HTTP 429"], 0]);
});

Deno.test("spans are sent in batches, and what is too much for a slow collector is dropped and counted", async () => {
  const clock = new VirtualClock();
  const batches: number[] = [];
  let go = () => {};
  const queue = new SpanQueue({
    limits: { delay: 1_000, spans: 2, queue: 3 },
    clock,
    send(spans) {
      batches.push(spans.length);
      return new Promise((resolve) => go = resolve);
    },
  });
  const span = {} as Span;
  queue.add(span);
  assert.deepEqual(batches, [], "one waits for company");
  clock.advance(1_000);
  assert.deepEqual(batches, [1]);
  for (let added = 0; added < 5; added++) queue.add(span);
  assert.equal(queue.dropped, 2);
  const flushed = queue.flush();
  for (let batch = 0; batch < 3; batch++) {
    go();
    await Promise.resolve().then(() => {});
  }
  await flushed;
  assert.deepEqual(batches, [1, 2, 1]);
});
