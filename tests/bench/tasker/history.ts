/**
 * Fills a new file with ended runs, as months of searches leave them. Usage: history.ts FILE ROWS
 * A run has 100 frames: its root and 99 calls, of which one in 50 failed, with arguments and results of realistic size;
 * a few log lines and records each.
 */
import { openStore } from "../../../src/store/store.ts";
import { publishBenchTasks } from "./bench_host.ts";

const FRAMES = 100;
const [file = "", rows = "1000000"] = Deno.args;
const runs = Math.ceil(Number(rows) / FRAMES);
const store = openStore(file);
publishBenchTasks(store);

const count = (name: string, from: number, to: number) =>
  `${name} (n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM ${name} WHERE n < ${to})`;
// A quarter of a year ago, a run every few minutes.
const start = Date.now() - 90 * 24 * 3_600_000;
const began = `(${start} + run.n * 600000)`;
store.db.exec(`
  PRAGMA synchronous = OFF;
  PRAGMA foreign_keys = OFF;
  BEGIN;
  WITH RECURSIVE ${count("run", 1, runs)}
  INSERT INTO task_runs (run, id, function_id, task_name, status, input, result, seed, root_frame, runtime_version,
                         time_zone, locale, created_at, started_at, ended_at)
  SELECT run.n, printf('%08x-%04x-7000-8000-%012x', ${began} / 65536, ${began} % 65536, run.n),
         (SELECT max(id) FROM task_functions), 'sequential', 'completed', '{"calls":${FRAMES - 1}}', '4851',
         hex(randomblob(16)), (run.n - 1) * ${FRAMES} + 1, '${Deno.version.deno}', 'UTC', 'en-US',
         ${began}, ${began}, ${began} + 60000
  FROM run;
  WITH RECURSIVE ${count("run", 1, runs)}, ${count("call", 0, FRAMES - 1)}
  INSERT INTO stack_runs (id, run, seq, service, method, args, status, lane, attempt, result, error,
                          delivery, delivered_at, issued_at, started_at, ended_at)
  SELECT (run.n - 1) * ${FRAMES} + call.n + 1, run.n, call.n,
         CASE call.n WHEN 0 THEN 'tasks' ELSE 'gapi' END,
         CASE call.n WHEN 0 THEN 'execute' ELSE 'gmail.users.messages.list' END,
         printf('[{"userId":"user%d@example.com","maxResults":100,"q":"from:someone before:%d"}]', call.n, run.n),
         CASE WHEN call.n % 50 = 49 THEN 'failed' ELSE 'completed' END, call.n > 0, 1,
         CASE WHEN call.n % 50 <> 49 THEN printf('{"messages":["%s"]}', hex(randomblob(100))) END,
         CASE WHEN call.n % 50 = 49 THEN '{"name":"TaskerError","code":"NOT_FOUND","message":"no such mailbox"}' END,
         nullif(call.n, 0), CASE WHEN call.n > 0 THEN ${began} + call.n * 500 END,
         ${began} + call.n * 500, ${began} + call.n * 500, ${began} + call.n * 500 + 400
  FROM run, call;
  WITH RECURSIVE ${count("run", 1, runs)}, ${count("line", 0, 4)}
  INSERT INTO logs (run, at, level, source, text)
  SELECT run.n, ${began} + line.n, 'info', 'task', 'domain example.com: user ' || line.n FROM run, line;
  WITH RECURSIVE ${count("run", 1, runs)}, ${count("line", 1, 10)}
  INSERT INTO records (run, kind, seq, frame, data)
  SELECT run.n, 'message', line.n, (run.n - 1) * ${FRAMES} + line.n + 1, '{"id":"' || hex(randomblob(8)) || '"}'
  FROM run, line;
  COMMIT;
  PRAGMA wal_checkpoint (TRUNCATE);
`);
store.close();
