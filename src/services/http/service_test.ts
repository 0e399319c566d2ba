import assert from "node:assert/strict";
import { Departure, leaving } from "../outgoing.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Manifest } from "../../core/manifest.ts";
import type { Outcome, ServiceCall } from "../contract.ts";
import { manifestWith, serviceCall } from "../service_bench.ts";
import { networkFailure } from "./failure.ts";
import { createHttpService } from "./service.ts";

const SECRET = 'tok"en/ü 1';
const ascii = "s3cr3t-t0ken+/=";
const entries: Record<string, string> = {
  "default/T": ascii,
  "default/ODD": SECRET,
  "default/NL": "a\nb",
  "other/T": "other",
};

/** A server on loopback, with what it was asked. */
function serve(handler: (request: Request, body: string) => Response | Promise<Response>) {
  const asked: { method: string; path: string; headers: Headers; body: string }[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const body = await request.text();
    asked.push({ method: request.method, path: new URL(request.url).pathname, headers: request.headers, body });
    return handler(request, body);
  });
  const host = `127.0.0.1:${server.addr.port}`;
  return { host, url: `http://${host}`, asked, [Symbol.asyncDispose]: () => server.shutdown() };
}

const http = createHttpService({ readSecret: (namespace, name) => entries[`${namespace}/${name}`] });

function ask(manifest: Partial<Manifest>, args: Json[], over: Partial<ServiceCall> = {}): Promise<Outcome> {
  const call = serviceCall({ method: "fetch", args, manifest: manifestWith(manifest), ...over });
  http.traits(call);
  return Promise.resolve(http.call(call));
}

function value(outcome: Outcome): JsonObject {
  assert.ok(outcome.type === "result", JSON.stringify(outcome));
  return outcome.value as JsonObject;
}

function failure(outcome: Outcome) {
  assert.ok(outcome.type === "error", JSON.stringify(outcome));
  return outcome;
}

Deno.test("a request goes out as written and its answer comes back whole, whatever the status", async () => {
  await using server = serve((_, body) => {
    const headers = [["x-many", "1"], ["x-many", "2"], ["set-cookie", "session=1"]] as [string, string][];
    return new Response(`got ${body} ü\0`, { status: 404, headers });
  });
  const manifest = { hosts: [server.host] };
  const options = { method: "PUT", headers: { "X-Test": "yes", accept: "a/b" }, body: "bödy" };
  const answer = value(await ask(manifest, [`${server.url}/p?q=1`, options]));
  assert.equal(answer.status, 404);
  assert.equal(answer.statusText, "Not Found");
  assert.equal(answer.url, `${server.url}/p?q=1`);
  assert.equal(answer.body, "got bödy ü\0");
  assert.ok(!("bodyBase64" in answer));
  const headers = answer.headers as JsonObject;
  assert.equal(headers["x-many"], "1, 2");
  assert.ok(!("set-cookie" in headers), "a session's secret stays outside the journal");
  const [asked] = server.asked;
  assert.deepEqual([asked!.method, asked!.path, asked!.body, asked!.headers.get("x-test")], [
    "PUT",
    "/p",
    "bödy",
    "yes",
  ]);
});

Deno.test("json and bytes go out as such, and bytes that are no text come back in base64", async () => {
  await using server = serve(() => new Response(new Uint8Array([0xff, 0, 0xfe])));
  const manifest = { hosts: [server.host] };
  const answer = value(await ask(manifest, [server.url, { method: "POST", json: { a: [1, null] } }]));
  assert.deepEqual([answer.body, answer.bodyBase64], ["", "/wD+"]);
  await ask(manifest, [server.url, { method: "POST", bodyBase64: btoa("bytes") }]);
  assert.deepEqual(server.asked.map(({ body }) => body), ['{"a":[1,null]}', "bytes"]);
  assert.equal(server.asked[0]!.headers.get("content-type"), "application/json");
});

Deno.test("the call's id is its idempotency key, the same in every attempt", async () => {
  await using server = serve(() => new Response(null, { status: 204 }));
  for (const attempt of [1, 2]) {
    const args = [server.url, { method: "POST", idempotencyKey: true }];
    await ask({ hosts: [server.host] }, args, { attempt, frameId: "run-9.4" });
  }
  assert.deepEqual(server.asked.map(({ headers }) => headers.get("idempotency-key")), ["run-9.4", "run-9.4"]);
});

