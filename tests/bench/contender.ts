import { TextLineStream } from "./text_lines.ts";

/**
 * A process that does one job at a time when it is asked: so contenders that are alive side by side take turns, and what
 * else the machine does meanwhile hits all of them alike.
 */
export class Contender implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #jobs: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: ReadableStreamDefaultReader<string>;
  readonly #what: string;

  constructor(command: string, args: readonly string[], options: { cwd?: string } = {}) {
    this.#what = `${command} ${args.join(" ")}`;
    this.#process = new Deno.Command(command, {
      args: [...args],
      ...options,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#jobs = this.#process.stdin.getWriter();
    this.#answers = this.#process.stdout.pipeThrough(new TextLineStream()).getReader();
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Sends one job and gives its answer, a line of JSON. Throws when the process ends instead. */
  async ask<T>(...job: readonly (string | number)[]): Promise<T> {
    await this.#jobs.write(new TextEncoder().encode(`${job.join(" ")}\n`));
    return await this.next();
  }

  /** The next line of JSON that the process prints by itself. */
  async next<T>(): Promise<T> {
    const { value, done } = await this.#answers.read();
    if (done) throw new Error(`${this.#what} ended with ${(await this.#process.status).code} and owes an answer`);
    return JSON.parse(value) as T;
  }

  /** Ends it at once, as `kill -9` does. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }

  async #end(): Promise<void> {
    await this.#jobs.close().catch(() => {/* it has ended already */});
    while (!(await this.#answers.read()).done);
    await this.#process.status;
  }
}
