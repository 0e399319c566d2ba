import assert from "node:assert/strict";
import { Gate, publishSteps, stepsResult } from "./gate.ts";
import { integrityOf, looking, runsOf } from "./journal.ts";
import { Running, until } from "./running.ts";
import { Place } from "./tasker.ts";

/** Several processes on one database: one owns it, the others are its clients. */

const run = (name: string) => ["run", "steps", "--name", name, "--json"];

/** The process id of the owner and how often the owner has changed. */
function ownerOf(place: Place): { pid: number; epoch: number } {
  return looking(place.db, (db) => {
    const { pid, epoch } = db.prepare("SELECT pid, epoch FROM owner").get()!;
    return { pid: Number(pid), epoch: Number(epoch) };
  });
}

/** Steps kept by all runs of a name, in order. */
function stepsOf(place: Place, name: string): string[] {
  return looking(place.db, (db) =>
    db.prepare("SELECT data FROM records ORDER BY id").all()
      .map((row) => JSON.parse(row.data as string) as { name: string; body: string })
      .filter((step) => step.name === name).map(({ body }) => body));
}

async function setUp() {
  const place = new Place();
  const gate = new Gate();
  await publishSteps(place, gate);
  return {
    place,
    gate,
    async [Symbol.asyncDispose]() {
      await gate[Symbol.asyncDispose]();
      place[Symbol.dispose]();
    },
  };
}

Deno.test("a second run is a client of the first, whose process stays until both have ended", async () => {
  await using bed = await setUp();
  const { place, gate } = bed;
  await using first = Running.start(place, run("free"));
  await using second = Running.start(place, run("other"));
  await gate.knock("/gate/free");
  await gate.knock("/gate/other");
  const { pid, epoch } = ownerOf(place);
  assert.ok([first.pid, second.pid].includes(pid), "one of them owns the database");
  assert.equal(epoch, 1, "the owner has not changed");
  gate.open();
  for (const [process, name] of [[first, "free"], [second, "other"]] as const) {
    const { code, stdout, stderr } = await process.end();
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), stepsResult(name));
  }
});

Deno.test("an owner that has finished its own run stays for the runs of others", async () => {
  await using bed = await setUp();
  const { place, gate } = bed;
  await using own = new Gate();
  const quick = place.write(
    "quick.ts",
    `export const manifest = { description: "Waits once", services: ["http"], hosts: ["${own.host}"] };
     export default async () => (await tools.http.fetch("http://${own.host}/gate")).status;`,
  );
  assert.equal((await place.run(["publish", quick])).code, 0);
  await using owner = Running.start(place, ["run", "quick"]);
  await own.knock("/gate");
  await using client = Running.start(place, run("guest"));
  await gate.knock("/gate/guest");
  own.open();
  await owner.says(/staying while this process works on 1 other run/);
  assert.match(owner.stdout, /200/, "its own result is there before");
  gate.open();
  assert.equal((await client.end()).code, 0);
  assert.equal((await owner.end()).code, 0);
});

Deno.test("tasker serve works for runs of other terminals, and a second serve is refused by the first one's name", async () => {
  await using bed = await setUp();
  const { place, gate } = bed;
  gate.open();
  await using server = Running.start(place, ["serve"]);
  await server.says(/^serving /m);
  const other = await place.run(["serve"]);
  assert.equal(other.code, 7);
  assert.match(other.stderr, new RegExp(`process ${server.pid} .*owns .*NOT_OWNER`));
  const { code, stdout, stderr } = await place.run(run("terminal"));
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), stepsResult("terminal"));
  assert.deepEqual(ownerOf(place), { pid: server.pid, epoch: 1 });
  server.kill("SIGTERM");
  assert.equal((await server.end()).code, 0);
});

Deno.test("a client takes over when the owner is killed, and both runs end as if nothing had happened", async () => {
  await using bed = await setUp();
  const { place, gate } = bed;
  await using owner = Running.start(place, run("killed"));
  await gate.knock("/gate/killed");
  await using client = Running.start(place, run("survivor"));
  await gate.knock("/gate/survivor");
  assert.equal(ownerOf(place).pid, owner.pid);
  owner.kill("SIGKILL");
  await client.says(/the process that owned the database has gone/);
  await gate.knock("/gate/survivor", 2);
  await gate.knock("/gate/killed", 2);
  gate.open();
  const { code, stdout, stderr } = await client.end();
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), stepsResult("survivor"));
  assert.deepEqual(ownerOf(place), { pid: client.pid, epoch: 2 });
  for (const name of ["killed", "survivor"]) {
    assert.deepEqual(stepsOf(place, name), [
      `answer /free/${name}`,
      `answer /gate/${name}`,
      `answer /free/last/${name}`,
    ]);
    assert.equal(
      gate.asked.filter((path) => path === `/free/${name}`).length,
      1,
      "what was recorded was not asked again",
    );
  }
  assert.deepEqual(runsOf(place.db).map(({ status }) => status), ["completed", "completed"]);
});

