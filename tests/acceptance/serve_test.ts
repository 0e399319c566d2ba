import assert from "node:assert/strict";
import { finished, Place, until } from "./tasker.ts";

/** `tasker serve`, other processes that use it, and its HTTP surface asked as `curl` would. */

const GREET = `export const manifest = {
  description: "Greets",
  input: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
};
export default async function greet(input: { name: string }) {
  console.log("greeting", input.name);
  return { greeting: "hello " + input.name };
}
`;
const WAITS = `export default async () => {
  await new Promise((resolve) => setTimeout(resolve, 3_600_000));
};`;

/** A server on a database of its own. */
class Serving implements AsyncDisposable {
  readonly place = new Place();
  readonly #child: Deno.ChildProcess;
  readonly #ended: ReturnType<typeof finished>;
  url = "";
  token = "";

  constructor(flags: readonly string[]) {
    this.#child = this.place.start(["serve", ...flags]);
    this.#ended = finished(this.#child);
  }

  static async open(flags: readonly string[] = []): Promise<Serving> {
    const serving = new Serving(flags);
    const path = `${serving.place.db}.server.json`;
    await until("the server has written its address", () => Deno.stat(path).then(() => true, () => false));
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
    const { url, token } = JSON.parse(await Deno.readTextFile(path));
    serving.url = url;
    serving.token = token;
    return serving;
  }

