import { startServer } from "../contenders.ts";
import { runLimitReplay } from "./replay.ts";
import type { Section } from "../figure.ts";
import { median } from "../statistics.ts";
import type { NewCall } from "../tasker/served.ts";
import { expected, inFolder } from "../workload.ts";

/** Calls that the run still has to make after the kill. */
const LEFT = 100;

interface Restart extends NewCall {
  readonly sinceSpawn: number;
}

/** Kills a server whose run is in the middle of its n-th call, and starts another one on the file several times. */
async function killAndRestart(folder: string, calls: number, times: number): Promise<Restart[]> {
  const file = `${folder}/${calls}.db`;
  const all = calls + LEFT;
  const first = await startServer(file, calls);
  const { taskRunId } = await first.client.submit({ taskName: "sequential", input: { calls: all } });
  await first.process.next();
  await first.process.kill();
  const restarts: Restart[] = [];
  for (let i = 0; i < times; i++) {
    const copy = `${folder}/${calls}-${i}.db`;
    for (const part of ["", "-wal"]) Deno.copyFileSync(`${file}${part}`, `${copy}${part}`);
    const spawned = Date.now();
    const { process: server, client } = await startServer(copy);
    await using _server = server;
    const newCall = await server.next<NewCall>();
    for await (const { status, result } of client.events(taskRunId)) {
      if (status !== "completed") continue;
      if (result !== expected(all)) throw new Error(`the restarted run ended with ${JSON.stringify(result)}`);
    }
    restarts.push({ ...newCall, sinceSpawn: newCall.at - spawned });
  }
  return restarts;
}

export const restart: Section = {
  name: "restart",
  about:
    `kill -9 of a server in the middle of a call of a run, when 1,000 (10,000) calls of it are recorded; then, on copies of
    what the kill left, a new server process: ms from its performance.timeOrigin, which is before the first instruction of
    any module, to the start of the first call that the run had not made before. The run must end with the right result.
    The limit is the engineless replay in a new process, on the same clock.`,
  async *run({ quick, progress }) {
    for (const [calls, atMost] of [[1_000, 300], [10_000, 600]] as const) {
      const count = calls.toLocaleString("en-US");
      progress(`kill -9 of a ${count}-call run`);
      const [restarts, limits] = await inFolder(async (folder) => [
        await killAndRestart(folder, calls, quick ? 3 : 5),
        [await runLimitReplay(calls), await runLimitReplay(calls), await runLimitReplay(calls)],
      ]);
      const of = (field: keyof Restart) => Math.round(median(restarts.map((one) => one[field])));
      const value = median(restarts.map(({ sinceOrigin }) => sinceOrigin));
      const limit = median(limits.map(({ sinceOrigin }) => sinceOrigin));
      yield {
        name: `kill -9 of a ${count}-call run to its next new call`,
        value,
        unit: "ms",
        limit: { value: limit, ratio: value / limit },
        bars: [{ what: "since the first instruction", is: value, atMost, unit: "ms" }],
        note: `engine started after ${of("engineSinceOrigin")} ms; ${
          of("sinceSpawn")
        } ms since the process was spawned`,
      };
    }
  },
};