Deno.test("a host that is not listed is refused before anything is sent, loopback too", async () => {
  await using server = serve(() => new Response("reached"));
  for (const hosts of [[], ["127.0.0.1"], ["localhost:" + server.host.split(":")[1]], ["*.0.0.1"]]) {
    await assert.rejects(async () => await ask({ hosts }, [server.url]), { code: "HOST_REFUSED" });
  }
  assert.equal(server.asked.length, 0);
});

Deno.test("redirects are followed and each is checked", async () => {
  await using other = serve(() => new Response("other"));
  await using server = serve((request) => {
    const { pathname } = new URL(request.url);
    const hop = Number(pathname.slice(1));
    if (pathname === "/out") return Response.redirect(`${other.url}/`, 302);
    if (pathname === "/file") return new Response(null, { status: 302, headers: { location: "file:///etc/passwd" } });
    if (pathname === "/see") return new Response(null, { status: 303, headers: { location: "/0" } });
    if (pathname === "/keep") return new Response(null, { status: 307, headers: { location: "/0" } });
    return hop > 0 ? new Response(null, { status: 302, headers: { location: `/${hop - 1}` } }) : new Response("end");
  });
  const manifest = { hosts: [server.host] };
  const arrived = value(await ask(manifest, [`${server.url}/5`]));
  assert.deepEqual([arrived.body, arrived.url], ["end", `${server.url}/0`]);
  assert.equal(failure(await ask(manifest, [`${server.url}/6`])).error.code, "UNAVAILABLE");
  assert.equal(failure(await ask(manifest, [`${server.url}/out`])).error.code, "HOST_REFUSED");
  assert.equal(failure(await ask(manifest, [`${server.url}/file`])).error.code, "HOST_REFUSED");
  assert.equal(other.asked.length, 0);
  assert.equal(value(await ask({ hosts: [server.host, other.host] }, [`${server.url}/out`])).body, "other");
  assert.equal(value(await ask(manifest, [`${server.url}/5`, { redirect: "manual" }])).status, 302);
  assert.equal(failure(await ask(manifest, [`${server.url}/5`, { redirect: "error" }])).error.code, "HOST_REFUSED");
  server.asked.length = 0;
  await ask(manifest, [`${server.url}/see`, { method: "POST", body: "b" }]);
  await ask(manifest, [`${server.url}/keep`, { method: "POST", body: "b" }]);
  assert.deepEqual(server.asked.map(({ method, body }) => method + body), ["POSTb", "GET", "POSTb", "POSTb"]);
});

Deno.test("secrets are put in on the host: in headers, the body, and anywhere in json", async () => {
  await using server = serve(() => new Response("ok"));
  const manifest = { hosts: [server.host] };
  const token = { $secret: "default/T" };
  const headers = { authorization: ["Bearer ", token], "x-key": token };
  await ask(manifest, [server.url, { method: "POST", headers, body: ["a=", token] }]);
  await ask(manifest, [server.url, { method: "POST", json: { deep: [{ key: { $secret: "default/ODD" } }], n: 1 } }]);
  assert.equal(server.asked[0]!.headers.get("authorization"), `Bearer ${ascii}`);
  assert.equal(server.asked[0]!.headers.get("x-key"), ascii);
  assert.equal(server.asked[0]!.body, `a=${ascii}`);
  assert.deepEqual(JSON.parse(server.asked[1]!.body), { deep: [{ key: SECRET }], n: 1 });
});

Deno.test("a secret of an undeclared namespace, or that is not there, is refused and nothing is sent", async () => {
  await using server = serve(() => new Response("ok"));
  const manifest = { hosts: [server.host] };
  for (
    const [reference, code] of [["other/T", "NAMESPACE_REFUSED"], ["default/absent", "CREDENTIALS"]] as const
  ) {
    const secret = { $secret: reference };
    for (
      const options of [{ headers: { a: secret } }, { method: "POST", body: secret }, {
        method: "POST",
        json: [secret],
      }]
    ) {
      assert.equal(failure(await ask(manifest, [server.url, options])).error.code, code);
    }
  }
  const broken = failure(await ask(manifest, [server.url, { headers: { a: { $secret: "default/NL" } } }]));
  assert.equal(broken.error.code, "INVALID_INPUT");
  assert.ok(!JSON.stringify(broken).includes("a\\nb"));
  assert.equal(server.asked.length, 0);
});

