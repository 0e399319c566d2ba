import assert from "node:assert/strict";
import { Running } from "../acceptance/running.ts";

/**
 * A minute of chaos, on Deno 2.4 a part of one; `deno task chaos --minutes 10` is the long one. TASKER_TEST_SEED repeats a
 * seed that was printed.
 */

const SECONDS = Deno.version.deno.startsWith("2.4.") ? 20 : 60;
/** How long it may take in all on a machine that does other things too, ms. */
const PATIENCE = 10 * 60_000;

function start(args: readonly string[]): Running {
  const config = new URL("../deno.json", import.meta.url).pathname;
  const program = new URL("./chaos.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--frozen", "--config", config, program, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return new Running(child);
}

/** Processes of this machine in whose environment a folder stands. */
function processesIn(folder: string): string[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => name).filter((name) => {
    try {
      return /^\d+$/.test(name) && Deno.readTextFileSync(`/proc/${name}/environ`).includes(folder);
    } catch {
      // It has ended, or is another user's.
      return false;
    }
  });
}

Deno.test(`${SECONDS} seconds of chaos break no promise`, async () => {
  const seed = Deno.env.get("TASKER_TEST_SEED");
  await using chaos = start(["--seconds", String(SECONDS), ...seed === undefined ? [] : ["--seed", seed]]);
  const timer = setTimeout(() => chaos.kill("SIGTERM"), PATIENCE);
  const { code, stdout, stderr } = await chaos.end();
  clearTimeout(timer);
  console.log(stdout);
  assert.equal(code, 0, `${stdout}\n${stderr}`);
});

Deno.test("interrupted, the chaos ends at once and leaves neither a process nor a file", async () => {
  await using chaos = start(["--seconds", String(SECONDS)]);
  const [, folder] = await chaos.says(/^in (.+)$/m, "stdout");
  await chaos.says(/^ *\d+\.\d s {2}/m, "stdout");
  chaos.kill("SIGINT");
  const { code, stdout } = await chaos.end();
  assert.equal(code, 130, stdout);
  assert.match(stdout, /interrupted; the seed was \d+/);
  assert.throws(() => Deno.statSync(folder!), Deno.errors.NotFound);
  if (Deno.build.os === "linux") assert.deepEqual(processesIn(folder!), []);
});
