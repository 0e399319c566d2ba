import assert from "node:assert/strict";
import type { Json } from "../../core/json.ts";
import { LEGACY_MANIFEST } from "../../core/manifest.ts";
import { intentOf } from "./intent.ts";

const intent = (...args: Json[]) =>
  intentOf({ method: "fetch", args, manifest: { ...LEGACY_MANIFEST, hosts: ["api.example.com"] } });

Deno.test("what is asked is told as it will be sent, whatever way it is written", () => {
  const { method, writes, facts } = intent("HTTPS://API.example.com:443/a/../b?c", {
    method: "delete",
    headers: { "X-Key": ["Bearer ", { $secret: "default/TOKEN" }] },
    json: { title: "Plan" },
  });
  assert.deepEqual({ method, writes }, { method: "fetch", writes: true });
  assert.deepEqual(facts, {
    url: "https://api.example.com/b?c",
    host: "api.example.com",
    method: "DELETE",
    headers: { "x-key": "Bearer ", "content-type": "application/json" },
    body: null,
    bodyBase64: null,
    json: { title: "Plan" },
  });
});

Deno.test("GET, HEAD and OPTIONS write nothing", () => {
  const url = "https://api.example.com/";
  assert.equal(intent(url).writes, false);
  for (const method of ["GET", "head", "OPTIONS"]) assert.equal(intent(url, { method }).writes, false);
  for (const method of ["POST", "PUT", "PATCH"]) assert.equal(intent(url, { method }).writes, true);
  assert.throws(() => intent(7), { code: "INVALID_INPUT" });
});