Deno.test("of eight processes started at once exactly one owns the database, and every one ends with its own answer", async () => {
  await using bed = await setUp();
  const { place, gate } = bed;
  const names = Array.from({ length: 8 }, (_none, index) => `n${index}`);
  await using stack = new AsyncDisposableStack();
  const processes = names.map((name) => stack.use(Running.start(place, run(name))));
  for (const name of names) await gate.knock(`/gate/${name}`);
  const { pid, epoch } = ownerOf(place);
  assert.equal(epoch, 1);
  assert.equal(processes.filter((process) => process.pid === pid).length, 1);
  gate.open();
  for (const [index, process] of processes.entries()) {
    const { code, stdout, stderr } = await process.end();
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), stepsResult(names[index]!));
  }
  assert.deepEqual(
    gate.asked.toSorted(),
    names.flatMap((n) => [`/free/${n}`, `/free/last/${n}`, `/gate/${n}`]).toSorted(),
  );
  assert.equal(integrityOf(place.db), "ok");
});

Deno.test("a frozen owner stays the owner: others say so by its process id, and go on when it does", async () => {
  await using bed = await setUp();
  const { place, gate } = bed;
  await using owner = Running.start(place, ["serve"]);
  await owner.says(/^serving /m);
  await using follower = Running.start(place, run("follower"));
  await gate.knock("/gate/follower");
  owner.kill("SIGSTOP");
  await using impatient = Running.start(place, run("impatient"));
  await impatient.says(new RegExp(`waiting for the tasker process ${owner.pid} that owns`));
  for (const process of [impatient, follower]) {
    const { code, stderr } = await process.end();
    assert.equal(code, 7, stderr);
    assert.match(stderr, new RegExp(`tasker process ${owner.pid}, which owns .*, does not answer`));
    assert.match(stderr, new RegExp(`kill -CONT ${owner.pid}`));
  }
  await using patient = Running.start(place, run("patient"));
  await patient.says(/waiting for the tasker process/);
  assert.deepEqual(ownerOf(place), { pid: owner.pid, epoch: 1 }, "nobody has taken over");
  owner.kill("SIGCONT");
  await gate.knock("/gate/patient");
  gate.open();
  const { code, stdout, stderr } = await patient.end();
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), stepsResult("patient"));
  // The run that its follower left goes on in its owner all the same.
  await until("end of the followed run", () => stepsOf(place, "follower").length === 3 || undefined);
  assert.deepEqual(ownerOf(place), { pid: owner.pid, epoch: 1 });
});

/** Passes on what the owner is asked; of a request for `what` it dies, and its answer comes to nobody whole. */
function mortal(what: string, owner: { url: string; die(): Promise<unknown> }): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { method } = request;
    const { pathname, search } = new URL(request.url);
    const answer = await fetch(`${owner.url}${pathname}${search}`, {
      method,
      headers: { authorization: request.headers.get("authorization")! },
      body: method === "POST" ? await request.text() : null,
    });
    if (!pathname.endsWith(what)) return answer;
    await answer.text();
    await owner.die();
    const broken = new ReadableStream({
      start(controller) {
        controller.error(new Error("the owner has died"));
      },
    });
    return new Response(broken, { status: answer.status });
  });
}

/** A server that dies of a request for `what`, and a run that is given to it and knocks at the gate. */
async function mortalOwner(what: string) {
  const bed = await setUp();
  const { place } = bed;
  const server = Running.start(place, ["serve"]);
  await server.says(/^serving /m);
  const file = `${place.db}.server.json`;
  const address = JSON.parse(Deno.readTextFileSync(file)) as { url: string };
  const die = () => {
    server.kill("SIGKILL");
    return server.end();
  };
  const between = mortal(what, { url: address.url, die });
  Deno.writeTextFileSync(file, JSON.stringify({ ...address, url: `http://127.0.0.1:${between.addr.port}` }));
  const client = Running.start(place, run("once"));
  await bed.gate.knock("/gate/once");
  return {
    ...bed,
    client,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await between[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await bed[Symbol.asyncDispose]();
    },
  };
}

Deno.test("a run given to an owner that dies before it answers is there once, and goes on", async () => {
  await using bed = await mortalOwner("/execute");
  bed.gate.open();
  const { code, stdout, stderr } = await bed.client.end();
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), stepsResult("once"));
  assert.equal(runsOf(bed.place.db).length, 1);
});

Deno.test("Ctrl-C holds a run whose owner dies of being asked to", async () => {
  await using bed = await mortalOwner("/hold");
  bed.client.kill("SIGINT");
  const { code, stderr } = await bed.client.end();
  assert.equal(code, 4, stderr);
  assert.equal(runsOf(bed.place.db)[0]!.status, "held");
  bed.gate.open();
  const resumed = await bed.place.run(["resume", "--json"]);
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.deepEqual(JSON.parse(resumed.stdout), stepsResult("once"));
});

Deno.test("an address whose port has another program by now is no owner's", async () => {
  await using bed = await setUp();
  const { place, gate } = bed;
  gate.open();
  await using stranger = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("<html>somebody else</html>"),
  );
  const url = `http://127.0.0.1:${stranger.addr.port}`;
  Deno.writeTextFileSync(`${place.db}.server.json`, JSON.stringify({ url, token: "0a", pid: 1, epoch: 1 }));
  const { code, stdout, stderr } = await place.run(run("alone"));
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), stepsResult("alone"));
  assert.equal((await place.run(["runs"])).code, 0);
});
