import assert from "node:assert/strict";
import { type Clock, systemClock, VirtualClock } from "../core/clock.ts";
import { TaskerError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { LEGACY_MANIFEST } from "../core/manifest.ts";
import type { Outcome, Service } from "../services/contract.ts";
import { openStore, type Store } from "../store/store.ts";
import type { RunView } from "./api.ts";
import { Client } from "./client.ts";
import { type Host, openHost } from "./host.ts";

/** Answers when the test lets it. */
class Gate implements Service {
  readonly name = "outside";
  readonly local = false;
  readonly opened = Promise.withResolvers<Outcome>();
  readonly called = Promise.withResolvers<void>();
  traits = () => ({ repeatable: true });
  call = () => {
    this.called.resolve();
    return this.opened.promise;
  };
}

class Bed implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync();
  readonly store: Store = openStore(`${this.folder}/tasker.db`);
  readonly gate = new Gate();
  wantsReasons = false;
  readonly host: Host;
  readonly client: Client;

  constructor(clock: Clock = systemClock) {
    const manifest = {
      ...LEGACY_MANIFEST,
      description: "Waits.",
      services: ["outside"],
      input: { type: "object", properties: { n: { type: "integer", default: 3 } }, additionalProperties: false },
    };
    const source = `module.exports = async ({ n }) => {
      console.log("n is", n);
      try {
        return [n, await tools.outside.wait()];
      } catch (error) {
        if (error.code === "CANCELLED") await tools.outside.wait();
        throw error;
      }
    };`;
    this.store.taskFunctions.publish({ name: "waits", source, filename: "waits.js", hash: "1", manifest }, {
      embedded: false,
      now: 0,
    });
    this.host = openHost({
      store: this.store,
      clock,
      services: {
        get: (name) => {
          if (name !== "outside") throw new TaskerError("SERVICE_UNKNOWN", `no ${name}`);
          return this.gate;
        },
      },
      epoch: this.store.db.transaction(() => this.store.owner.take(Deno.pid, 1)),
      audit: { owner: "bed@test", isReasonRequired: () => this.wantsReasons },
      port: 0,
      lanes: 4,
      reveal: (json) => json,
      version: "9.9.9",
    });
    this.host.start(false);
    this.client = new Client(this.host.address);
  }

  ask(path: string, init: RequestInit = {}, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.host.address.url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${this.host.address.token}`, ...headers },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.gate.opened.resolve({ type: "result", value: null });
    await this.host.stop();
    this.store.close();
    Deno.removeSync(this.folder, { recursive: true });
  }
}

async function refusal(response: Response): Promise<[number, string]> {
  const { error } = await response.json() as { error: { code: string; message: string } };
  assert.ok(error.message.length > 0);
  return [response.status, error.code];
}

Deno.test("a task submitted over HTTP runs to its result, and its events end with it", async () => {
  await using bed = new Bed();
  const answer = await bed.client.submit({ taskName: "waits", input: { n: 5 } });
  assert.equal(answer.status, "submitted");
  assert.equal(answer.stackRunId, `${answer.taskRunId}.0`);
  await bed.gate.called.promise;
  const seen: RunView[] = [];
  for await (const view of bed.client.events(answer.taskRunId)) {
    seen.push(view);
    bed.gate.opened.resolve({ type: "result", value: "open" });
  }
  assert.equal(seen[0]!.calls.processing, 1);
  assert.equal(seen.at(-1)!.status, "completed");
  assert.deepEqual(seen.at(-1)!.result, [5, "open"]);
  const { logs } = await (await bed.ask(`/functions/v1/tasks/logs?id=${answer.taskRunId}`)).json();
  assert.deepEqual(logs.map((line: { text: string }) => line.text), ["n is 5"]);
});

Deno.test("a run's end reaches its events at once, however short ago the last one was", async () => {
  // No time passes: what waits for an interval to end would wait for ever.
  await using bed = new Bed(new VirtualClock());
  const { taskRunId } = await bed.client.submit({ taskName: "waits", input: {} });
  await bed.gate.called.promise;
  const statuses: string[] = [];
  for await (const view of bed.client.events(taskRunId)) {
    statuses.push(view.status);
    bed.gate.opened.resolve({ type: "result", value: "open" });
  }
  assert.equal(statuses.length, 2);
  assert.equal(statuses[1], "completed");
});

Deno.test("who submits a run, or asks for its status, may wait for its end", async () => {
  const clock = new VirtualClock();
  await using bed = new Bed(clock);
  const waiting = bed.client.execute({ taskName: "waits", input: {} }, 60_000);
  await bed.gate.called.promise;
  // The call in flight has its page in the ledger: after that nothing waits for a time by itself.
  clock.advance(100);
  const { id } = bed.store.taskRuns.unfinished()[0]!;
  const patient = bed.client.status(id, { wait: 60_000 });
  const hasty = bed.client.status(id, { wait: 1_000 });
  while (clock.nextWake() !== clock.now() + 1_000) await bed.client.health();
  clock.advance(1_000);
  assert.equal((await hasty).status, "suspended_waiting_child");
  bed.gate.opened.resolve({ type: "result", value: "open" });
  for (const view of [await waiting, await patient, await bed.client.status(id, { wait: 60_000 })]) {
    assert.equal(view.status, "completed");
    assert.deepEqual("result" in view && view.result, [3, "open"]);
  }
});

Deno.test("a run that does not end while its submitter waits is only submitted", async () => {
  await using bed = new Bed();
  const answer = await bed.client.execute({ taskName: "waits", input: {} }, 1);
  assert.equal(answer.status, "submitted");
});

Deno.test("a large result comes through the events whole", async () => {
  await using bed = new Bed();
  const { taskRunId } = await bed.client.submit({ taskName: "waits", input: {} });
  await bed.gate.called.promise;
  const large = "ä\n\n日".repeat(500_000);
  let last: RunView | undefined;
  for await (const view of bed.client.events(taskRunId)) {
    last = view;
    bed.gate.opened.resolve({ type: "result", value: large });
  }
  assert.deepEqual(last!.result, [3, large]);
});

Deno.test("execute takes the earlier system's body and fills in the schema's defaults", async () => {
  await using bed = new Bed();
  const response = await bed.ask("/functions/v1/tasks/execute", {
    method: "POST",
    body: JSON.stringify({ task_identifier: "waits" }),
  });
  assert.equal(response.status, 202);
  const { taskRunId, message } = await response.json() as { taskRunId: string; message: string };
  assert.match(message, /waits/);
  assert.deepEqual((await bed.client.status(taskRunId)).input, { n: 3 });
});

Deno.test("a run submitted again under a key is the same run, and a key is a short text", async () => {
  await using bed = new Bed();
  const keyed = { idempotencyKey: "order 1", taskName: "waits", input: {} };
  assert.deepEqual(await bed.client.submit(keyed), await bed.client.submit(keyed));
  for (const idempotencyKey of ["", "a\u0000b", "x".repeat(201)]) {
    await assert.rejects(bed.client.submit({ ...keyed, idempotencyKey }), { code: "INVALID_INPUT" });
  }
});

Deno.test("a run submitted again under its id is the same run, and another one under it is refused", async () => {
  await using bed = new Bed();
  const id = "0199a0b0-0000-7000-8000-000000000001";
  const first = await bed.client.submit({ id, taskName: "waits", input: {} });
  assert.equal(first.taskRunId, id);
  assert.deepEqual(await bed.client.submit({ id, taskName: "waits", input: { n: 3 } }), first);
  await assert.rejects(bed.client.submit({ id, taskName: "waits", input: { n: 4 } }), { code: "CONFLICT" });
  await assert.rejects(bed.client.submit({ id: "mine", taskName: "waits", input: {} }), { code: "INVALID_INPUT" });
  assert.deepEqual(bed.store.taskRuns.unfinished().map((run) => run.id), [id]);
});

Deno.test("hold, resume and cancel answer with the run as it is then", async () => {
  await using bed = new Bed();
  const { taskRunId } = await bed.client.submit({ taskName: "waits", input: {} });
  await bed.gate.called.promise;
  assert.equal((await bed.client.hold(taskRunId)).status, "held");
  assert.notEqual((await bed.client.resume(taskRunId)).status, "held");
  assert.equal((await bed.client.cancel(taskRunId)).status, "cancelling");
  assert.equal((await bed.client.cancel(taskRunId, { now: true })).status, "cancelled");
  await assert.rejects(bed.client.cancel(taskRunId), { code: "CONFLICT" });
});

Deno.test("list, schema and health tell what is there", async () => {
  await using bed = new Bed();
  const { tasks } = await (await bed.ask("/functions/v1/tasks/list")).json();
  assert.deepEqual(tasks.map((task: { name: string }) => task.name), ["waits"]);
  const schema = await (await bed.ask("/functions/v1/tasks/schema?name=waits")).json();
  assert.equal(schema.input.properties.n.default, 3);
  assert.equal((await bed.client.health()).version, "9.9.9");
});

Deno.test("the processor takes its one trigger and answers 202", async () => {
  await using bed = new Bed();
  const path = "/functions/v1/simple-stack-processor";
  const accepted = await bed.ask(path, { method: "POST", body: '{"trigger":"process-next"}' });
  assert.equal(accepted.status, 202);
  await accepted.body?.cancel();
  assert.deepEqual(await refusal(await bed.ask(path, { method: "POST", body: '{"trigger":"x"}' })), [
    400,
    "INVALID_INPUT",
  ]);
  const ofTheChain = await bed.ask(STEP, { method: "POST" });
  assert.equal(ofTheChain.status, 202);
  assert.equal(await ofTheChain.text(), "");
});

/** The address of the chain's own requests. */
const STEP = "/functions/v1/simple-stack-processor?trigger=process-next";

const refusals: [string, string, RequestInit, Record<string, string>, [number, string]][] = [
  ["no token", "/health", {}, { authorization: "" }, [401, "UNAUTHORIZED"]],
  ["a wrong token", "/health", {}, { authorization: "Bearer 0000" }, [401, "UNAUTHORIZED"]],
  ["another host's name", "/health", {}, { host: "evil.example" }, [403, "FORBIDDEN"]],
  ["a web page of another origin", "/health", {}, { origin: "https://evil.example" }, [403, "FORBIDDEN"]],
  ["an origin that only begins like loopback", "/health", {}, { origin: "http://localhost.evil.example" }, [
    403,
    "FORBIDDEN",
  ]],
  ["a step without the token", STEP, { method: "POST" }, { authorization: "" }, [401, "UNAUTHORIZED"]],
  ["a step with a wrong token", STEP, { method: "POST" }, { authorization: "Bearer 0000" }, [401, "UNAUTHORIZED"]],
  ["a step of a web page", STEP, { method: "POST" }, { origin: "https://evil.example" }, [403, "FORBIDDEN"]],
  ["a step that is read", STEP, {}, {}, [404, "NOT_FOUND"]],
  ["an unknown path", "/nothing", {}, {}, [404, "NOT_FOUND"]],
  ["an unknown run", "/functions/v1/tasks/status?id=x", {}, {}, [404, "NOT_FOUND"]],
  ["a missing id", "/functions/v1/tasks/status", {}, {}, [400, "INVALID_INPUT"]],
  [
    "a wait longer than a minute",
    "/functions/v1/tasks/execute",
    { method: "POST", body: '{"taskName":"waits","wait":60001}' },
    {},
    [400, "INVALID_INPUT"],
  ],
  ["a body that is no JSON", "/functions/v1/tasks/execute", { method: "POST", body: "{" }, {}, [400, "INVALID_INPUT"]],
  ["a body that is no object", "/functions/v1/tasks/execute", { method: "POST", body: "[]" }, {}, [
    400,
    "INVALID_INPUT",
  ]],
  ["an unknown task", "/functions/v1/tasks/execute", { method: "POST", body: '{"taskName":"x"}' }, {}, [
    404,
    "NOT_FOUND",
  ]],
  [
    "input that does not fit",
    "/functions/v1/tasks/execute",
    { method: "POST", body: '{"taskName":"waits","input":{"m":1}}' },
    {},
    [400, "INVALID_INPUT"],
  ],
  [
    "a body over 1 MiB",
    "/functions/v1/tasks/execute",
    { method: "POST", body: `{"taskName":"${"x".repeat(1024 * 1024)}"}` },
    {},
    [413, "TOO_LARGE"],
  ],
];

for (const [what, path, init, headers, expected] of refusals) {
  Deno.test(`the server refuses ${what}`, async () => {
    await using bed = new Bed();
    if (headers.host !== undefined) {
      assert.deepEqual(await refusalOfRawRequest(bed, path, headers.host), expected);
    } else {
      assert.deepEqual(await refusal(await bed.ask(path, init, headers)), expected);
    }
  });
}

/** `fetch` sets the Host header itself, so this one is written by hand. */
async function refusalOfRawRequest(bed: Bed, path: string, host: string): Promise<[number, string]> {
  const { hostname, port } = new URL(bed.host.address.url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const head =
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${bed.host.address.token}\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(head));
  const answer = await new Response(connection.readable).text();
  const body = JSON.parse(answer.slice(answer.indexOf("{"), answer.lastIndexOf("}") + 1)) as { error: { code: Json } };
  return [Number(answer.split(" ")[1]), String(body.error.code)];
}

Deno.test("a client that goes away in the middle of events harms nobody", async () => {
  await using bed = new Bed();
  const { taskRunId } = await bed.client.submit({ taskName: "waits", input: {} });
  const away = new AbortController();
  for await (const _view of bed.client.events(taskRunId, away.signal)) away.abort();
  bed.gate.opened.resolve({ type: "result", value: 1 });
  for await (const view of bed.client.events(taskRunId)) {
    if (view.status === "completed") assert.deepEqual(view.result, [3, 1]);
  }
  assert.equal((await bed.client.status(taskRunId)).status, "completed");
});
