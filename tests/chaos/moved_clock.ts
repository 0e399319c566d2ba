import { systemCommand } from "./system_command.ts";

const LIBRARY = "faketime/libfaketimeMT.so.1";
const FOLDERS = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/opt/homebrew/lib"];

/**
 * The wall clock of the tasker processes, moved by libfaketime: it stands between a process and the system's clock and
 * reads again and again from a file by how much to be wrong. Time that only measures (monotonic) stays as it is.
 */
export class MovedClock {
  readonly #library: string;
  readonly #file: string;
  #seconds = 0;

  private constructor(library: string, file: string) {
    this.#library = library;
    this.#file = file;
  }

  /** Undefined when the library is not there or does not move the clock of `program`. */
  static async open(params: { library: string | undefined; file: string }): Promise<MovedClock | undefined> {
    const library = params.library ?? await findLibrary();
    if (library === undefined) return undefined;
    const clock = new MovedClock(library, params.file);
    clock.move(-86_400);
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "console.log(Date.now())"],
      env: clock.environment(),
      stderr: "null",
    }).output();
    const error = Number(new TextDecoder().decode(stdout)) - (Date.now() - 86_400_000);
    clock.move(0);
    return Math.abs(error) < 60_000 ? clock : undefined;
  }

  /** How far the clock is from the right time. */
  get seconds(): number {
    return this.#seconds;
  }

  /** Moves the clock of every process that has the environment, now. */
  move(seconds: number): void {
    const fresh = `${this.#file}.new`;
    Deno.writeTextFileSync(fresh, `${seconds < 0 ? "" : "+"}${seconds}\n`);
    Deno.renameSync(fresh, this.#file);
    this.#seconds = seconds;
  }

  environment(): Record<string, string> {
    return {
      LD_PRELOAD: this.#library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      NO_FAKE_STAT: "1",
    };
  }
}

async function findLibrary(): Promise<string | undefined> {
  const machine = (await systemCommand("uname", "-m"))?.trim();
  const places = FOLDERS.flatMap((folder) => [`${folder}/${machine}-linux-gnu/${LIBRARY}`, `${folder}/${LIBRARY}`]);
  for (const place of places) {
    if (await Deno.stat(place).then(() => true, () => false)) return place;
  }
  return undefined;
}
