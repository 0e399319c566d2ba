import { answerTo } from "./answers.ts";
import type { Findings } from "./findings.ts";
import { Senders } from "./senders.ts";

/** A call that has just arrived. */
export interface Arrival {
  readonly key: string;
  /** The token that it brings; "" for none. */
  readonly after: string;
}

/** How long a call may still be on its way after its run was held, ms. */
const ON_ITS_WAY = 500;

/**
 * What the errands call: a real server on loopback. It answers as the seed decides, counts every call by its key, and
 * knows what must not be asked for any more.
 */
export class Service implements AsyncDisposable {
  /** Told of each call before it is answered. */
  onArrival: (arrival: Arrival) => void = () => {};
  /** Requests that came after their sender had gone: not counted against anybody. */
  late = 0;
  readonly #seed: number;
  readonly #findings: Findings;
  readonly #senders: Senders;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #closing = new AbortController();
  readonly #counts = new Map<string, number>();
  readonly #sent = new Map<string, number>();
  readonly #ids = new Map<string, string>();
  readonly #recorded = new Map<string, string>();
  readonly #held = new Map<string, number>();
  #waiting: { left: number; tell: () => void }[] = [];

  constructor(params: { seed: number; findings: Findings; senders: Senders }) {
    this.#seed = params.seed;
    this.#findings = params.findings;
    this.#senders = params.senders;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, signal: this.#closing.signal, onListen() {} },
      (request, { remoteAddr }) => this.#answer(request, remoteAddr.port),
    );
  }

  /** As a manifest's `hosts` names it. */
  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  /** How often each key was asked for. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** The status that was answered with a token; undefined when it was never sent. */
  statusOf(token: string): number | undefined {
    return this.#sent.get(token);
  }

  /** The result of this call is in the journal at `where`: nobody may ask for it from now on. */
  isRecorded(key: string, where: string): void {
    this.#recorded.set(key, where);
  }

  /** Until `goesOn`, nothing of the run of this name may ask. */
  isHeld(name: string): void {
    this.#held.set(name, performance.now());
  }

  goesOn(name: string): void {
    this.#held.delete(name);
  }

  /** Of every run. */
  allGoOn(): void {
    this.#held.clear();
  }

  /** Settles at the `count`-th call from now. */
  arrivals(count: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ left: count, tell: resolve }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#server.finished;
  }

  async #answer(request: Request, port: number): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const key = searchParams.get("key");
    if (key === null) return new Response("ready");
    const after = searchParams.get("after") ?? "";
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    this.#judge({ key, after, count, method: request.method, id: request.headers.get("idempotency-key"), port });
    this.onArrival({ key, after });
    this.#tell();

    const { trouble, status, delay } = answerTo(this.#seed, key);
    const first = trouble[count - 1];
    if (first === "hang" && request.method !== "POST") return await this.#never();
    if (first === "drop") return broken();
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    const token = `${key}:${count}`;
    this.#sent.set(token, status);
    return Response.json({ token }, { status });
  }

  #judge(call: Arrival & { count: number; method: string; id: string | null; port: number }): void {
    const { key, after, count, method, id, port } = call;
    this.#senders.called(port, key);
    const report = this.#findings.report.bind(this.#findings);
    const recorded = this.#recorded.get(key);
    const heldAt = [...this.#held].find(([name]) => key.startsWith(`${name}.`))?.[1];
    const isOld = heldAt !== undefined && performance.now() - heldAt > ON_ITS_WAY;
    if ((recorded !== undefined || isOld) && Senders.areKnown && this.#senders.of(port) === undefined) {
      this.late++;
    } else {
      if (recorded !== undefined) report("again", `${recorded} (${key}) was made again: request ${count}`);
      if (isOld) report("word", `${key} was called though its run is held`);
    }
    if (method === "POST" && count > 1) report("commit", `${key} was called ${count} times and must not be repeated`);
    if (after !== "" && !this.#sent.has(after)) {
      report("causality", `${key} brings the token ${after}, which was never sent`);
    }
    const known = this.#ids.get(key);
    if (id !== null && known !== undefined && known !== id) {
      report("once", `${key} was called as ${known} and as ${id}`);
    }
    if (id !== null) this.#ids.set(key, id);
  }

  #never(): Promise<Response> {
    return new Promise((resolve) => {
      this.#closing.signal.addEventListener("abort", () => resolve(new Response(null, { status: 503 })), {
        once: true,
      });
    });
  }

  #tell(): void {
    for (const waiting of this.#waiting) {
      if (--waiting.left <= 0) waiting.tell();
    }
    this.#waiting = this.#waiting.filter(({ left }) => left > 0);
  }
}

/** An answer that breaks off before the bytes that it has promised. */
function broken(): Response {
  return new Response(new ReadableStream({ start: (controller) => controller.close() }), {
    headers: { "content-length": "10" },
  });
}
