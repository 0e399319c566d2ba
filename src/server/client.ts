import { type ErrorCode, TaskerError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import {
  addressFile,
  type ApprovalView,
  type ErrorAnswer,
  type HealthView,
  type RunView,
  type ScheduleView,
  type ServerAddress,
  type SignalAnswer,
  type SubmitAnswer,
} from "./api.ts";

/** The longest that a server at work takes to answer, ms. */
const PATIENCE = 30_000;

/** A run to submit; with an `id` (UUID) of one's own it may be repeated when no answer came. */
interface Submission {
  readonly id?: string;
  /** Names the run instead: submitted again under it, by whomever, it is the run that is there. */
  readonly idempotencyKey?: string;
  readonly priority?: number;
  readonly taskName: string;
  /** The hash of a draft. */
  readonly draft?: string;
  readonly input: Json;
  readonly reason?: string;
  readonly by?: string;
}

/** What takes as long as it takes, ms. */
const LONG = 30 * 60_000;

/** Talks to the server that owns a database: the only way for other processes (and the command line) to change run state. */
export class Client {
  readonly #address: ServerAddress;

  constructor(address: ServerAddress) {
    this.#address = address;
  }

  health(options: { timeout?: number } = {}): Promise<HealthView> {
    return this.#json("GET", "/health", undefined, options.timeout);
  }

  submit(params: Submission): Promise<SubmitAnswer> {
    return this.#json("POST", "/functions/v1/tasks/execute", params);
  }

  /** With an `id` (UUID) of one's own it may be repeated when no answer came. */
  fork(params: {
    id?: string;
    run: string;
    from?: number;
    input?: Json;
    /** Results in place of recorded ones, by the number of their calls. */
    set?: Readonly<Record<string, Json>>;
    latest?: boolean;
    /** The hash of a draft. */
    draft?: string;
    /** Whether calls that the run has made get its answers. */
    answers?: boolean;
    reason?: string;
    by?: string;
  }): Promise<SubmitAnswer> {
    return this.#json("POST", "/functions/v1/tasks/fork", params);
  }

  /** With an `id` (UUID) of one's own it may be repeated when no answer came. */
  retry(params: { id?: string; run: string; latest?: boolean; reason?: string; by?: string }): Promise<SubmitAnswer> {
    return this.#json("POST", "/functions/v1/tasks/retry", params);
  }

  /** As `submit`; gives the run when it has ended or is held within `wait` (ms, 60,000 at most), else only where it is. */
  execute(params: Submission, wait: number): Promise<RunView | SubmitAnswer> {
    return this.#json("POST", "/functions/v1/tasks/execute", { ...params, wait }, wait + PATIENCE);
  }

  /** `wait`: for so long at most (ms) until the run has ended or is held. */
  status(id: string, { wait }: { wait: number } = { wait: 0 }): Promise<RunView> {
    const path = `/functions/v1/tasks/status?id=${encodeURIComponent(id)}&wait=${wait}`;
    return this.#json("GET", path, undefined, wait + PATIENCE);
  }

  /** The run may clean up for a while, unless it is to end `now`. It may be repeated when no answer came. */
  cancel(id: string, options: { now?: boolean } = {}): Promise<RunView> {
    return this.#json("POST", "/functions/v1/tasks/cancel", { id, ...options });
  }

  /** With a `signalId` of one's own it may be repeated when no answer came. */
  signal(params: { id: string; name: string; data: Json; signalId?: string }): Promise<SignalAnswer> {
    return this.#json("POST", "/functions/v1/tasks/signal", params);
  }

  hold(id: string): Promise<RunView> {
    return this.#json("POST", "/functions/v1/tasks/hold", { id });
  }

  resume(id: string): Promise<RunView> {
    return this.#json("POST", "/functions/v1/tasks/resume", { id });
  }

  /** Gives a held run the newest version of its task; that is replayed against the run's journal first, however long it is. */
  upgrade(params: { id: string; by?: string }): Promise<RunView> {
    return this.#json("POST", "/functions/v1/tasks/upgrade", params, LONG);
  }

  /** Deletes a slice of runs that have ended; gives the ids of what is left of them. */
  discard(params: { ids: readonly string[]; by?: string }): Promise<{ left: string[] }> {
    return this.#json("POST", "/functions/v1/tasks/discard", params);
  }

  /** With an `id` of one's own (UUID) it may be repeated when no answer came. */
  addSchedule(params: {
    id: string;
    name?: string;
    pattern: string;
    timeZone: string;
    catchUp: ScheduleView["catchUp"];
    taskName: string;
    input: Json;
    reason?: string;
    by?: string;
  }): Promise<ScheduleView> {
    return this.#json("POST", "/functions/v1/schedules/add", params);
  }

  changeSchedule(change: "pause" | "resume" | "remove", params: { name: string; by?: string }): Promise<ScheduleView> {
    return this.#json("POST", `/functions/v1/schedules/${change}`, params);
  }

  /** The calls that wait for a person. */
  async approvals(): Promise<readonly ApprovalView[]> {
    return (await this.#json<{ approvals: ApprovalView[] }>("GET", "/functions/v1/approvals")).approvals;
  }

  /** What a person has decided of a call that waits for them; it may be sent again. */
  decide(
    verb: "approve" | "refuse",
    decision: { id: string; args?: Json; reason?: string; by?: string },
  ): Promise<ApprovalView> {
    return this.#json("POST", `/functions/v1/approvals/${verb}`, decision);
  }

  /** Asks for a step of the stack processor: rules may have changed. */
  async step(): Promise<void> {
    await this.#json("POST", "/functions/v1/simple-stack-processor", { trigger: "process-next" }, 2_000);
  }

  /**
   * The run as it is now and after every change (a few times a second at most), until it has ended or is held.
   * Throws UNAVAILABLE when the connection breaks: the caller reconnects, or takes over when the owner has died.
   */
  async *events(id: string, signal?: AbortSignal): AsyncGenerator<RunView> {
    const response = await this.#request(
      "GET",
      `/functions/v1/tasks/events?id=${encodeURIComponent(id)}`,
      undefined,
      signal,
    );
    // An event may come in hundreds of chunks: they are put together once, when its end is there.
    let chunks: string[] = [];
    let tail = "";
    try {
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        chunks.push(chunk);
        const ends = `${tail}${chunk}`.includes("\n\n");
        tail = chunk.slice(-1) || tail;
        if (!ends) continue;
        const events = chunks.join("").split("\n\n");
        chunks = [events.pop()!];
        for (const text of events) {
          const { event, data } = readEvent(text);
          if (event === "error") throw asThrown(JSON.parse(data) as ErrorAnswer);
          if (data !== "") yield JSON.parse(data) as RunView;
        }
      }
    } catch (error) {
      if (signal?.aborted) return;
      throw error instanceof TaskerError ? error : unreachable(this.#address, error);
    }
  }

  async #json<T>(method: string, path: string, body?: unknown, timeout = PATIENCE): Promise<T> {
    const response = await this.#request(method, path, body, AbortSignal.timeout(timeout));
    return await this.#read<T>(response);
  }

  /** What does not speak as tasker does is not the owner: its port has another program by now. */
  async #read<T>(response: Response): Promise<T> {
    try {
      return await response.json() as T;
    } catch (error) {
      throw unreachable(this.#address, error);
    }
  }

  async #request(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(`${this.#address.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.#address.token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      throw unreachable(this.#address, error);
    }
    if (response.ok) return response;
    const answer = await this.#read<Partial<ErrorAnswer> | null>(response);
    if (answer?.error?.code === undefined) throw unreachable(this.#address, `HTTP ${response.status}`);
    throw asThrown(answer as ErrorAnswer);
  }
}

