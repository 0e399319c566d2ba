/**
 * The limit of a replay: a table of N results, read in pages, given to one new realm in a Worker.
 * Usage: `replay.ts prepare FILE N`, then `replay.ts replay FILE` in a new process, which prints a line of JSON.
 */
import { DatabaseSync } from "node:sqlite";
import { expected } from "../workload.ts";
import type { FromRealm, ToRealms } from "./realm_worker.ts";

export interface LimitReplay {
  readonly perSecond: number;
  /** From `performance.timeOrigin` to the end of the replay, ms. */
  readonly sinceOrigin: number;
}

const PAGE = 256;
const [what = "", file = "", count = "10000"] = Deno.args;
const db = new DatabaseSync(file);

if (what === "prepare") {
  db.exec("CREATE TABLE calls (id INTEGER PRIMARY KEY, result TEXT NOT NULL) STRICT; BEGIN");
  const insert = db.prepare("INSERT INTO calls (result) VALUES (?)");
  for (let i = 0; i < Number(count); i++) insert.run(String(i));
  db.exec("COMMIT");
} else {
  const begin = performance.now();
  const worker = new Worker(new URL("./realm_worker.ts", import.meta.url), {
    type: "module",
    deno: { permissions: "none" },
  });
  const send = (message: ToRealms) => worker.postMessage(message);
  const { calls } = db.prepare("SELECT max(id) AS calls FROM calls").get() as { calls: number };
  const page = db.prepare(`SELECT id, result FROM calls WHERE id > ? ORDER BY id LIMIT ${PAGE}`);
  send({ type: "start", run: 1, task: "sequential", calls });
  let answers = 1;
  for (let done = 0; done < calls; done += PAGE) {
    const rows = page.all(done) as { id: number; result: string }[];
    send({ type: "deliver", run: 1, results: rows.map(({ id, result }) => [id, result]) });
    answers++;
  }
  const outcome = await new Promise<string>((resolve) => {
    worker.onmessage = (event: MessageEvent<FromRealm>) => {
      if (--answers === 0) resolve(event.data.outcome);
    };
  });
  const sinceOrigin = performance.now();
  worker.terminate();
  if (outcome !== String(expected(calls))) throw new Error(`the limit's replay ended with ${outcome}`);
  const replayed: LimitReplay = { perSecond: calls / (sinceOrigin - begin) * 1000, sinceOrigin };
  console.log(JSON.stringify(replayed));
}
db.close();
