import assert from "node:assert/strict";
import vm from "node:vm";
import { drive, resultOf, runStart, task, withExecutor } from "./fixtures/drive.ts";
import type { Answer } from "./fixtures/drive.ts";

/** What a task's body results in. */
async function evaluate(body: string, answer?: Answer): Promise<unknown> {
  let result: unknown;
  await withExecutor(async (executor) => {
    result = await resultOf(executor, task(body), answer);
  });
  return result;
}

Deno.test("console lines are numbered through the run and carry the time of their turn", () =>
  withExecutor(async (executor) => {
    const code = task(`
      console.log("start", { a: [1, "two"] }, null); console.debug("%s is %d", "x", 2.5, "rest");
      await tools.timer.sleep(1);
      console.warn(new Map([["k", new Set([1])]])); console.error("bad"); console.group("g"); console.info("in");`);
    const { turns } = await drive(executor, code);
    const line = (index: number, at: number, level: string, text: string) => ({ index, at, level, text });
    assert.deepEqual(turns.map((turn) => turn.logs), [
      [line(0, 1_000_000, "info", 'start { a: [ 1, "two" ] } null'), line(1, 1_000_000, "debug", "x is 2.5 rest")],
      [
        line(2, 1_001_000, "warn", 'Map(1) { "k" => Set(1) { 1 } }'),
        line(3, 1_001_000, "error", "bad"),
        line(4, 1_001_000, "info", "g"),
        line(5, 1_001_000, "info", "  in"),
      ],
    ]);
  }));