function asThrown({ error }: ErrorAnswer): TaskerError {
  return new TaskerError(error.code as ErrorCode, error.message, error.hint === undefined ? {} : { hint: error.hint });
}

/** One server-sent event: its name and its data. */
function readEvent(text: string): { event: string; data: string } {
  const field = (name: string) =>
    text.split("\n").filter((line) => line.startsWith(`${name}:`)).map((line) =>
      line.slice(name.length + 1).trimStart()
    );
  return { event: field("event").join(""), data: field("data").join("\n") };
}

function unreachable(address: ServerAddress, cause: unknown): TaskerError {
  return new TaskerError("UNAVAILABLE", `the tasker process ${address.pid} does not answer at ${address.url}`, {
    hint: "it may be stopping or frozen; `tasker debug db` names the owner",
    cause,
  });
}

/**
 * The address of the server that owns the database, when the file beside it names one. Throws DATABASE_UNUSABLE when
 * what is there cannot be read.
 */
export function readAddress(databasePath: string): ServerAddress | undefined {
  const path = addressFile(databasePath);
  try {
    const address = JSON.parse(Deno.readTextFileSync(path)) as Partial<ServerAddress> | null;
    return isAddress(address) ? address : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw addressUnusable(path, error);
  }
}

/** Something else is in the place of the file that says where the owner is. */
export function addressUnusable(path: string, error: unknown): TaskerError {
  const reason = error instanceof Error ? error.message : String(error);
  return new TaskerError("DATABASE_UNUSABLE", `${path} cannot be used: ${reason}`, {
    hint: "remove it: it only says where the database's owner is, and the next owner makes it anew",
    cause: error,
  });
}

function isAddress(value: Partial<ServerAddress> | null): value is ServerAddress {
  return typeof value?.url === "string" && /^http:\/\/127\.0\.0\.1:\d+$/.test(value.url) &&
    typeof value.token === "string" && /^[0-9a-f]+$/.test(value.token) && Number.isInteger(value.pid) &&
    Number.isInteger(value.epoch);
}
