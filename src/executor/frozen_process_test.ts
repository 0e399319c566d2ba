import assert from "node:assert/strict";
import { systemClock } from "../core/clock.ts";

/** Output of a process that is stopped for `frozenMs` right after its first line. */
async function outputWhileFrozen(frozenMs: number): Promise<string> {
  const script = new URL("./fixtures/frozen_process.ts", import.meta.url);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--allow-read", "--unstable-worker-options", script.pathname],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let output = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const isFirst = output === "";
    output += text;
    if (!isFirst || frozenMs === 0) continue;
    child.kill("SIGSTOP");
    await new Promise<void>((resolve) => systemClock.after(frozenMs, resolve));
    child.kill("SIGCONT");
  }
  await child.status;
  return output;
}

const ignore = Deno.build.os === "windows";

Deno.test({
  name: "a turn that ran out of time while the process was stopped is lost, not stalled",
  ignore,
  fn: async () =>
    assert.match(await outputWhileFrozen(2_500), /^started\nISOLATE_LOST: .* while the machine was not running\.\n$/),
});

Deno.test({
  name: "the same turn is stalled when the process was not stopped",
  ignore,
  fn: async () =>
    assert.match(await outputWhileFrozen(0), /^started\nTASK_STALLED: .* computed for too long without a call\.\n$/),
});
