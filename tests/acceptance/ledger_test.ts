import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Running } from "./running.ts";
import { Searching } from "./searching.ts";
import { Place } from "./tasker.ts";

/** The ledger: what left the machine, whatever died when. */

const TASK = (host: string) => `
  exports.manifest = { description: "Asks twice", services: ["http"], hosts: ["${host}"] };
  exports.default = async () => {
    const headers = { authorization: ["Bearer ", { $secret: "default/WORD" }], "x-other": "plain" };
    await tools.http.fetch("http://${host}/first?token=open-sesame", { headers });
    return (await tools.http.fetch("http://${host}/second")).status;
  };`;

interface Attempt {
  readonly id: string;
  readonly run: string;
  readonly call: number;
  readonly to: string[];
  readonly args: unknown[];
  readonly sha256: string;
  readonly state: string;
  readonly end: { how: string; reached: { to: string; requests: number; status: Record<string, number> }[] } | null;
}

async function ledger(place: Place, ...args: string[]): Promise<Attempt[]> {
  const { code, stdout, stderr } = await place.run(["ledger", ...args, "--json"]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Attempt[];
}

Deno.test("a process killed between a call's entry and its answer: the next owner enters what it left, and nothing is changed unseen", async () => {
  using place = new Place();
  const second = Promise.withResolvers<void>();
  let asked = 0;
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    if (!request.url.endsWith("/second") || ++asked > 1) return new Response("hello");
    second.resolve();
    return new Promise<Response>((resolve) => request.signal.addEventListener("abort", () => resolve(new Response())));
  });
  const host = `127.0.0.1:${server.addr.port}`;
  await place.run(["keystore", "set", "WORD"], { stdin: "open-sesame\n" });
  const published = await place.run(["publish", place.write("twice.js", TASK(host))]);
  assert.equal(published.code, 0, published.stderr);
  {
    await using running = Running.start(place, ["run", "twice"]);
    await second.promise;
    running.kill("SIGKILL");
    await running.end();
  }
  assert.equal((await place.run(["ledger", "--verify"])).code, 0);
  const resumed = await place.run(["resume"]);
  assert.equal(resumed.code, 0, resumed.stderr);

  const told = await ledger(place, "--run", "last");
  assert.deepEqual(told.map(({ call, state, to, end }) => [call, state, to, end?.how]), [
    [1, "ended", [host], "answered"],
    [2, "unknown", [host], undefined],
    [2, "ended", [host], "answered"],
  ]);
  assert.deepEqual(told[0]!.args, [`http://${host}/first?token=[redacted]`, {
    headers: { authorization: "[redacted]", "x-other": "plain" },
  }]);
  const [reached] = told[2]!.end!.reached;
  assert.deepEqual([reached!.to, reached!.requests, reached!.status], [host, 1, { "200": 1 }]);
  const table = await place.run(["ledger", "--service", "http", "--since", "1h"]);
  assert.match(table.stdout, /http\.fetch "http:.*second".*unknown: the process died while it was out\n/);
  assert.match(table.stdout, /answered; 127\.0\.0\.1:\d+ 200 \(5 B\)/);
  const csv = await place.run(["ledger", "--format", "csv"]);
  assert.match(
    csv.stdout,
    /^id,at,run,in,task,call,attempt,service,method,to,args,sha256,state,end\.at,end\.how,end\.error,end\.reached\r\n/,
  );
  assert.doesNotMatch([table, csv].map(({ stdout }) => stdout).join() + JSON.stringify(told), /open-sesame/);
  assert.deepEqual(await ledger(place, "--until", "1h"), []);

  const right = await place.run(["ledger", "--verify"]);
  assert.match(
    right.stdout,
    /^3 entries on \d+ pages?, each of which follows the one before it; 2 calls of this database are as entered\nhead [0-9a-f]{64}\n$/,
  );
  const head = right.stdout.match(/head (\S+)/)![1]!;
  assert.equal((await place.run(["backup", `${place.folder}/copy.db`])).code, 0);
  const kept = await place.run(["gc", "--older-than", "0s", "--yes"]);
  assert.equal(kept.code, 0, kept.stderr);
  // The run is gone, and what left with it is still told.
  assert.equal((await ledger(place, "--run", told[0]!.run)).length, 3);
  assert.equal((await place.run(["ledger", "--verify", "--head", head])).code, 0);

  const copy = new DatabaseSync(`${place.folder}/copy.db`);
  copy.exec("DROP TRIGGER ledger_stays; UPDATE ledger SET entry = replace(entry, 'first', 'other') WHERE seq = 1");
  copy.close();
  const changed = await place.run(["ledger", "--verify", "--head", head, "--db", `${place.folder}/copy.db`]);
  assert.equal(changed.code, 1);
  assert.match(changed.stdout, /^FAIL {2}page 1 was changed, or what came before it: its hash does not fit\n/);
  for (const wrong of [["--verify", "--run", "last"], ["--since", "soon"]]) {
    assert.equal((await place.run(["ledger", ...wrong])).code, 2, wrong.join(" "));
  }
});

Deno.test("a search's ledger names every message that was asked for, and counts the requests for tokens", async () => {
  await using bed = await Searching.open({ usersPerDomain: 1, messagesPerUser: 3 });
  const { place, workspace } = bed;
  const searched = await place.run(["run", "gmail-search", "--format", "json"]);
  assert.equal(searched.code, 0, searched.stderr);
  const told = await ledger(place, "--run", "last");
  const { requests, messageGets } = workspace.counters();
  const reached = told.flatMap(({ end }) => end!.reached);
  assert.equal(reached.reduce((sum, of) => sum + of.requests, 0), requests);
  const sent = told.map(({ args }) => JSON.stringify(args)).join();
  const got = Object.keys(messageGets).map((message) => message.split("/")[1]!);
  assert.ok(got.length > 0 && got.every((id) => sent.includes(id)), "every message is named");
  assert.equal((await place.run(["ledger", "--verify"])).code, 0);
});
