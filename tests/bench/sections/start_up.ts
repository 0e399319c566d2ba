import { root, TASKER } from "../contenders.ts";
import type { Section } from "../figure.ts";
import { measure } from "../measure.ts";
import { rounds } from "../rounds.ts";
import { median, ratio } from "../statistics.ts";

export const startUp: Section = {
  name: "startup",
  about:
    `"tasker --help" from the checkout and, when it is there, as the compiled binary: ms from spawn to exit; its size. The
    limit is Deno with an empty program.`,
  async *run({ quick, progress }) {
    progress("start-up");
    const binary = `${root}dist/tasker`;
    const size = sizeOf(binary);
    const help = (command: string, args: string[] = []) => async () =>
      (await measure(command, [...args, "--help"])).seconds * 1000;
    const empty = async () => (await measure(Deno.execPath(), ["eval", "--quiet", "0"])).seconds * 1000;
    const programs: Record<string, () => Promise<number>> = {
      limit: empty,
      "from the checkout": help(Deno.execPath(), TASKER),
    };
    if (size !== undefined) programs.compiled = help(binary);
    const { limit = [], ...held } = await rounds(quick ? 5 : 10, programs);
    for (const [what, times] of Object.entries(held)) {
      const value = median(times);
      yield {
        name: `tasker --help, ${what}`,
        value,
        unit: "ms",
        limit: { value: median(limit), ratio: ratio(times, limit) },
        bars: [{ what: "time", is: value, atMost: 150, unit: "ms" }],
      };
    }
    if (size === undefined) return progress("no dist/tasker: `deno task compile` makes it");
    yield {
      name: "size of the binary",
      value: size,
      unit: "MB",
      bars: [{ what: "size", is: size, atMost: 130, unit: "MB" }],
    };
  },
};

function sizeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).size / 1e6;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
