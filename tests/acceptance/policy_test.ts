import assert from "node:assert/strict";
import { addRules } from "./policy.ts";
import { Running } from "./running.ts";
import { Place, until } from "./tasker.ts";

/** What leaves the machine is allowed, denied, or asked of a person. */

function announceSource(host: string): string {
  return `
export const manifest = {
  description: "Posts a note, and tells what came of it",
  services: ["http"],
  hosts: ["${host}"],
  input: { type: "object", properties: { text: { type: "string" }, method: { type: "string", default: "POST" } } },
};
export default async function announce({ text, method }) {
  try {
    return JSON.parse((await tools.http.fetch("http://${host}/notes", { method, json: { text } })).body);
  } catch (error) {
    return { code: error.code, message: error.message };
  }
}`;
}

Deno.test("a call that writes waits for a person: in words, with other arguments, over HTTP; rules say otherwise", async () => {
  using place = new Place();
  const got: unknown[] = [];
  await using service = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    got.push(await request.json());
    return Response.json({ got: got.length });
  });
  const url = `http://127.0.0.1:${service.addr.port}/notes`;
  const done = async (args: readonly string[], code = 0) => {
    const finished = await place.run(args);
    assert.equal(finished.code, code, `${args.join(" ")}: ${finished.stdout}${finished.stderr}`);
    return finished;
  };
  const json = async (args: readonly string[]) => JSON.parse((await done([...args, "--json"])).stdout);
  await done(["publish", place.write("announce.ts", announceSource(`127.0.0.1:${service.addr.port}`))]);
  addRules(place.db, [{ effect: "deny", service: "http", where: [{ of: "method", is: "DELETE" }] }]);

  await using run = Running.start(place, ["run", "announce", "--text", "hello \x1b[31m", "--patience", "1s"]);
  let call = "";
  await until("a call that waits", async () => {
    const [asked] = await json(["approvals"]);
    call = asked?.id ?? "";
    return call !== "";
  });
  const listed = await done(["approvals"]);
  assert.match(listed.stdout, /\.1 {2}announce: http\.fetch\n {2}asked .*: it writes, and no rule says otherwise\n/);
  assert.match(listed.stdout, /"text": "hello \\u001b\[31m"/);
  const waited = await run.end();
  assert.equal(waited.code, 6, waited.stderr);
  assert.match(
    waited.stderr,
    /approve or refuse it: tasker approvals\n[^]*waiting: a person's approval of http\.fetch \(it writes\)\. .*`tasker resume /,
  );

  // Nobody owns the database: the decision is kept, and nothing is begun.
  const edited = [url, { method: "POST", json: { text: "Hello" } }];
  const wrong = await done(["approvals", "approve", call, "--args", "{}"], 2);
  assert.match(wrong.stderr, /the arguments cannot be sent: they are no list/);
  const elsewhere = JSON.stringify(["http://elsewhere.example/", { method: "POST" }]);
  assert.match((await done(["approvals", "approve", call, "--args", elsewhere], 1)).stderr, /HOST_REFUSED/);
  const approve = ["approvals", "approve", `${call.slice(-10)}`, "--args", JSON.stringify(edited)];
  const approved = await done(approve);
  assert.match(approved.stderr, /approved: http\.fetch of announce .*with other arguments\n.*`tasker resume/);
  await done(approve);
  assert.match((await done(["approvals", "refuse", call], 2)).stderr, /has approved the call .* already/);
  assert.deepEqual(got, []);
  await done(["resume", "--quiet"]);
  assert.deepEqual(got, [{ text: "Hello" }]);
  const [frame] = (await json(["show", "last"])).stack;
  assert.deepEqual([frame.args[1].json.text, frame.gate.state, frame.gate.sentArgs], [
    "hello \x1b[31m",
    "approved",
    edited,
  ]);
  assert.match((await done(["show", "last"])).stdout, /approved by \S+, sent \("http/);

  const denied = await json(["run", "announce", "--method", "DELETE", "--quiet"]);
  assert.deepEqual(denied, {
    code: "POLICY_DENIED",
    message: "http.fetch is denied by rule 1: deny --service http --where method=DELETE",
  });

  {
    await using serving = Running.start(place, ["serve"]);
    await serving.says(/^serving /m);
    const { url: server, token } = JSON.parse(Deno.readTextFileSync(`${place.db}.server.json`));
    const ask = async (path: string, body?: object) => {
      const response = await fetch(`${server}/functions/v1/${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers: { authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: await response.json() };
    };
    const first = await ask("tasks/execute", { taskName: "announce", input: { text: "a" } });
    const second = await ask("tasks/execute", { taskName: "announce", input: { text: "b" } });
    await until("two calls that wait", async () => (await ask("approvals")).body.approvals.length === 2);
    const refusal = { id: `${first.body.taskRunId}.1`, reason: "not now", by: "eve@elsewhere" };
    for (let time = 1; time <= 2; time++) {
      const { status, body } = await ask("approvals/refuse", refusal);
      assert.deepEqual([status, body.state, body.by, body.reason], [200, "refused", "eve@elsewhere", "not now"]);
    }
    assert.equal((await ask("approvals/approve", refusal)).status, 409);
    assert.equal((await ask("approvals/approve", { id: "x.1" })).status, 404);
    assert.equal((await ask("approvals/approve", {})).status, 400);
    // A rule that allows it lets the other one go on, without anybody else doing anything.
    await done(["policy", "add", "allow", "--task", "ann*", "--where", `url=${url}`]);
    const ended = await ask(`tasks/status?id=${second.body.taskRunId}&wait=20000`);
    assert.deepEqual(ended.body.result, { got: 2 });
    const refused = await ask(`tasks/status?id=${first.body.taskRunId}`);
    assert.deepEqual(refused.body.result, {
      code: "POLICY_REFUSED",
      message: "eve@elsewhere has refused http.fetch: not now",
    });
  }

  await done(["policy", "add", "ask", "--before", "1", "--service", "gapi", "--where", "userId=*@acme.example"]);
  const check = ["policy", "check", "gmail-search", "gapi", "gmail.v1.users.messages.list", "--args"];
  assert.equal((await json([...check, '[{"userId":"Ann@acme.example"}]'])).rule.id, 3);
  assert.deepEqual(await json([...check, '[{"userId":"ann@globex.example"}]']), {
    effect: "allow",
    rule: null,
    writes: false,
    refused: null,
  });
  await done(["policy", "remove", "9"], 3);
  await done(["policy", "remove", "2"]);
  assert.deepEqual((await json(["policy", "list"])).map(({ id }: { id: number }) => id), [3, 1]);
  assert.match((await done(["policy", "list"])).stdout, /otherwise: ask about what writes, allow the rest/);
  const audit = (await done(["audit"])).stdout;
  for (
    const words of [/approved .*http\.fetch, with other arguments/, /refused .*eve@elsewhere .*not now/, /rule removed/]
  ) {
    assert.match(audit, words);
  }
  await done(["audit", "--verify"]);
});
