/**
 * The limit of the machine: the loop that every durable call needs, with no engine around it. Realm → message → one FULL
 * commit → loopback POST to itself → message, and nothing else.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { FromRealm, ToRealms } from "./realm_worker.ts";

/** How long a result waits at most for the realms at work, whose calls could share its commit, ms. */
const LONGEST_WAIT = 20;

interface Call {
  readonly run: number;
  readonly seq: number;
  readonly args: string;
  row: number;
  result: string;
}

export interface LimitRun {
  readonly task: "sequential" | "parallel";
  readonly calls: number;
}

export class LimitLoop {
  readonly #db: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #worker: Worker;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #url: string;
  readonly #ended = new Map<number, (result: number) => void>();
  /** Staged for the next commit. */
  #settled: Call[] = [];
  #issued: Call[] = [];
  #submitted: (LimitRun & { run: number })[] = [];
  #over: { run: number; result: number }[] = [];
  /** Committed, to be started by the next step. */
  #ready: Call[] = [];
  #starts: (LimitRun & { run: number })[] = [];
  #parking: { left: number; allWait: () => void } | undefined;
  #runs = 0;
  #atWork = 0;
  #scheduled = false;

  constructor(path: string) {
    this.#db = new DatabaseSync(path);
    this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      CREATE TABLE calls (id INTEGER PRIMARY KEY, run INTEGER NOT NULL, seq INTEGER NOT NULL, args TEXT NOT NULL,
        status TEXT NOT NULL, result TEXT) STRICT`);
    this.#begin = this.#db.prepare("BEGIN IMMEDIATE");
    this.#commit = this.#db.prepare("COMMIT");
    this.#insert = this.#db.prepare("INSERT INTO calls (run, seq, args, status) VALUES (?, ?, ?, 'processing')");
    this.#update = this.#db.prepare("UPDATE calls SET status = 'completed', result = ? WHERE id = ?");
    this.#worker = new Worker(new URL("./realm_worker.ts", import.meta.url), {
      type: "module",
      deno: { permissions: "none" },
    });
    this.#worker.onmessage = (event: MessageEvent<FromRealm>) => this.#take(event.data);
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      if (request.url.endsWith("/run")) return this.#answer(request);
      this.#step();
      return new Response(null, { status: 202 });
    });
    this.#url = `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  /** Submits a run and gives its result. */
  run(run: LimitRun): Promise<number> {
    const number = ++this.#runs;
    this.#submitted.push({ ...run, run: number });
    this.#schedule();
    return new Promise((resolve) => this.#ended.set(number, resolve));
  }

  /** Submits runs of one call that nobody answers; settles when all of them wait. */
  park(runs: number): Promise<void> {
    for (let i = 0; i < runs; i++) void this.run({ task: "sequential", calls: 1 });
    return new Promise((allWait) => this.#parking = { left: runs, allWait });
  }

  /** Submits a run to the loop's own server, which answers with its result. */
  async runOverHttp(run: LimitRun): Promise<number> {
    return await (await fetch(`${this.#url}run`, { method: "POST", body: JSON.stringify(run) })).json();
  }

  async stop(): Promise<void> {
    this.#worker.terminate();
    await this.#server.shutdown();
    this.#db.close();
  }

  async #answer(request: Request): Promise<Response> {
    return Response.json(await this.run(await request.json() as LimitRun));
  }

  /** A realm's turns are over. */
  #take({ run, calls, outcome }: FromRealm): void {
    for (const [seq, args] of JSON.parse(calls) as [number, string][]) {
      this.#issued.push({ run, seq, args, row: 0, result: "" });
    }
    if (outcome !== "") this.#over.push({ run, result: JSON.parse(outcome) });
    if (--this.#atWork === 0) this.#write();
    else this.#schedule(LONGEST_WAIT);
  }

  #schedule(delay = 0): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (delay === 0) queueMicrotask(() => this.#write());
    else setTimeout(() => this.#scheduled && this.#write(), delay);
  }

  /** One durable commit of everything staged, then one POST to start what it holds. */
  #write(): void {
    this.#scheduled = false;
    this.#begin.run();
    for (const call of this.#settled) this.#update.run(call.result, call.row);
    for (const call of this.#issued) {
      call.row = Number(this.#insert.run(call.run, call.seq, call.args).lastInsertRowid);
    }
    for (const { run } of this.#submitted) this.#insert.run(run, 0, "[]");
    this.#commit.run();
    this.#settled = [];
    this.#ready.push(...this.#issued.splice(0));
    this.#starts.push(...this.#submitted.splice(0));
    for (const { run, result } of this.#over.splice(0)) {
      this.#ended.get(run)!(result);
      this.#ended.delete(run);
    }
    if (this.#ready.length + this.#starts.length > 0) void this.#post();
  }

  async #post(): Promise<void> {
    const response = await fetch(this.#url, { method: "POST", body: '{"trigger":"process-next"}' });
    await response.body?.cancel();
  }

  /** Answers what is ready: every call gives back its argument. */
  #step(): void {
    const byRun = new Map<number, [number, string][]>();
    for (const call of this.#ready.splice(0)) {
      if (this.#parking !== undefined) {
        if (--this.#parking.left === 0) this.#parking.allWait();
        continue;
      }
      call.result = call.args.slice(1, -1);
      this.#settled.push(call);
      const results = byRun.get(call.run);
      if (results === undefined) byRun.set(call.run, [[call.seq, call.result]]);
      else results.push([call.seq, call.result]);
    }
    for (const { run, task, calls } of this.#starts.splice(0)) this.#send({ type: "start", run, task, calls });
    for (const [run, results] of byRun) this.#send({ type: "deliver", run, results });
  }

  #send(message: ToRealms): void {
    this.#atWork++;
    this.#worker.postMessage(message);
  }
}
