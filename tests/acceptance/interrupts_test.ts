import assert from "node:assert/strict";
import { Gate, publishSteps, stepsResult } from "./gate.ts";
import { callsOf, runsOf } from "./journal.ts";
import { Running, until } from "./running.ts";
import { Place } from "./tasker.ts";

/** Ctrl-C holds, everything else lets the run go on: what signals and absent clients do. */

const RUN = ["run", "steps", "--name", "it", "--json"];

async function setUp() {
  const place = new Place();
  const gate = new Gate();
  await publishSteps(place, gate);
  return {
    place,
    gate,
    /** All that was asked for, sorted: each free path once, however the run was interrupted. */
    freePaths: () => gate.asked.filter((path) => path.startsWith("/free")).toSorted(),
    async [Symbol.asyncDispose]() {
      await gate[Symbol.asyncDispose]();
      place[Symbol.dispose]();
    },
  };
}

Deno.test("Ctrl-C holds a run, names the command that continues it, and that command does", async () => {
  await using bed = await setUp();
  const { place, gate } = bed;
  await using running = Running.start(place, RUN);
  await gate.knock("/gate/it");
  running.kill("SIGINT");
  const { code, stderr, stdout } = await running.end();
  assert.equal(code, 4, stderr);
  assert.equal(stdout, "");
  const command = stderr.match(/tasker (resume \S+)/)?.[1]?.split(" ");
  assert.ok(command, `a command to go on with is named: ${stderr}`);
  assert.equal(runsOf(place.db)[0]!.status, "held");
  assert.ok(callsOf(place.db).every(({ status }) => status !== "processing"), "no call is left in anybody's hands");

  gate.open();
  await using other = Running.start(place, ["run", "steps", "--name", "other", "--json"]);
  assert.equal((await other.end()).code, 0);
  assert.equal(runsOf(place.db)[0]!.status, "held", "only resume ends it");

  const resumed = await place.run([...command, "--json"]);
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.deepEqual(JSON.parse(resumed.stdout), stepsResult("it"));
  assert.equal(gate.asked.filter((path) => path === "/free/it").length, 1);
});

Deno.test("a second Ctrl-C exits at once, and nothing is lost", async () => {
  await using bed = await setUp();
  const { place, gate } = bed;
  await using owner = Running.start(place, ["serve"]);
  await owner.says(/^serving /m);
  await using client = Running.start(place, RUN);
  await gate.knock("/gate/it");
  // The owner does not answer: the first Ctrl-C alone would wait for it.
  owner.kill("SIGSTOP");
  client.kill("SIGINT");
  await client.says(/holding/);
  client.kill("SIGINT");
  const { code, signal } = await client.end();
  assert.deepEqual({ code, signal }, { code: 4, signal: null });

  owner.kill("SIGCONT");
  gate.open();
  const resumed = await place.run(["resume", "--json"]);
  assert.equal(resumed.code, 0, resumed.stderr);
  const show = await place.run(["show", "last", "--json"]);
  assert.deepEqual(JSON.parse(show.stdout).result, stepsResult("it"));
  assert.deepEqual(bed.freePaths(), ["/free/it", "/free/last/it"]);
});

Deno.test("two Ctrl-C at once leave a run that resume ends rightly", async () => {
  await using bed = await setUp();
  const { place, gate } = bed;
  await using running = Running.start(place, RUN);
  await gate.knock("/gate/it");
  running.kill("SIGINT");
  running.kill("SIGINT");
  assert.equal((await running.end()).code, 4);
  gate.open();
  const resumed = await place.run(["resume", "--json"]);
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.deepEqual(JSON.parse(resumed.stdout), stepsResult("it"));
  assert.deepEqual(bed.freePaths(), ["/free/it", "/free/last/it"]);
});

for (const signal of ["SIGTERM", "SIGHUP"] as const) {
  Deno.test(`${signal} stops cleanly, and the run goes on by itself when a process next owns the file`, async () => {
    await using bed = await setUp();
    const { place, gate } = bed;
    await using running = Running.start(place, RUN);
    await gate.knock("/gate/it");
    running.kill(signal);
    const ended = await running.end();
    assert.deepEqual({ code: ended.code, signal: ended.signal }, { code: 4, signal: null });
    assert.match(ended.stderr, new RegExp(`${signal}: stopping.*1 run will go on`));
    assert.ok(!["held", "completed"].includes(runsOf(place.db)[0]!.status));
    assert.ok(callsOf(place.db).every(({ status }) => status !== "processing"), "no call is left in anybody's hands");

    gate.open();
    await using server = Running.start(place, ["serve"]);
    const run = await until("end of the run", () => runsOf(place.db).find(({ status }) => status === "completed"));
    assert.deepEqual(run.result, stepsResult("it"));
    assert.deepEqual(bed.freePaths(), ["/free/it", "/free/last/it"]);
    server.kill("SIGTERM");
    assert.equal((await server.end()).code, 0);
  });
}

Deno.test("SIGTERM to serve lets its runs go on in the next process", async () => {
  await using bed = await setUp();
  const { place, gate } = bed;
  await using server = Running.start(place, ["serve"]);
  await server.says(/^serving /m);
  await using client = Running.start(place, RUN);
  await gate.knock("/gate/it");
  server.kill("SIGTERM");
  const ended = await server.end();
  assert.equal(ended.code, 0);
  assert.match(ended.stderr, /SIGTERM: stopping; 1 run will go on/);
  // That is the client: it takes over.
  await gate.knock("/gate/it", 2);
  gate.open();
  const { code, stdout, stderr } = await client.end();
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), stepsResult("it"));
  assert.deepEqual(bed.freePaths(), ["/free/it", "/free/last/it"]);
});

Deno.test("a client that goes away harms nobody: its run ends in the owner", async () => {
  await using bed = await setUp();
  const { place, gate } = bed;
  await using server = Running.start(place, ["serve"]);
  await server.says(/^serving /m);
  await using client = Running.start(place, RUN);
  await gate.knock("/gate/it");
  client.kill("SIGKILL");
  await client.end();
  gate.open();
  const run = await until("end of the run", () => runsOf(place.db).find(({ status }) => status === "completed"));
  assert.deepEqual(run.result, stepsResult("it"));
  const next = await place.run(["run", "steps", "--name", "next", "--json"]);
  assert.equal(next.code, 0, next.stderr);
  assert.deepEqual(JSON.parse(next.stdout), stepsResult("next"));
});
