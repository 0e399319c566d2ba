/** What no well-behaved client sends, on real connections: each gets its answer or is cut off, and nobody else notices. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { systemClock } from "../../src/core/clock.ts";
import { Rig } from "../../src/engine/rig.ts";
import { becomeOwner, type Owner } from "../../src/server/owner.ts";
import { readAddress } from "../../src/server/client.ts";
import { fuzz } from "./seed.ts";

const EXECUTE = "/functions/v1/tasks/execute";
const GOOD = '{"taskName":"free","input":{"a":1}}';
const MEBI = 1024 * 1024;
const encoder = new TextEncoder();

/** An owner of a file with a task in it, and what speaks to it byte by byte. */
class Bed implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "tasker-fuzz-" });
  readonly owner: Owner;
  readonly token: string;

  constructor() {
    const rig = new Rig({ path: `${this.folder}/tasker.db` });
    rig.publish("free", "module.exports = (input) => input;");
    rig.publish("sleeps", "module.exports = async () => { await tools.timer.sleep(1e9); };");
    rig.store.close();
    Deno.removeSync(rig.folder, { recursive: true });
    const path = `${this.folder}/tasker.db`;
    this.owner = becomeOwner({ databasePath: path, port: 0, concurrency: 4, quotaProfile: "new", version: "9.9.9" })!;
    this.token = readAddress(path)!.token;
  }

  head(lines: readonly string[] = [], { method = "POST", path = EXECUTE, token = this.token } = {}): string {
    return [`${method} ${path} HTTP/1.1`, `Host: 127.0.0.1`, `Authorization: Bearer ${token}`, ...lines, "", ""].join(
      "\r\n",
    );
  }

  connect(): Promise<Deno.TcpConn> {
    return Deno.connect({ hostname: "127.0.0.1", port: this.owner.port });
  }

  /** Sends and reads to the end: what came back. Cut off, it closes its side before. */
  async say(parts: readonly (string | Uint8Array)[], { isCut = false } = {}): Promise<string> {
    using connection = await this.connect();
    try {
      for (const part of parts) await writeAll(connection, typeof part === "string" ? encoder.encode(part) : part);
      if (isCut) await connection.closeWrite();
    } catch (error) {
      assertCutOff(error);
    }
    return await readAll(connection);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.owner.stop();
    Deno.removeSync(this.folder, { recursive: true });
  }
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await connection.write(rest));
}

async function readAll(connection: Deno.TcpConn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let text = "";
  try {
    while (!isWhole(text)) {
      const read = await connection.read(buffer);
      if (read === null) break;
      text += decoder.decode(buffer.subarray(0, read), { stream: true });
    }
  } catch (error) {
    assertCutOff(error);
  }
  return text;
}

/** Whether an answer is there to its end: the server may leave the connection open for the rest of what was announced. */
function isWhole(text: string): boolean {
  const last = text.lastIndexOf("HTTP/1.");
  const end = text.indexOf("\r\n\r\n", Math.max(0, last));
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(last, end))?.[1];
  return end > 0 && length !== undefined && text.length >= end + 4 + Number(length);
}

/** The server may cut off whoever goes on sending what it has refused. */
function assertCutOff(error: unknown): void {
  const kinds = [
    Deno.errors.ConnectionReset,
    Deno.errors.BrokenPipe,
    Deno.errors.ConnectionAborted,
    Deno.errors.NotConnected,
  ];
  assert.ok(kinds.some((kind) => error instanceof kind), String(error));
}

/** Status and code of an answer; the transport's own refusals have no body. */
function answered(text: string): [status: number, code?: string] {
  const status = Number([...text.matchAll(/^HTTP\/1\.[01] (\d{3})/gm)].at(-1)?.[1] ?? 0);
  const body = /\{.*\}/s.exec(text)?.[0];
  if (body === undefined) return [status];
  const { error } = JSON.parse(body);
  if (error === undefined) return [status];
  for (const part of [error.code, error.message, error.hint]) assert.ok(typeof part === "string" && part !== "", text);
  return [status, error.code];
}

