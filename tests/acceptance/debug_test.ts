import assert from "node:assert/strict";
import { finished, Place } from "./tasker.ts";

/** `tasker debug`: looking into the database, and clearing it. */

const TALKS = `module.exports = async () => {
  console.log("first");
  await tools.timer.sleep(1);
  console.warn("second \\u001b[31mred");
  await tools.records.append("row", [{ a: 1 }, { a: 2 }]);
  return 1;
};`;
const WAITS = `module.exports = async () => { await tools.timer.sleep(3_600_000); };`;

async function used(): Promise<Place> {
  const place = new Place();
  for (const [name, source] of [["talks.js", TALKS], ["waits.js", WAITS]] as const) {
    const { code, stderr } = await place.run(["publish", place.write(name, source)]);
    if (code !== 0) throw new Error(stderr);
  }
  await place.run(["keystore", "set", "KEEP"], { stdin: "kept" });
  const { code, stderr } = await place.run(["run", "talks"]);
  if (code !== 0) throw new Error(stderr);
  return place;
}

Deno.test("debug db shows tables, counts, the newest runs and frames, sizes and the integrity check", async () => {
  using place = await used();
  const { code, stdout } = await place.run(["debug", "db"]);
  assert.equal(code, 0);
  assert.ok(stdout.includes(place.db));
  assert.match(stdout, /integrity +ok/);
  assert.match(stdout, /owner +nobody at the moment/);
  for (const row of [/^keystore +1$/m, /^task_runs +1$/m, /^records +2$/m, /^task_functions +\d/m, /^logs +2$/m]) {
    assert.match(stdout, row);
  }
  assert.match(stdout, /NEWEST RUNS[\s\S]*talks +completed/);
  assert.match(stdout, /NEWEST FRAMES[\s\S]*records\.append +completed/);
});

Deno.test("debug logs prints what was logged, made safe, of one run or all, and --follow ends with the run", async () => {
  using place = await used();
  const all = await place.run(["debug", "logs"]);
  assert.deepEqual(all.stdout.trimEnd().split("\n").map((line) => line.replace(/^\S+ \S+ [0-9a-f]{8} /, "")), [
    "info  first",
    "warn  second red",
  ]);
  const followed = await place.run(["debug", "logs", "--run", "last", "--follow"]);
  assert.equal(followed.code, 0);
  assert.match(followed.stdout, /info +first\n.*warn +second red\n$/);
  assert.equal((await place.run(["debug", "logs", "--run", "zzzz"])).code, 3);
});

Deno.test("debug logs --follow prints lines as they come until it is stopped", async () => {
  using place = await used();
  const child = place.start(["debug", "logs", "--follow"]);
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const readUntil = async (words: string, times: number) => {
    while (text.split(words).length - 1 < times) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`ended before "${words}": ${text}`);
      text += value;
    }
  };
  await readUntil("second red", 1);
  assert.equal((await place.run(["run", "talks"])).code, 0);
  await readUntil("second red", 2);
  child.kill("SIGINT");
  await reader.cancel();
  await child.stderr.cancel();
  assert.equal((await child.status).code, 0);
});

Deno.test("debug clear deletes runs, frames, records and logs; never tasks or the keystore", async () => {
  using place = await used();
  const unasked = await place.run(["debug", "clear"]);
  assert.equal(unasked.code, 2);
  assert.match(unasked.stderr, /--yes/);
  const counts = async () => {
    const { tables } = JSON.parse((await place.run(["debug", "db", "--json"])).stdout);
    return Object.fromEntries(tables.map(({ table, rows }: { table: string; rows: number }) => [table, rows]));
  };
  const before = await counts();
  assert.ok(before.task_runs === 1 && before.stack_runs > 2 && before.records === 2 && before.logs === 2);
  const cleared = await place.run(["debug", "clear", "--yes"]);
  assert.equal(cleared.code, 0, cleared.stderr);
  assert.match(cleared.stderr, /deleted 1 run, \d+ frames, 2 records, 2 log lines/);
  const after = await counts();
  assert.deepEqual([after.task_runs, after.stack_runs, after.records, after.logs], [0, 0, 0, 0]);
  assert.deepEqual([after.task_functions, after.keystore], [before.task_functions, 1]);
  assert.equal((await place.run(["keystore", "get", "KEEP", "--reveal"])).stdout.trim(), "kept");
  assert.equal((await place.run(["run", "talks"])).code, 0);
});

Deno.test("debug clear refuses while a run has not ended, unless forced", async () => {
  using place = await used();
  assert.equal((await place.run(["run", "waits", "--detach"])).code, 0);
  const refused = await place.run(["debug", "clear", "--yes"]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /1 run has not ended: nothing was deleted[\s\S]*--force/);
  assert.equal(JSON.parse((await place.run(["runs", "--json"])).stdout).length, 2);
  const forced = await place.run(["debug", "clear", "--yes", "--force", "--json"]);
  assert.equal(forced.code, 0, forced.stderr);
  assert.equal(JSON.parse(forced.stdout).task_runs, 2);
  assert.deepEqual(JSON.parse((await place.run(["runs", "--json"])).stdout), []);
});

Deno.test("debug clear asks on a terminal, and no is no", async () => {
  using place = await used();
  const [command, ...before] = place.commandLine();
  const ask = async (answer: string) => {
    const line = [command, ...before, "debug", "clear"].map((word) => `'${word}'`).join(" ");
    const child = new Deno.Command("script", {
      args: ["-qec", line, "/dev/null"],
      clearEnv: true,
      env: { ...place.environment(), PATH: Deno.env.get("PATH")!, TERM: "xterm", NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(`${answer}\n`));
    const done = await finished(child);
    await writer.close().catch(() => {/* it had ended already */});
    return done;
  };
  const no = await ask("n");
  assert.equal(no.code, 4, no.stdout);
  assert.match(no.stdout, /Delete 1 run, .* from [\s\S]*nothing was deleted/);
  const yes = await ask("y");
  assert.equal(yes.code, 0, yes.stdout);
  assert.match(yes.stdout, /deleted 1 run/);
});