  async publish(name: string, source: string): Promise<void> {
    const { code, stderr } = await this.place.run(["publish", this.place.write(name, source)]);
    assert.equal(code, 0, stderr);
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  async stop(): Promise<{ code: number; stdout: string; stderr: string }> {
    this.#child.kill("SIGTERM");
    return await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    await this.#ended;
    this.place[Symbol.dispose]();
  }
}

Deno.test("the HTTP surface executes, tells, lists, streams, holds, resumes and cancels", async () => {
  await using serving = await Serving.open();
  await serving.publish("greet.ts", GREET);
  await serving.publish("waits.js", WAITS);
  const api = "/functions/v1/tasks";

  const health = await serving.ask("GET", "/health");
  assert.deepEqual([health.status, health.body.status, health.body.database], [200, "ok", serving.place.db]);

  for (const name of ["taskName", "task_identifier"]) {
    const submitted = await serving.ask("POST", `${api}/execute`, { [name]: "greet", input: { name: "Ann" } });
    assert.equal(submitted.status, 202);
    assert.deepEqual(Object.keys(submitted.body), ["taskRunId", "stackRunId", "status", "message"]);
    assert.equal(submitted.body.status, "submitted");
    const id = submitted.body.taskRunId;
    const events = await fetch(`${serving.url}${api}/events?id=${id}`, {
      headers: { authorization: `Bearer ${serving.token}` },
    });
    assert.match(events.headers.get("content-type")!, /text\/event-stream/);
    const text = await events.text();
    const last = JSON.parse(text.trim().split("\n").findLast((line) => line.startsWith("data:"))!.slice(5));
    assert.deepEqual([last.status, last.result], ["completed", { greeting: "hello Ann" }]);
    const status = await serving.ask("GET", `${api}/status?id=${id}`);
    assert.deepEqual(status.body, last);
    const logs = await serving.ask("GET", `${api}/logs?id=${id}`);
    assert.deepEqual(logs.body.logs.map(({ text }: { text: string }) => text), ["greeting Ann"]);
  }

  const list = await serving.ask("GET", `${api}/list`);
  assert.deepEqual(list.body.tasks.map(({ name }: { name: string }) => name).sort(), ["greet", "waits"]);
  const schema = await serving.ask("GET", `${api}/schema?name=greet`);
  assert.deepEqual([schema.body.input.required, schema.body.description], [["name"], "Greets"]);

  const { body: { taskRunId: id } } = await serving.ask("POST", `${api}/execute`, { taskName: "waits" });
  const status = async () => (await serving.ask("GET", `${api}/status?id=${id}`)).body.status;
  await until("it waits", async () => await status() === "suspended_waiting_child");
  assert.equal((await serving.ask("POST", `${api}/hold`, { id })).body.status, "held");
  const resumed = await serving.ask("POST", `${api}/resume`, { id });
  assert.equal(resumed.status, 200);
  assert.notEqual(resumed.body.status, "held");
  // It is told so, and cleans up.
  assert.equal((await serving.ask("POST", `${api}/cancel`, { id })).body.status, "cancelling");
  assert.equal((await serving.ask("GET", `${api}/status?id=${id}&wait=60000`)).body.status, "cancelled");
  assert.equal((await serving.ask("POST", `${api}/cancel`, { id })).status, 409);
  assert.equal(
    (await serving.ask("POST", "/functions/v1/simple-stack-processor", { trigger: "process-next" })).status,
    202,
  );
});

Deno.test("requests without the token, from web pages, too large or of nonsense are refused with code, message and hint", async () => {
  await using serving = await Serving.open();
  await serving.publish("greet.ts", GREET);
  const execute = "/functions/v1/tasks/execute";
  const cases: [
    what: string,
    ask: Promise<{ status: number; body: { error: Record<string, string> } }>,
    status: number,
    code: string,
  ][] = [
    ["no token", serving.ask("GET", "/health", undefined, { authorization: "" }), 401, "UNAUTHORIZED"],
    ["a wrong token", serving.ask("GET", "/health", undefined, { authorization: "Bearer x" }), 401, "UNAUTHORIZED"],
    ["a web page", serving.ask("GET", "/health", undefined, { origin: "https://evil.example" }), 403, "FORBIDDEN"],
    ["no such path", serving.ask("GET", "/functions/v1/nothing"), 404, "NOT_FOUND"],
    ["no such run", serving.ask("GET", "/functions/v1/tasks/status?id=x"), 404, "NOT_FOUND"],
    ["no such task", serving.ask("POST", execute, { taskName: "greeet", input: {} }), 404, "NOT_FOUND"],
    ["no JSON", serving.ask("POST", execute, "{"), 400, "INVALID_INPUT"],
    ["wrong input", serving.ask("POST", execute, { taskName: "greet", input: { name: 3 } }), 400, "INVALID_INPUT"],
    ["a large body", serving.ask("POST", execute, `{"taskName":"${"x".repeat(1 << 20)}"}`), 413, "TOO_LARGE"],
  ];
  for (const [what, ask, status, code] of cases) {
    const answer = await ask;
    assert.deepEqual([answer.status, answer.body.error.code], [status, code], what);
    assert.ok(answer.body.error.message!.length > 0, what);
  }
});

Deno.test("run in another process uses the server that is there, and leaves it running", async () => {
  await using serving = await Serving.open();
  await serving.publish("greet.ts", GREET);
  const done = await serving.place.run(["run", "greet", "--name", "Bob", "--concurrency", "1"]);
  assert.equal(done.code, 0, done.stderr);
  assert.match(
    done.stderr,
    /^--concurrency: left aside, the tasker process \d+ does the work with settings of its own$/m,
  );
  assert.deepEqual(JSON.parse(done.stdout), { greeting: "hello Bob" });
  const detached = await serving.place.run(["run", "greet", "--name", "Cleo", "--detach"]);
  assert.doesNotMatch(detached.stderr, /no tasker process stays/);
  const id = detached.stdout.trim();
  await until(
    "the server has done it",
    async () => (await serving.ask("GET", `/functions/v1/tasks/status?id=${id}`)).body.status === "completed",
  );

  const db = JSON.parse((await serving.place.run(["debug", "db", "--json"])).stdout);
  assert.equal(db.owner.url, serving.url);
  assert.equal(db.owner.answers, true);
  const clear = await serving.place.run(["debug", "clear", "--yes"]);
  assert.equal(clear.code, 7);
  assert.match(clear.stderr, /owns .* nothing was deleted/);
  const second = await serving.place.run(["serve"]);
  assert.notEqual(second.code, 0);
  assert.match(second.stderr, /own/);

  const stopped = await serving.stop();
  assert.equal(stopped.code, 0, stopped.stderr);
  await assert.rejects(Deno.stat(`${serving.place.db}.server.json`), Deno.errors.NotFound);
});

Deno.test("the port may be chosen; one that is taken is refused", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  {
    using place = new Place();
    const { code, stderr } = await place.run(["serve", "--port", String(port)]);
    assert.notEqual(code, 0);
    assert.match(stderr, new RegExp(`port ${port} is taken`));
  }
  listener.close();
  await using serving = await Serving.open(["--port", String(port)]);
  assert.equal(serving.url, `http://127.0.0.1:${port}`);
});