const chunk = (text: string) => `${encoder.encode(text).length.toString(16)}\r\n${text}\r\n`;
const chunked = ["Transfer-Encoding: chunked", "Connection: close"];
const length = (bytes: number) => [`Content-Length: ${bytes}`, "Connection: close"];

Deno.test("bodies come whole, in pieces, too large or broken off", async () => {
  await using bed = new Bed();
  const pieces = [...GOOD].map(chunk).join("") + "0\r\n\r\n";
  const cases: [string, string[], [number, string?][]][] = [
    ["whole", [bed.head(length(GOOD.length)), GOOD], [[202]]],
    ["in many chunks", [bed.head(chunked), pieces], [[202]]],
    ["with an expectation", [bed.head([...length(GOOD.length), "Expect: 100-continue"]), GOOD], [[202]]],
    ["announced too large", [bed.head(length(MEBI + 1))], [[413, "TOO_LARGE"]]],
    ["too large in chunks", [bed.head(chunked), ...Array(40).fill(chunk("x".repeat(50_000))), "0\r\n\r\n"], [[
      413,
      "TOO_LARGE",
    ], [0]]],
    ["as large as may be", [bed.head(length(MEBI)), " ".repeat(MEBI - GOOD.length), GOOD], [[202]]],
    ["shorter than announced", [bed.head(length(100)), GOOD], [[400, "INVALID_INPUT"], [0]]],
    ["cut off in a chunk", [bed.head(chunked), chunk(GOOD).slice(0, -9)], [[400, "INVALID_INPUT"], [0]]],
    ["with a chunk of no size", [bed.head(chunked), "zz\r\nxx\r\n"], [[400, "INVALID_INPUT"], [400], [0]]],
    ["with a length that is none", [bed.head(length(-1)), GOOD], [[400]]],
    ["with two lengths", [bed.head([...length(3), ...length(5)]), GOOD], [[400]]],
    ["no body at all", [bed.head(length(0))], [[400, "INVALID_INPUT"]]],
  ];
  for (const [what, parts, allowed] of cases) {
    const got = answered(await bed.say(parts, { isCut: /shorter|cut off/.test(what) }));
    assert.ok(allowed.some((one) => JSON.stringify(one) === JSON.stringify(got)), `${what}: ${JSON.stringify(got)}`);
  }
  assert.equal((await bed.owner.client.health()).status, "ok");
});

