import { parseArgs } from "node:util";

export interface Options {
  readonly seed: number;
  /** How long faults are made, ms; what was begun is brought to its end after that. */
  readonly duration: number;
  /** Where libfaketime is, when it is in none of the usual places. */
  readonly faketime: string | undefined;
}

export const USAGE = `deno task chaos [--seed N] [--minutes M | --seconds S] [--faketime PATH]

Runs tasks on real tasker processes and makes faults meanwhile; then looks whether everything came out right.
  --seed N         repeats the runs and faults of an earlier time [default: a random one, which is printed]
  --minutes M      how long faults are made [default: 1]
  --seconds S      the same in seconds
  --faketime PATH  the library libfaketimeMT.so.1, when it is not where the package libfaketime puts it
TASKER_BIN names the binary to run; without it tasker runs from this checkout.`;

/** Throws an Error with the usage when the arguments are not understood. */
export function readOptions(args: readonly string[]): Options | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: "string" },
      minutes: { type: "string" },
      seconds: { type: "string" },
      faketime: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  if (values.minutes !== undefined && values.seconds !== undefined) {
    throw new Error("--minutes and --seconds say the same thing: give one of them");
  }
  const seed = values.seed === undefined ? crypto.getRandomValues(new Uint32Array(1))[0]! : number("seed", values.seed);
  const seconds = values.seconds === undefined
    ? number("minutes", values.minutes ?? "1") * 60
    : number("seconds", values.seconds);
  return { seed, duration: seconds * 1_000, faketime: values.faketime };
}

/** The arguments that are read as these options: a seed that was chosen by chance stands in them. */
export function argumentsOf({ seed, duration, faketime }: Options): string[] {
  const library = faketime === undefined ? [] : ["--faketime", faketime];
  return ["--seed", String(seed), "--seconds", String(duration / 1_000), ...library];
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
  throw new Error(`--${name} takes a number, not "${text}"`);
}
