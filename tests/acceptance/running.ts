import type { Finished, Place } from "./tasker.ts";

export interface RunningOptions {
  readonly env?: Record<string, string>;
  /** A command line that starts tasker in its own place, such as `["/bin/sh", "-c", 'ulimit -f 100; exec "$@"', "sh"]`. */
  readonly through?: readonly string[];
}

/** Where a process writes to. */
export type Stream = "stdout" | "stderr";

/** How a process ended; `signal` names what ended it, e.g. `SIGKILL`. */
export interface Ended extends Finished {
  readonly signal: Deno.Signal | null;
}

/** The longest that a test waits for words that must come, ms. */
const PATIENCE = 30_000;

/** A tasker process at work. What it prints is collected and can be waited for; it is killed at the end of its test. */
export class Running implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #said = { stdout: "", stderr: "" };
  readonly #waiting = new Set<() => void>();
  readonly #closed: Promise<unknown>;
  #ended: Ended | undefined;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#closed = Promise.all([this.#collect("stdout"), this.#collect("stderr")]);
  }

  static start(place: Place, args: readonly string[], options: RunningOptions = {}): Running {
    const [command, ...rest] = [...options.through ?? [], ...place.commandLine(), ...args];
    const child = new Deno.Command(command!, {
      args: rest,
      clearEnv: true,
      env: { ...place.environment(), ...options.env },
      cwd: place.folder,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    return new Running(child);
  }

  /** A server that does what the commands of a test ask for: most of what a run costs is the start of a process that does it. */
  static async serve(place: Place): Promise<Running> {
    const server = Running.start(place, ["serve"]);
    await server.says(/^serving /m);
    return server;
  }

  get pid(): number {
    return this.#child.pid;
  }

  get stdout(): string {
    return this.#said.stdout;
  }

  get stderr(): string {
    return this.#said.stderr;
  }

  /** Waits until the process has printed something that fits. Throws when it ends before, or says nothing for too long. */
  async says(pattern: RegExp, stream: Stream = "stderr"): Promise<RegExpMatchArray> {
    let tooLate = false;
    let over = false;
    const timer = setTimeout(() => {
      tooLate = true;
      this.#tell();
    }, PATIENCE);
    this.#closed.then(() => {
      over = true;
      this.#tell();
    });
    try {
      for (;;) {
        const found = this.#said[stream].match(pattern);
        if (found !== null) return found;
        if (over || tooLate) {
          throw new Error(
            `${over ? "it ended" : `after ${PATIENCE} ms it still`} without saying ${pattern}; stdout:\n` +
              `${this.stdout}\nstderr:\n${this.stderr}`,
          );
        }
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends a signal; of a process that has ended already, `end()` tells how. */
  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Waits for the end of the process and of all that it printed. */
  async end(): Promise<Ended> {
    if (this.#ended !== undefined) return this.#ended;
    const [{ code, signal }] = await Promise.all([this.#child.status, this.#closed]);
    return this.#ended = { code, signal, ...this.#said };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.end();
  }

  async #collect(stream: Stream): Promise<void> {
    for await (const text of this.#child[stream].pipeThrough(new TextDecoderStream())) {
      this.#said[stream] += text;
      this.#tell();
    }
  }

  #tell(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** Asks again and again about what no event tells of, e.g. another process's files; throws when it stays untrue. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
  patience = PATIENCE,
): Promise<T> {
  const deadline = performance.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`after ${patience} ms there is still no ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
