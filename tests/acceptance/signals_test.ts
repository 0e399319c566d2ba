import assert from "node:assert/strict";
import { Running } from "./running.ts";
import { Place } from "./tasker.ts";

Deno.test("a run that asks a person is seen to ask, is answered from another terminal, and goes on at once", async () => {
  using place = new Place();
  const file = place.write(
    "release.js",
    `export const manifest = { description: "Releases" };
     export default async function release() {
       const schema = { type: "boolean" };
       const ok = await tools.signals.wait("approve", { schema, question: "Release 1.4\\u001b[2J to everybody?" });
       return { ok, note: await tools.signals.wait("note", { timeout: "1h" }) };
     }`,
  );
  assert.equal((await place.run(["publish", file])).code, 0);
  await using running = Running.start(place, ["run", "release", "--json"]);
  await running.says(
    /waiting for an answer: Release 1\.4.* to everybody\? \(signal approve\)\n.*tasker signal \w+ approve --data JSON/,
  );

  const shown = await place.run(["show", "last"]);
  assert.match(shown.stdout, /waiting +for an answer: Release 1\.4.* to everybody\? \(signal approve\)/);
  assert.match(
    shown.stdout,
    /answer it: tasker signal \w+ approve --data JSON.* with JSON that fits \{"type":"boolean"\}/,
  );
  assert.ok(!shown.stdout.includes("\x1b[2J"), "what a task says does nothing to the terminal");
  const view = JSON.parse((await place.run(["show", "last", "--json"])).stdout);
  const [{ until, signal }] = view.waiting;
  assert.deepEqual([until, signal.name, signal.schema], [null, "approve", { type: "boolean" }]);

  const refused = await place.run(["signal", "last", "approve", "--data", '"yes"']);
  assert.equal(refused.code, 2, refused.stderr);
  assert.match(refused.stderr, /does not take this for approve: the data must be true or false/);
  assert.equal((await place.run(["signal", "last", "approve", "--data", "yes"])).code, 2);
  const early = await place.run(["signal", "last", "note", "--data-file", place.write("note.json", '{"text":"ok"}')]);
  assert.match(early.stderr, /note is sent to run \w+ \(release\), which does not wait for it yet: it is kept/);
  const answered = await place.run(["signal", "last", "approve", "--data", "true", "--json"]);
  assert.deepEqual(JSON.parse(answered.stdout), { taskRunId: view.id, name: "approve", awaited: true });
  const { code, stdout } = await running.end();
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), { ok: true, note: { text: "ok" } });
  assert.equal((await place.run(["signal", "last", "approve"])).code, 2, "it has ended");
});
