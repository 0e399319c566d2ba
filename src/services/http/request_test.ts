import assert from "node:assert/strict";
import type { Json } from "../../core/json.ts";
import { isRepeatable, readRequest } from "./request.ts";

const url = "https://example.com/";
const read = (options: Json) => readRequest([url, options], { frameId: "run-1.7" });

Deno.test("a key of the task's own is sent as Idempotency-Key, unless the task has set the header", () => {
  const call = { frameId: "run-1.7", idempotencyKey: "order 7" };
  const key = (options: Json) => readRequest([url, options], call).headers.get("idempotency-key");
  assert.deepEqual(key({ method: "POST" }), ["order 7"]);
  assert.deepEqual(key({ method: "POST", idempotencyKey: true }), ["order 7"]);
  assert.deepEqual(key({ method: "POST", headers: { "Idempotency-Key": "mine" } }), ["mine"]);
  assert.equal(isRepeatable(readRequest([url, { method: "POST" }], call)), true);
});

Deno.test("a request is read with its defaults", () => {
  assert.deepEqual(readRequest([url], { frameId: "f" }), {
    url,
    method: "GET",
    headers: new Map(),
    body: undefined,
    redirect: "follow",
    timeout: undefined,
  });
  const post = read({
    method: "post",
    headers: [["X-A", "1"], ["x-a", "2"]],
    json: { a: 1 },
    timeout: 5,
    redirect: "manual",
  });
  assert.deepEqual(post.headers.get("x-a"), ["1", ", ", "2"]);
  assert.deepEqual(post.headers.get("content-type"), ["application/json"]);
  assert.deepEqual([post.method, post.body, post.timeout], ["POST", { type: "json", value: { a: 1 } }, 5]);
  const templated = read({ headers: { authorization: ["Bearer ", { $secret: "default/T" }] } });
  assert.deepEqual(templated.headers.get("authorization"), ["Bearer ", { namespace: "default", name: "T" }]);
});

Deno.test("what only reads, or takes an idempotency key, may be repeated", () => {
  for (const method of ["GET", "HEAD", "OPTIONS"]) assert.ok(isRepeatable(read({ method })));
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    assert.ok(!isRepeatable(read({ method })));
    assert.ok(isRepeatable(read({ method, headers: { "Idempotency-Key": "mine" } })));
    assert.ok(isRepeatable(read({ method, idempotencyKey: true })));
  }
  assert.deepEqual(read({ method: "POST", idempotencyKey: true }).headers.get("idempotency-key"), ["run-1.7"]);
});

Deno.test("what is not understood is refused, never left out", () => {
  const wrong: Json[] = [
    "POST",
    7,
    [],
    { methd: "GET" },
    { method: "TRACE" },
    { method: "CONNECT" },
    { method: 7 },
    { headers: "a: b" },
    { headers: { "a b": "c" } },
    { headers: { "a\r\nb": "c" } },
    { headers: { host: "other.example" } },
    { headers: { "Content-Length": "5" } },
    { headers: { "transfer-encoding": "chunked" } },
    { headers: { "Proxy-Authorization": "x" } },
    { headers: { a: null } },
    { headers: { a: {} } },
    { headers: { a: "Bearer [object Object]" } },
    { headers: { a: { $secret: "no slash" } } },
    { headers: [["a"]] },
    { body: "x" },
    { method: "POST", body: { a: 1 } },
    { method: "POST", body: "x", json: 1 },
    { method: "POST", bodyBase64: "%%" },
    { redirect: "maybe" },
    { timeout: -1 },
    { timeout: 1e9 },
    { idempotencyKey: "mine" },
  ];
  for (const options of wrong) assert.throws(() => read(options), { code: "INVALID_INPUT" }, JSON.stringify(options));
  assert.throws(() => readRequest([], { frameId: "f" }), { code: "INVALID_INPUT" });
  assert.throws(() => readRequest([{ $secret: "default/URL" }], { frameId: "f" }), { code: "INVALID_INPUT" });
});