Deno.test("what is no HTTP, or not for this host, is refused", async () => {
  await using bed = new Bed();
  const close = "Connection: close";
  const auth = `Authorization: Bearer ${bed.token}`;
  const cases: [string, string | Uint8Array, [number, string?][]][] = [
    ["a greeting", "hello\r\n\r\n", [[400]]],
    ["TLS", new Uint8Array([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), [[400], [0]]],
    ["another host", `GET /health HTTP/1.1\r\nHost: evil.example\r\n${auth}\r\n${close}\r\n\r\n`, [[403, "FORBIDDEN"]]],
    ["two hosts", `GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n${auth}\r\n${close}\r\n\r\n`, [[
      400,
    ], [403, "FORBIDDEN"]]],
    [
      "another host as the target",
      `GET http://localhost/health HTTP/1.1\r\nHost: evil.example\r\n${auth}\r\n${close}\r\n\r\n`,
      [[403, "FORBIDDEN"]],
    ],
    [
      "a token of odd bytes",
      `GET /health HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \xff\r\n${close}\r\n\r\n`,
      [[401, "UNAUTHORIZED"], [400]],
    ],
    ["a header with a NUL", bed.head(["X: a\0b", close], { method: "GET", path: "/health" }), [[400]]],
    ["too many headers", bed.head([...Array(500).fill("X: y"), close], { method: "GET", path: "/health" }), [[400], [
      431,
    ]]],
    ["a method of its own", bed.head([close], { method: "BREW", path: "/health" }), [[404, "NOT_FOUND"]]],
    ["a tunnel", `CONNECT a:1 HTTP/1.1\r\nHost: localhost\r\n${auth}\r\n${close}\r\n\r\n`, [[404, "NOT_FOUND"]]],
    ["no token, with a body that does not end", bed.head(chunked, { token: "x" }) + chunk("x"), [[
      401,
      "UNAUTHORIZED",
    ]]],
  ];
  for (const [what, text, allowed] of cases) {
    const got = answered(await bed.say([text]));
    assert.ok(allowed.some((one) => JSON.stringify(one) === JSON.stringify(got)), `${what}: ${JSON.stringify(got)}`);
  }
  assert.equal(bed.owner.activeRuns(), 0);
});

Deno.test("clients that send slowly, never end or go away hold up nobody, nor the end of the server", async () => {
  const bed = new Bed();
  const slow: Deno.TcpConn[] = [];
  try {
    for (let i = 0; i < 20; i++) {
      const connection = await bed.connect();
      slow.push(connection);
      await writeAll(
        connection,
        encoder.encode(bed.head(i % 2 === 0 ? length(100) : chunked) + (i % 2 === 0 ? "{" : "1\r\n{\r\n")),
      );
    }
    for (let i = 0; i < 20; i++) {
      const connection = await bed.connect();
      await writeAll(connection, encoder.encode(bed.head(length(100)) + GOOD));
      connection.close();
    }
    const { taskRunId } = await bed.owner.client.submit({ taskName: "free", input: { n: 1 } });
    for await (const view of bed.owner.client.events(taskRunId)) {
      if (view.status === "completed") assert.deepEqual(view.result, { n: 1 });
    }
    // One of them comes to its end after all.
    await writeAll(slow[0]!, encoder.encode(`"taskName":"free"}${" ".repeat(99 - '"taskName":"free"}'.length)}`));
    const first = new Uint8Array(16);
    await slow[0]!.read(first);
    assert.match(new TextDecoder().decode(first), /^HTTP\/1\.1 202/);
    const { taskRunId: sleeps } = await bed.owner.client.submit({ taskName: "sleeps", input: {} });
    const follower = await bed.connect();
    slow.push(follower);
    await writeAll(
      follower,
      encoder.encode(bed.head([], { method: "GET", path: `/functions/v1/tasks/events?id=${sleeps}` })),
    );
  } finally {
    const late = Promise.withResolvers<never>();
    const cancel = systemClock.after(30_000, () => late.reject(new Error("the server does not end")));
    await Promise.race([bed[Symbol.asyncDispose](), late.promise]);
    cancel();
    for (const connection of slow) connection.close();
  }
});

const noise = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.array(
    fc.constantFrom(
      "GET ",
      "POST ",
      EXECUTE,
      " HTTP/1.1",
      "\r\n",
      "\n",
      "Host: localhost",
      "Content-Length: 5",
      "Transfer-Encoding: chunked",
      ": ",
      "\0",
      "5\r\n",
      GOOD,
      "Upgrade: h2c",
    ),
    { maxLength: 12 },
  )
    .map((words) => encoder.encode(words.join(""))),
);

fuzz("bytes of any kind on a connection end it or are answered, and the next client is served", async (seeded) => {
  await using bed = new Bed();
  const property = fc.asyncProperty(noise, fc.boolean(), async (bytes, begun) => {
    const text = await bed.say([begun ? bed.head(chunked).slice(0, -2) : "", bytes], { isCut: true });
    const [status, code] = answered(text);
    assert.ok(status < 500, text);
    assert.notEqual(code, "INTERNAL");
  });
  await fc.assert(property, seeded(150));
  const { taskRunId } = await bed.owner.client.submit({ taskName: "free", input: { n: 1 } });
  for await (const view of bed.owner.client.events(taskRunId)) if (view.status === "completed") return;
  assert.fail("the run did not complete");
});
