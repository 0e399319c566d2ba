import { Terminal } from "./terminal.ts";

/** What a terminal received at once. `at`: ms since the beginning. */
export interface Received {
  readonly at: number;
  readonly text: string;
}

/** The longest that anything on the screen is waited for, ms. */
const PATIENCE = 60_000;

/** Somebody at a pseudo-terminal (`script` of util-linux): types, looks at the screen, and keeps all that came with its time. */
export class Typist implements AsyncDisposable {
  readonly received: Received[] = [];
  readonly #screen: Terminal;
  readonly #child: Deno.ChildProcess;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #reading: Promise<void>;
  readonly #begun = performance.now();
  #idle = 0;
  #news = Promise.withResolvers<void>();
  #ended = false;
  #kept = true;

  /** Starts an interactive shell in `folder` with `env` as all of its environment. */
  constructor(
    options: {
      columns: number;
      rows: number;
      folder: string;
      env: Record<string, string>;
    },
  ) {
    const { columns, rows } = options;
    this.#screen = new Terminal({ columns, rows });
    this.#child = new Deno.Command("script", {
      // --echo: keys are shown although script itself sits at no terminal.
      args: [
        "-q",
        "-e",
        "--echo",
        "always",
        "-c",
        `stty cols ${columns} rows ${rows} && exec sh -i`,
        "/dev/null",
      ],
      cwd: options.folder,
      clearEnv: true,
      env: options.env,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#keys = this.#child.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Presses keys. */
  async press(keys: string): Promise<void> {
    await this.#keys.write(Uint8Array.from(new TextEncoder().encode(keys)));
  }

  /** Types a line in pieces, each when the one before it is seen, with `pause` ms between them; then Return. */
  async enter(pieces: readonly string[], pause: number): Promise<void> {
    for (const piece of pieces) {
      this.idle(pause);
      await this.press(piece);
      await this.sees(
        `the echo of ${piece}`,
        (line) => line.endsWith(piece.trimEnd()),
      );
    }
    this.idle(pause);
    await this.press("\r");
  }

  /** Does nothing for so long, ms: not in earnest, but everything later is dated so much later. */
  idle(ms: number): void {
    this.#idle += ms;
  }

  /** Waits until the cursor's line (blanks at its end cut off) is as wanted. */
  async sees(what: string, wanted: (line: string) => boolean): Promise<void> {
    const late = Promise.withResolvers<"late">();
    const timer = setTimeout(() => late.resolve("late"), PATIENCE);
    try {
      while (!wanted(this.#line())) {
        if (
          this.#ended ||
          await Promise.race([this.#news.promise, late.promise]) === "late"
        ) {
          throw new Error(
            `${what} was never on the screen:\n${this.#screen.lines().join("\n").trimEnd()}`,
          );
        }
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #line(): string {
    return this.#screen.lines()[this.#screen.cursor.row]!;
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const bytes of this.#child.stdout) {
        const text = decoder.decode(bytes, { stream: true });
        if (this.#kept) {
          this.received.push({
            at: performance.now() - this.#begun + this.#idle,
            text,
          });
        }
        this.#screen.write(text);
        this.#tell();
      }
    } finally {
      this.#ended = true;
      this.#tell();
    }
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers<void>();
  }

  /** Ends the shell at its prompt, as Ctrl-D does; that is not kept. */
  async leave(): Promise<void> {
    this.#kept = false;
    await this.press("\x04");
    await this.#reading;
  }

  /** Hangs up: a script that still runs ends and takes the shell along. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) this.#child.kill("SIGTERM");
    await this.#child.status;
    // The pipe may be gone with its reader; that is what is wanted.
    await this.#keys.close().catch(() => {});
    await this.#reading;
  }
}
