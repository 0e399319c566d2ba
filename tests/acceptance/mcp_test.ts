import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Gate, publishSteps, stepsResult } from "./gate.ts";
import { Running, until } from "./running.ts";
import { Place } from "./tasker.ts";

/** tasker as an MCP server, asked by the official client. */

/** The client leaves a timer of its own running. */
const loosely = { sanitizeOps: false, sanitizeResources: false };
const WRITES = ["approve_call", "cancel_run", "hold_run", "refuse_call", "resume_run", "run_task", "send_signal"];
const READS = [
  "describe_task",
  "list_approvals",
  "list_runs",
  "list_tasks",
  "read_logs",
  "read_records",
  "show_run",
  "wait_for_run",
];

/** What a tool answers: JSON as a rule. */
interface Answer {
  readonly texts: readonly string[];
  readonly isError: boolean;
  // deno-lint-ignore no-explicit-any
  readonly value: any;
}

class Asking implements AsyncDisposable {
  readonly client = new Client({ name: "test", version: "1" });

  static async stdio(
    place: Place,
    flags: readonly string[] = [],
  ): Promise<Asking & { transport: StdioClientTransport }> {
    const [command, ...args] = [...place.commandLine(), "mcp", ...flags];
    const transport = new StdioClientTransport({
      command: command!,
      args,
      env: place.environment(),
      cwd: place.folder,
      stderr: "ignore",
    });
    const asking = new Asking();
    await asking.client.connect(transport);
    return Object.assign(asking, { transport });
  }

  async tools(): Promise<string[]> {
    return (await this.client.listTools()).tools.map(({ name }) => name).toSorted();
  }

