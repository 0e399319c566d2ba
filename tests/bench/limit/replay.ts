/** The limit of a replay: a table of N results, read in pages, given to one realm in a Worker. Usage: replay.ts [N] */
import { DatabaseSync } from "node:sqlite";
import { expected, inFolder, type Workload } from "../workload.ts";
import { peakMemory } from "../peak_memory.ts";
import type { FromRealm, ToRealms } from "./realm_worker.ts";

const PAGE = 256;
const calls = Number(Deno.args[0] ?? 10_000);

await inFolder(async (folder) => {
  const db = new DatabaseSync(`${folder}/limit.db`);
  db.exec("CREATE TABLE calls (id INTEGER PRIMARY KEY, result TEXT NOT NULL) STRICT; BEGIN");
  const insert = db.prepare("INSERT INTO calls (result) VALUES (?)");
  for (let i = 0; i < calls; i++) insert.run(String(i));
  db.exec("COMMIT");

  const begin = performance.now();
  const worker = new Worker(new URL("./realm_worker.ts", import.meta.url), {
    type: "module",
    deno: { permissions: "none" },
  });
  const send = (message: ToRealms) => worker.postMessage(message);
  const page = db.prepare(`SELECT id, result FROM calls WHERE id > ? ORDER BY id LIMIT ${PAGE}`);
  send({ type: "start", run: 1, task: "sequential", calls });
  let answers = 1;
  for (let done = 0; done < calls; done += PAGE) {
    const rows = page.all(done) as { id: number; result: string }[];
    send({ type: "deliver", run: 1, results: rows.map(({ id, result }) => [id, result]) });
    answers++;
  }
  const result = await new Promise<string>((resolve) => {
    worker.onmessage = (event: MessageEvent<FromRealm>) => {
      if (--answers === 0) resolve(event.data.outcome);
    };
  });
  const seconds = (performance.now() - begin) / 1000;
  worker.terminate();
  db.close();
  if (result !== String(expected(calls))) throw new Error(`the limit's replay ended with ${result}`);
  const workload: Workload = { perSecond: calls / seconds, seconds, peakMiB: peakMemory() };
  console.log(JSON.stringify(workload));
});
