import assert from "node:assert/strict";
import { Running } from "./running.ts";
import { Searching } from "./searching.ts";
import { Place } from "./tasker.ts";

/** A run as one file: exported here, opened where there is nothing else. */

const TRIP = `export const manifest = {
  description: "Plans a trip", services: ["records", "tasks", "keystore"], revealSecrets: true, input: { type: "object" },
};
export default async function trip({ to = "Rome", legs = 1 }) {
  const key = await tools.keystore.getKey("MAP_KEY");
  if (typeof key !== "string") throw new Error("no key");
  await tools.records.append("leg", { to, legs });
  console.log("to", to);
  if (legs > 0) await tools.tasks.execute("trip", { to: "\\u001b[31mOslo", legs: legs - 1 });
  if (legs > 0) throw new Error("no train to " + to);
}
`;
const OTHER = "export const manifest = { description: '', services: ['records'], input: {} }; " +
  "export default async () => await tools.records.append('leg', 1);";

/** Every file of a folder, with its content. */
function contents(folder: string): Record<string, string> {
  return Object.fromEntries(
    [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile)
      .map(({ name }) => [name, Deno.readTextFileSync(`${folder}/${name}`)]),
  );
}

Deno.test("a failed run is exported, and shown, replayed and tested elsewhere, where nothing is written", async () => {
  using here = new Place();
  using there = new Place();
  await here.run(["keystore", "set", "MAP_KEY"], { stdin: "k3y-of-the-map" });
  await here.run(["publish", here.write("trip.js", TRIP)]);
  assert.equal((await here.run(["run", "trip"])).code, 1);
  const file = `${there.folder}/run.tasker`;

  // In blocks of 512 bytes: less than the file needs.
  await using small = Running.start(here, ["export-run", "last", file], {
    through: ["/bin/sh", "-c", 'trap "" XFSZ; ulimit -f 100; exec "$@"', "sh"],
  });
  const full = await small.end();
  assert.deepEqual(
    [full.code, /disk is full|File too large|could not be read or written/.test(full.stderr)],
    [7, true],
    full.stderr,
  );
  assert.deepEqual(contents(there.folder), {});

  const done = await here.run(["export-run", "last", file]);
  assert.equal(done.code, 0, done.stderr);
  assert.match(
    done.stderr,
    /run\.tasker: run [0-9a-f]{8} with 1 nested run, 5 calls, 2 records, .*, SHA-256 [0-9a-f]{16}…\n2 answers that were secrets are \[redacted\]\n$/,
  );
  assert.equal((await here.run(["export-run", "last", file])).code, 2);
  assert.ok(!Deno.readTextFileSync(file).includes("k3y-of-the-map"));
  there.write("trip.js", OTHER);
  const before = contents(there.folder);

  const open = await there.run(["open", "run.tasker"]);
  assert.deepEqual([open.code, open.stderr], [0, ""]);
  assert.match(
    open.stdout,
    /^run\.tasker: whole, .*\nexported .* by .*: 2 runs, 5 calls, 2 records, 3 log lines\n2 answers that were secrets are \[redacted\]\n\n/,
  );
  assert.match(open.stdout, /error {5}TASK_FAILED: no train to Rome\n[^]*└▶ trip v1/);
  assert.ok(!open.stdout.includes("\u001b["), "nothing steers the terminal");
  const replay = await there.run(["open", "run.tasker", "--replay"]);
  assert.deepEqual([replay.code, replay.stderr], [0, ""]);
  assert.match(replay.stdout, /same: .* makes the 3 calls .* ends as recorded: failed/);
  const other = await there.run(["open", "run.tasker", "--replay", "--code", "trip.js", "--json"]);
  assert.deepEqual([other.code, JSON.parse(other.stdout).same], [1, false]);
  assert.equal((await there.run(["open", "run.tasker", "--code", "trip.js"])).code, 2);
  const tested = await there.run(["test", "trip", "--against", "run.tasker", "--code", "trip.js", "--json"]);
  assert.deepEqual([tested.code, JSON.parse(tested.stdout).ends.recorded.error.message], [1, "no train to Rome"]);

  const [shown, original] = await Promise.all([
    there.run(["open", "run.tasker", "--json"]),
    here.run(["show", "last", "--json"]),
  ]);
  const { run, rows, ...about } = JSON.parse(shown.stdout);
  assert.deepEqual(run, { ...JSON.parse(original.stdout), stack: run.stack });
  assert.deepEqual(rows, {
    task_functions: 1,
    task_runs: 2,
    stack_runs: 6,
    run_links: 0,
    signals: 0,
    records: 2,
    logs: 3,
  });
  assert.deepEqual([about.file, about.unfinished, about.redacted], ["run.tasker", false, 2]);
  const fork = await there.run(["fork", "last", "--from", "1", "--db", "run.tasker"]);
  assert.deepEqual([fork.code, /is a run file/.test(fork.stderr)], [7, true]);
  assert.deepEqual(contents(there.folder), before);

  const bytes = Deno.readFileSync(file);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  Deno.writeFileSync(file, bytes);
  const damaged = await there.run(["open", "run.tasker"]);
  assert.deepEqual([damaged.code, damaged.stdout, /is damaged/.test(damaged.stderr)], [7, "", true]);
  assert.equal((await there.run(["open", "none.tasker"])).code, 3);
});

Deno.test("a search is exported with the mail that it has read, and told of elsewhere as where it was", async () => {
  using there = new Place();
  const answers = async (place: Place, database: string) => {
    const asked = [["show", "last"], ["records", "last"], ["replay", "last"]];
    const done = await Promise.all(asked.map((args) => place.run([...args, "--json", "--db", database])));
    assert.deepEqual(done.map(({ code, stderr }) => [code, stderr]), asked.map(() => [0, ""]));
    return done.map(({ stdout }) => JSON.parse(stdout));
  };
  let here: unknown[];
  {
    await using searching = await Searching.open({ domains: 1, usersPerDomain: 2, messagesPerUser: 10 });
    await searching.result(["--max-results-per-user", "5"]);
    here = await answers(searching.place, searching.place.db);
    assert.equal((await searching.place.run(["export-run", "last", `${there.folder}/run.tasker`])).code, 0);
  }
  assert.deepEqual(await answers(there, "run.tasker"), here);
  assert.deepEqual([...Deno.readDirSync(there.folder)].map(({ name }) => name), ["run.tasker"]);
});