Deno.test("console shows anything without running away: circles, proxies, getters, errors, huge values", async () => {
  await withExecutor(async (executor) => {
    const code = task(`
      const circle = { name: "c" }; circle.self = circle; console.log(circle);
      console.log(new Proxy({}, { ownKeys() { throw new Error("no"); } }));
      console.log({ get secret() { throw new Error("read"); } });
      console.log("x".repeat(1e6)); console.log(Array(1e6).fill(1)); console.log(new Error("shown"));`);
    const { turns, outcome } = await drive(executor, code);
    const [circle, proxy, getter, long, list, error] = turns[0]!.logs.map((line) => line.text);
    assert.equal(outcome?.type, "completed");
    assert.equal(circle, '{ name: "c", self: [circular] }');
    assert.equal(proxy, "[a value that cannot be shown]");
    assert.equal(getter, "{ secret: [getter] }");
    assert.ok(long!.length < 33_000 && list!.length < 33_000);
    assert.match(error!, /^Error: shown\n {4}at task \(sample\.js:6:/);
  });
});

Deno.test("setTimeout is a durable sleep; a cleared one forgets its function", () =>
  withExecutor(async (executor) => {
    const code = task(`
      const seen = [];
      const cleared = setTimeout(() => seen.push("never"), 10);
      clearTimeout(cleared);
      await new Promise((resolve) => setTimeout((a, b) => { seen.push(a + b, Date.now()); resolve(); }, 2500, 1, 2));
      let ticks = 0;
      await new Promise((resolve) => { const id = setInterval(() => { if (++ticks === 2) { clearInterval(id); resolve(); } }, 5); });
      return [...seen, ticks];`);
    const { calls, outcome } = await drive(executor, code);
    assert.deepEqual(calls.map(({ service, method, args }) => `${service}.${method}${args}`), [
      "timer.sleep[10]",
      "timer.sleep[2500]",
      "timer.sleep[5]",
      "timer.sleep[5]",
    ]);
    assert.deepEqual(outcome, { type: "completed", json: "[3,1002000,2]" });
    const thrown = await drive(executor, task("setTimeout(() => { throw new Error('late'); }, 1); await tools.a.b();"));
    assert.equal(thrown.outcome?.type, "failed");
  }));

Deno.test("fetch is a call of the service http and answers like a Response", () =>
  withExecutor(async (executor) => {
    const code = task(`
      const response = await fetch(new URL("/x?q=1", "https://example.com"), { method: "post", headers: { "X-A": "1" }, body: new URLSearchParams({ a: "b c" }) });
      const { ok, status, statusText, url } = response;
      const json = await response.json();
      const again = await response.text().catch((error) => error.name);
      return { ok, status, statusText, url, type: response.headers.get("Content-Type"), has: response.headers.has("no"), all: [...response.headers], json, again };`);
    const { calls, outcome } = await drive(executor, code, () => ({
      status: 201,
      statusText: "Created",
      url: "https://example.com/x?q=1",
      headers: { "content-type": "application/json" },
      body: '{"made":true}',
    }));
    assert.deepEqual(calls.map((call) => [call.service, call.method, JSON.parse(call.args)]), [["http", "fetch", [
      "https://example.com/x?q=1",
      {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded;charset=UTF-8", "x-a": "1" },
        body: "a=b+c",
      },
    ]]]);
    assert.deepEqual(JSON.parse(outcome?.type === "completed" ? outcome.json : "null"), {
      ok: true,
      status: 201,
      statusText: "Created",
      url: "https://example.com/x?q=1",
      type: "application/json",
      has: false,
      all: [["content-type", "application/json"]],
      json: { made: true },
      again: "TypeError",
    });
  }));

Deno.test("a fetch that is aborted rejects with the signal's reason", async () => {
  const body = `
    const controller = new AbortController();
    const asked = fetch("https://example.com", { signal: controller.signal });
    setTimeout(() => controller.abort(), 1);
    const first = await asked.catch((error) => [error.name, error instanceof DOMException]);
    return [...first, await fetch("https://x.y", { signal: AbortSignal.abort("why") }).catch((reason) => reason)];`;
  let sleep = 0;
  await withExecutor(async (executor) => {
    const { realm, report } = await executor.start(task(body), runStart());
    sleep = report.turns[0]!.calls.find((call) => call.service === "timer")!.seq;
    const { outcome } = await realm.deliver([{ seq: sleep, at: 1, ok: true, json: "null" }]);
    assert.deepEqual(outcome, { type: "completed", json: '["AbortError",true,"why"]' });
  });
});

Deno.test("a database chain is one call whose method names its steps", () =>
  withExecutor(async (executor) => {
    const code = task(`
      const rows = await tools.database.from("people").select("*").eq("age", 3).order("name", { ascending: true });
      await tools.supabase.from("people").insert({ name: "x" }).select().single();
      await __callHostTool__("database", ["from", "select", "eq"], [["people"], ["*"], ["age", 3]]);
      return rows;`);
    const { calls, outcome } = await drive(executor, code, (call) => call.seq);
    assert.deepEqual(calls.map(({ service, method, args }) => [service, method, JSON.parse(args)]), [
      ["database", "from.select.eq.order", [["people"], ["*"], ["age", 3], ["name", { ascending: true }]]],
      ["database", "from.insert.select.single", [["people"], [{ name: "x" }], [], []]],
      ["database", "from.select.eq", [["people"], ["*"], ["age", 3]]],
    ]);
    assert.deepEqual(outcome, { type: "completed", json: "1" });
  }));

Deno.test("Date is the time of the delivery, and otherwise Date", async () => {
  const result = await evaluate(`
    class Day extends Date {}
    await tools.timer.sleep(1);
    const now = new Intl.DateTimeFormat("en", { year: "numeric", timeZone: "UTC" }).format();
    return [Date.now(), new Date().getTime(), +new Date(5), new Date("2020-01-02").toISOString(), Date.UTC(1970, 0, 2),
      new Date() instanceof Date, new Day() instanceof Day, +new Day(), typeof Date(), Date() === new Date().toString(), Date.length,
      Date.name, new Date().constructor === Date, performance.now(), performance.timeOrigin, now];`);
  assert.deepEqual(result, [
    1_001_000,
    1_001_000,
    5,
    "2020-01-02T00:00:00.000Z",
    86_400_000,
    true,
    true,
    1_001_000,
    "string",
    true,
    7,
    "Date",
    true,
    1_000,
    1_000_000,
    "1970",
  ]); // deno-fmt-ignore
});

Deno.test("random numbers are spread evenly and UUIDs are of version 4", async () => {
  const { mean, low, high, uuid, distinct } = await evaluate(`
    const all = Array.from({ length: 20000 }, () => Math.random());
    const uuids = new Set(Array.from({ length: 1000 }, () => crypto.randomUUID()));
    return { mean: all.reduce((a, b) => a + b) / all.length, low: Math.min(...all), high: Math.max(...all), uuid: [...uuids][0], distinct: uuids.size };`) as Record<
    string,
    number & string
  >;
  assert.ok(Math.abs(mean! - 0.5) < 0.01 && low! >= 0 && high! < 1);
  assert.match(uuid!, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(distinct, 1_000);
});

Deno.test("texts, bytes and clones go there and back", async () => {
  const result = await evaluate(`
    const text = "aé€😀\\ud800";
    const bytes = new TextEncoder().encode(text);
    const stream = new TextDecoder();
    const pieces = [...bytes].map((byte) => stream.decode(new Uint8Array([byte]), { stream: true })).join("") + stream.decode();
    const map = new Map([["k", { d: new Date(5), r: /x/g, s: new Set([1]), e: new TypeError("t") }]]); map.set("self", map);
    const copy = structuredClone(map);
    const fatal = (() => { try { new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([0xff])); } catch (e) { return e.name; } })();
    return [[...bytes], pieces, new TextDecoder().decode(new Uint8Array([0xf0, 0x9f, 0x41, 0xc0])), fatal, btoa("h\\xe9llo"), atob("aOlsbG8="),
      atob(" YQ == "), copy !== map, copy.get("self") === copy, +copy.get("k").d, copy.get("k").r.flags, copy.get("k").e.name,
      structuredClone(new Uint16Array([1, 65535]))[1]];`);
  const wellFormed = "aé€😀\ufffd";
  assert.deepEqual(result, [
    [...new TextEncoder().encode(wellFormed)],
    wellFormed,
    "\ufffdA\ufffd",
    "TypeError",
    "aOlsbG8=",
    "h\xe9llo",
    "a",
    true,
    true,
    5,
    "g",
    "TypeError",
    65_535,
  ]); // deno-fmt-ignore
});

Deno.test("URL and URLSearchParams agree with the runtime's own", async () => {
  const inputs: [string, string?][] = [
    ["https://user:pa ss@EXAMPLE.com:443/a/./b/../c%20d/?q=1&r=ü#f<"],
    ["http://1.2.3/x"],
    ["http://0x7f.1/"],
    ["http://[::1]:8080/"],
    ["http://[1:2::3:4]"],
    ["http://[::ffff:1.2.3.4]/"],
    ["//other.org/x", "https://a.b/c/d?e#f"],
    ["../x?y", "https://a.b/c/d/e"],
    ["?z", "https://a.b/c?d#e"],
    ["#z", "https://a.b/c?d#e"],
    ["", "https://a.b/c?d#e"],
    ["/abs", "https://u:p@a.b:81/c"],
    ["mailto:a@b.c?subject=x y"],
    ["data:text/plain,hello world"],
    ["http:\\\\a.b\\c"],
    ["https:a.b"],
    ["https:x", "https://a.b/c/d"],
    ["http://münchen.de/ä"],
    ["http://a.b:99999/"],
    ["http://a b/"],
    ["nonsense"],
    ["http://"],
    ["foo://bar/baz?q#h"],
    ["foo://bar"],
    ["foo:/a/../b"],
    ["file:///etc/../x"],
    ["http://a.b/%7Efoo/%zz"],
    ["  http://a.b/ \n"],
    ["http://a.b?x=1"],
    ["http://a.b/a/.."],
    ["http://a.b/a/../.."],
    ["http://ex%41mple.com/"],
    ["http://256.1.1.1/"],
    ["http://a.b:80/"],
    ["ws://a.b:80/"],
    ["x:y", "http://a.b"],
    ["http://a@b@c/"],
    ["http://a.b/{}^|`"],
    ["http://☃.net/"],
    ["javascript:alert(1)"],
    ["a/b", "foo://h/c/d"],
    ["http://a.b/'?'"],
  ]; // deno-fmt-ignore
  const shown = `const show = ([input, base]) => { try { const u = new URL(input, base); return [u.href, u.origin, u.protocol, u.username, u.password,
    u.host, u.hostname, u.port, u.pathname, u.search, u.hash, [...u.searchParams]]; } catch (e) { return e.name; } };
    const edit = (change) => { const u = new URL("https://u:p@a.b:8080/x/y?q=1&q=2#h"); change(u); return u.href; };
    const edits = [(u) => u.searchParams.set("q", "3 4&"), (u) => u.searchParams.append("é", "~!'()*"), (u) => u.searchParams.delete("q"), (u) => u.search = "?n=1",
      (u) => u.hash = "", (u) => u.hash = "a b", (u) => u.pathname = "a/../b c", (u) => u.port = "443", (u) => u.port = "x", (u) => u.host = "c.d:1", (u) => u.hostname = "e f",
      (u) => u.protocol = "http", (u) => u.protocol = "foo", (u) => u.username = "n@", (u) => u.password = "", (u) => u.href = "http://z/"].map(edit);
    const p = new URLSearchParams("?a=1&b=%zz&c=%E2%82&&d&a=+2"); p.sort();
    return JSON.stringify([input.map(show), edits, String(p), p.get("c"), p.getAll("a"), p.has("d", ""), p.size, String(new URLSearchParams([["x", "y z"]]))]);`;
  const expected = JSON.parse(new Function("input", shown)(inputs));
  await withExecutor(async (executor) => {
    const actual = JSON.parse(await resultOf(executor, task(shown), undefined, inputs) as string);
    inputs.forEach((input, i) => assert.deepEqual([input, actual[0][i]], [input, expected[0][i]]));
    assert.deepEqual(actual.slice(1), expected.slice(1));
  });
});

Deno.test("abort signals tell their listeners once, and combine", async () => {
  const result = await evaluate(`
    const seen = [];
    const controller = new AbortController();
    const any = AbortSignal.any([controller.signal, AbortSignal.timeout(5)]);
    controller.signal.addEventListener("abort", (event) => seen.push(event.type, event.target === controller.signal), { once: true });
    any.onabort = () => seen.push("any");
    controller.abort(); controller.abort();
    try { any.throwIfAborted(); } catch (error) { seen.push(error.name, error.code); }
    await tools.timer.sleep(1);
    return [...seen, controller.signal.aborted];`);
  assert.deepEqual(result, ["abort", true, "any", "AbortError", 20, true]);
});

Deno.test("queueMicrotask runs before the turn ends; what it throws fails the run", () =>
  withExecutor(async (executor) => {
    const fine = task("const s = []; queueMicrotask(() => s.push(1)); await null; await null; return s;");
    assert.deepEqual(await resultOf(executor, fine), [1]);
    const { outcome } = await drive(
      executor,
      task("queueMicrotask(() => { throw new Error('m'); }); await tools.a.b();"),
    );
    assert.equal(outcome?.type === "failed" && outcome.error.message, "m");
  }));

Deno.test("of what the runtime has, a realm has only what tasks are promised", () =>
  withExecutor(async (executor) => {
    const language = new Set<string>(vm.runInNewContext("Object.getOwnPropertyNames(globalThis)"));
    const runtime = [
      ...Object.getOwnPropertyNames(globalThis),
      "postMessage",
      "importScripts",
      "global",
      "setImmediate",
    ];
    const code = task("return input.filter((name) => typeof globalThis[name] !== 'undefined');");
    const names = await resultOf(executor, code, undefined, runtime.filter((name) => !language.has(name)));
    assert.deepEqual(
      (names as string[]).sort(),
      [
        "AbortController",
        "AbortSignal",
        "DOMException",
        "Event",
        "EventTarget",
        "Headers",
        "Response",
        "TextDecoder",
        "TextEncoder",
        "URL",
        "URLSearchParams",
        "atob",
        "btoa",
        "clearInterval",
        "clearTimeout",
        "crypto",
        "fetch",
        "performance",
        "queueMicrotask",
        "setInterval",
        "setTimeout",
        "structuredClone",
      ].filter((name) => !language.has(name)),
    ); // deno-fmt-ignore
  }));