Deno.test("what the server repeats of a secret is taken out of the answer, however it is written", async () => {
  await using server = serve((request) => {
    const key = request.headers.get("x-key")!;
    const forms = [key, JSON.stringify(SECRET), encodeURIComponent(SECRET), encodeURIComponent(key), btoa(key), SECRET];
    const url = `/echo?k=${encodeURIComponent(key)}`;
    if (new URL(request.url).pathname === "/go") return new Response(null, { status: 307, headers: { location: url } });
    return new Response(forms.join("|"), { headers: { "x-echo": `you sent ${key}` } });
  });
  const options = { method: "POST", headers: { "x-key": { $secret: "default/T" } }, json: { $secret: "default/ODD" } };
  const answer = value(await ask({ hosts: [server.host] }, [`${server.url}/go`, options]));
  assert.equal(answer.body, '***|"***"|***|***|***|***');
  assert.equal((answer.headers as JsonObject)["x-echo"], "you sent ***");
  const text = JSON.stringify(answer);
  for (const part of [ascii, "t0ken", SECRET, "tok"]) assert.ok(!text.includes(part), part);
});

Deno.test("on the way to another origin secrets are left behind", async () => {
  await using other = serve(() => new Response("other"));
  await using server = serve((request) => {
    const status = new URL(request.url).pathname === "/307" ? 307 : 302;
    return new Response(null, { status, headers: { location: other.url } });
  });
  const manifest = { hosts: [server.host, other.host] };
  const secret = { $secret: "default/T" };
  const headers = { authorization: "Basic x", cookie: "c=1", "x-key": secret, "x-plain": "stays" };
  assert.equal(value(await ask(manifest, [server.url, { method: "POST", headers, body: secret }])).body, "other");
  const [asked] = other.asked;
  for (const name of ["authorization", "cookie", "x-key"]) assert.equal(asked!.headers.get(name), null);
  assert.equal(asked!.headers.get("x-plain"), "stays");
  assert.equal(asked!.body, "");
  const refused = failure(await ask(manifest, [`${server.url}/307`, { method: "POST", json: { key: secret } }]));
  assert.equal(refused.error.code, "HOST_REFUSED");
  assert.equal(other.asked.length, 1);
});

Deno.test("an answer over 16 MiB is refused without reading it to its end", async () => {
  let sent = 0;
  const chunk = new Uint8Array(1024 * 1024);
  await using server = serve(() =>
    new Response(
      new ReadableStream({
        pull(controller) {
          sent++;
          if (sent > 200) controller.close();
          else controller.enqueue(chunk);
        },
      }),
    )
  );
  assert.equal(failure(await ask({ hosts: [server.host] }, [server.url])).error.code, "TOO_LARGE");
  assert.ok(sent < 200, `${sent} MiB were sent`);
});

Deno.test("a body that would be over 16 MiB in the journal is refused", async () => {
  await using server = serve(() => new Response("\0".repeat(3 * 1024 * 1024)));
  assert.equal(failure(await ask({ hosts: [server.host] }, [server.url])).error.code, "TOO_LARGE");
});

/** A listener that reads what it is sent and hangs up. */
function hangUp() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const done = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(65_536));
      connection.close();
    }
  })();
  const host = `127.0.0.1:${(listener.addr as Deno.NetAddr).port}`;
  return {
    host,
    async [Symbol.asyncDispose]() {
      listener.close();
      await done;
    },
  };
}

