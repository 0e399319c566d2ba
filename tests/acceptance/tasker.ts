/** Runs tasker as its users do: the binary that TASKER_BIN names, or the program of this checkout. */

const root = new URL("../../", import.meta.url).pathname;

/** The command and the arguments that come before tasker's own. */
const program: [string, ...string[]] = Deno.env.get("TASKER_BIN") === undefined
  ? [Deno.execPath(), "run", "-A", "--quiet", "--config", `${root}deno.json`, `${root}main.ts`]
  : [Deno.env.get("TASKER_BIN")!];

export const isCompiled = Deno.env.get("TASKER_BIN") !== undefined;

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of its own with a database path, removed at the end. Nothing else of the machine's environment is passed on. */
export class Place implements Disposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "tasker-acceptance-" });
  readonly db = `${this.folder}/tasker.db`;

  /** Starts tasker without waiting for it. */
  start(
    args: readonly string[],
    options: { env?: Record<string, string>; stdin?: "piped" | "null" } = {},
  ): Deno.ChildProcess {
    const env = { HOME: this.folder, TASKER_DB: this.db, ...options.env };
    // Deno itself, when there is no binary, needs its cache and certificates.
    const denoEnv = isCompiled ? {} : Object.fromEntries(
      ["DENO_DIR", "DENO_TLS_CA_STORE", "XDG_CACHE_HOME"].flatMap((name) => {
        const value = Deno.env.get(name);
        return value === undefined ? [] : [[name, value]];
      }),
    );
    const cache = isCompiled ? {} : { DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno` };
    return new Deno.Command(program[0], {
      args: [...program.slice(1), ...args],
      clearEnv: true,
      env: { ...cache, ...denoEnv, ...env },
      cwd: this.folder,
      stdin: options.stdin ?? "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** Runs tasker to its end. */
  async run(
    args: readonly string[],
    options: { env?: Record<string, string>; stdin?: string } = {},
  ): Promise<Finished> {
    const child = this.start(args, {
      ...(options.env === undefined ? {} : { env: options.env }),
      stdin: options.stdin === undefined ? "null" : "piped",
    });
    if (options.stdin !== undefined) {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(options.stdin));
      await writer.close();
    }
    return await finished(child);
  }

  write(name: string, text: string): string {
    const path = `${this.folder}/${name}`;
    Deno.writeTextFileSync(path, text);
    return path;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

/** Waits for a process and gives what it printed. */
export async function finished(child: Deno.ChildProcess): Promise<Finished> {
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}