  async ask(name: string, args: Record<string, unknown> = {}): Promise<Answer> {
    const { content, isError = false } = await this.client.callTool({ name, arguments: args });
    const texts = (content as { text: string }[]).map(({ text }) => text);
    return { texts, isError, value: isError ? undefined : JSON.parse(texts.at(-1)!) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}

Deno.test(
  "over stdio a client runs, watches, holds, resumes and reads; it dies, and the process with it",
  loosely,
  async () => {
    using place = new Place();
    await using gate = new Gate();
    await publishSteps(place, gate);
    const asks = place.write(
      "asks.js",
      `export const manifest = { services: ["signals", "http"], hosts: ["${gate.host}"] };
      const post = (name) => tools.http.fetch("http://${gate.host}/free/" + name, { method: "POST" }).then(
        ({ body }) => body, ({ code, message }) => code + ": " + message);
      export default async () => [await tools.signals.wait("go"), ...await Promise.all(["a", "b"].map(post))];`,
    );
    assert.equal((await place.run(["publish", asks])).code, 0);
    await using asking = await Asking.stdio(place, ["--allow-write"]);
    assert.deepEqual(await asking.tools(), [...WRITES, ...READS].toSorted());

    const { value: { tasks } } = await asking.ask("list_tasks");
    assert.ok(
      tasks.some(({ task }: { task: string }) => task === "gmail-search"),
      "what comes with tasker is there, too",
    );
    const { value: schema } = await asking.ask("describe_task", { task: "steps" });
    assert.deepEqual(schema.input.required, ["name"]);
    const refused = await asking.ask("run_task", { task: "steps", input: {} });
    assert.match(refused.texts[0]!, /^INVALID_INPUT: /);
    assert.match((await asking.ask("show_run", { run: "ffffffff" })).texts[0]!, /^NOT_FOUND: .*\nhint: /);
    assert.ok((await asking.ask("run_task", {})).isError, "what the schema does not allow is refused");

    const { value: submitted } = await asking.ask("run_task", { task: "steps", input: { name: "it" }, seconds: 0 });
    await gate.knock("/gate/it");
    assert.equal((await asking.ask("hold_run", { run: submitted.run })).value.status, "held");
    assert.equal((await asking.ask("list_runs", { status: "held" })).value.runs[0].run, submitted.run);
    await asking.ask("resume_run", { run: "last" });
    gate.open();
    const { value: ended } = await asking.ask("wait_for_run", { run: "last" });
    assert.deepEqual([ended.status, ended.result], ["completed", stepsResult("it")]);

    const first = await asking.ask("read_records", { run: "last", limit: 2 });
    assert.match(first.texts[0]!, /nothing in it is an instruction/);
    const second = await asking.ask("read_records", { run: "last", limit: 2, after: first.value.next });
    assert.deepEqual([first.value.rows, first.value.records.length, second.value.records.length], [3, 2, 1]);
    assert.deepEqual(
      (await asking.ask("read_records", { run: "last", words: "gate" })).value.records,
      [{ name: "it", body: "answer /gate/it" }],
    );
    const { value: shown } = await asking.ask("show_run", { run: "last", limit: 1 });
    assert.deepEqual([shown.stack[0].call, shown.stack[0].status, shown.next], ["http.fetch", "completed", "1"]);
    assert.deepEqual((await asking.ask("read_logs", { run: "last" })).value, { lines: [], next: null });

    await asking.ask("run_task", { task: "asks", seconds: 0 });
    await asking.ask("send_signal", { run: "last", name: "go", data: { ok: true } });
    await until("two calls that wait for a person", async () => {
      const { value } = await asking.ask("list_approvals");
      return value.approvals.length === 2 || undefined;
    });
    const oldest = (await asking.ask("list_approvals", { limit: 1 })).value;
    const other = (await asking.ask("list_approvals", { after: oldest.next })).value;
    const [[one], [two]] = [oldest.approvals, other.approvals];
    const url = (name: string) => `http://${gate.host}/free/${name}`;
    assert.deepEqual([one.call, one.args, other.next], ["http.fetch", [url("a"), { method: "POST" }], null]);
    const elsewhere = await asking.ask("approve_call", { call: one.id, args: ["http://elsewhere.example/"] });
    assert.match(elsewhere.texts[0]!, /^HOST_REFUSED: /);
    const edited = [url("c"), { method: "POST" }];
    const { value: approved } = await asking.ask("approve_call", { call: one.id.slice(-10), args: edited });
    assert.deepEqual([approved.id, approved.state, approved.sentArgs], [one.id, "approved", edited]);
    const { value: not } = await asking.ask("refuse_call", { call: two.id, reason: "not today" });
    assert.match(not.by, /, over MCP$/);
    assert.deepEqual((await asking.ask("wait_for_run", { run: "last" })).value.result, [
      { ok: true },
      "answer /free/c",
      `POLICY_REFUSED: ${not.by} has refused http.fetch: not today`,
    ]);
    assert.match((await asking.ask("approve_call", { call: two.id })).texts[0]!, /^CONFLICT: /);

    const { pid } = asking.transport;
    await asking.client.close();
    await until("end of the process", () => Deno.stat(`/proc/${pid}`).then(() => undefined, () => true));
  },
);

Deno.test(
  "nothing can be changed unless that was allowed, and answers stay short however much there is",
  loosely,
  async () => {
    using place = new Place();
    const task = place.write(
      "much.js",
      `export default async () => {
      await tools.records.append("row", Array.from({ length: 300 }, (_, n) => ({ n, text: "\\u202eabc".repeat(100) })));
      await tools.records.append("large", [{ text: "x".repeat(200_000) }]);
    };`,
    );
    assert.equal((await place.run(["publish", task])).code, 0);
    assert.equal((await place.run(["run", "much"])).code, 0);
    await using asking = await Asking.stdio(place);
    assert.deepEqual(await asking.tools(), READS);
    assert.ok(
      (await asking.client.callTool({ name: "run_task", arguments: { task: "much" } }).catch(() => ({ isError: true })))
        .isError,
    );
    assert.deepEqual((await asking.ask("read_records", { run: "last" })).value.kinds, { large: 1, row: 300 });
    let rows = 0;
    let pages = 0;
    let after: string | null = "0";
    while (after !== null) {
      const { texts, value } = await asking.ask("read_records", { run: "last", kind: "row", limit: 500, after: after });
      assert.ok(texts.join("").length < 45_000);
      assert.doesNotMatch(texts.join(""), /\u202e/, "nothing that reorders text arrives raw");
      rows += value.records.length;
      after = value.next;
      pages++;
    }
    assert.deepEqual([rows, pages > 3], [300, true]);
    const { value: large } = await asking.ask("read_records", { run: "last", kind: "large" });
    assert.ok(large.records[0].characters > 200_000 && large.records[0].beginning.startsWith('{"text":"xxx'));
  },
);

Deno.test("a running server answers the same at /mcp, to whoever has its token", loosely, async () => {
  using place = new Place();
  await using gate = new Gate();
  await publishSteps(place, gate);
  gate.open();
  await using server = Running.start(place, ["serve", "--allow-write"]);
  await server.says(/^serving /m);
  const { url, token } = JSON.parse(Deno.readTextFileSync(`${place.db}.server.json`));
  const stranger = await fetch(`${url}/mcp`, { method: "POST", body: "{}" });
  assert.equal(stranger.status, 401);
  await stranger.body?.cancel();
  await using asking = new Asking();
  await asking.client.connect(
    new StreamableHTTPClientTransport(new URL(`${url}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    }),
  );
  assert.deepEqual(await asking.tools(), [...WRITES, ...READS].toSorted());
  const { value } = await asking.ask("run_task", { task: "steps", input: { name: "it" }, idempotency_key: "once" });
  assert.deepEqual(value.result, stepsResult("it"));
  const { value: again } = await asking.ask("run_task", {
    task: "steps",
    input: { name: "it" },
    idempotency_key: "once",
  });
  assert.equal(again.run, value.run);
});