Deno.test("a broken connection is tried again when that is harmless, and otherwise its outcome is unknown", async () => {
  await using broken = hangUp();
  const manifest = { hosts: [broken.host] };
  const url = `http://${broken.host}/path?token=in-the-query`;
  for (const options of [{}, { method: "POST", idempotencyKey: true }]) {
    const failed = failure(await ask(manifest, [url, options]));
    assert.deepEqual([failed.error.code, failed.retry], ["UNAVAILABLE", {}]);
    assert.ok(!failed.error.message.includes("in-the-query"), failed.error.message);
  }
  const headers = { "x-key": { $secret: "default/T" } };
  const unknown = failure(await ask(manifest, [url, { method: "POST", headers, body: "b" }]));
  assert.deepEqual([unknown.error.code, unknown.retry], ["OUTCOME_UNKNOWN", undefined]);
  assert.ok(!JSON.stringify(unknown).includes(ascii));
});

Deno.test("a host that nobody answers at is tried again, whatever the method: nothing was sent", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const host = `127.0.0.1:${(listener.addr as Deno.NetAddr).port}`;
  listener.close();
  for (const method of ["GET", "POST"]) {
    const failed = failure(await ask({ hosts: [host] }, [`http://${host}/`, { method }]));
    assert.deepEqual([failed.error.code, failed.retry], ["UNAVAILABLE", {}]);
    assert.match(failed.error.message, /refused/i);
  }
});

Deno.test("a port that fetch never goes to is refused for good; where it does, nobody answers there", async () => {
  const url = "http://127.0.0.1:6000/path?token=in-the-query";
  const why = await fetch(url).then(() => assert.fail("somebody answers"), (error: Error) => error.message);
  const failed = failure(await ask({ hosts: ["127.0.0.1:6000"] }, [url, { method: "POST", body: "b" }]));
  const expected = /blocked/.test(why) ? ["HOST_REFUSED", undefined] : ["UNAVAILABLE", {}];
  assert.deepEqual([failed.error.code, failed.retry], expected);
  assert.ok(!JSON.stringify(failed).includes("in-the-query"));
  const blocked = new TypeError("Fetch failed: Requests to port 6000 are blocked");
  const about = { target: "GET h/", requests: 2, repeatable: true, aborted: false, redact: (text: string) => text };
  const outcome = failure(networkFailure({ error: blocked, ...about }));
  assert.deepEqual([outcome.error.code, outcome.retry], ["HOST_REFUSED", undefined]);
});

Deno.test("an attempt that is given up ends at once, and a write's outcome is then unknown", async () => {
  for (const [method, code] of [["GET", "TIMEOUT"], ["POST", "OUTCOME_UNKNOWN"]] as const) {
    const arrived = Promise.withResolvers<void>();
    const release = Promise.withResolvers<Response>();
    await using server = serve(() => {
      arrived.resolve();
      return release.promise;
    });
    const controller = new AbortController();
    const outcome = ask({ hosts: [server.host] }, [server.url, { method }], { signal: controller.signal });
    await arrived.promise;
    controller.abort();
    assert.equal(failure(await outcome).error.code, code);
    release.resolve(new Response("late"));
  }
});

Deno.test("the timeout of an attempt is the call's own or 30 s", () => {
  const traits = (options: Json) =>
    http.traits({
      method: "fetch",
      args: ["https://a.example/", options],
      manifest: manifestWith({ hosts: ["a.example"] }),
    });
  assert.deepEqual(traits({}), { repeatable: true, timeout: 30_000 });
  assert.deepEqual(traits({ method: "DELETE", timeout: 90_000 }), { repeatable: false, timeout: 90_000 });
});

Deno.test("an attempt's requests are counted with the bytes of their bodies, redirects among them", async () => {
  await using server = serve((request) =>
    request.url.endsWith("/from")
      ? new Response(null, { status: 307, headers: { location: "/to" } })
      : new Response("ü!")
  );
  const departure = new Departure("1.1", [server.host], () => Promise.reject(new Error("another host")));
  const sent = [`${server.url}/from`, { method: "POST", body: "bödy", idempotencyKey: true }];
  value(await leaving(departure, () => ask({ hosts: [server.host] }, sent)));
  assert.deepEqual(departure.usage, { calls: 1, units: 0, bytes: 2 * 5 + 3 });
  assert.deepEqual(departure.over().map(({ requests }) => requests), [2]);
});
