import { TextLineStream } from "./text_lines.ts";

/** One job of a contender, e.g. `sequential 1000`. */
export interface Job {
  readonly name: string;
  readonly count: number;
}

/**
 * The contender's side: does the jobs of the arguments (`sequential 1000 parallel 1000`), or without any the ones that come
 * in, line by line, and prints a line of JSON for each.
 */
export async function doJobs(args: readonly string[], work: (job: Job) => Promise<unknown>): Promise<void> {
  const print = async (name: string, count: string) => {
    console.log(JSON.stringify(await work({ name, count: Number(count) })));
  };
  for (let i = 0; i < args.length; i += 2) await print(args[i]!, args[i + 1] ?? "1000");
  if (args.length > 0) return;
  for await (const line of Deno.stdin.readable.pipeThrough(new TextLineStream())) {
    const [name = "", count = "1000"] = line.split(" ");
    await print(name, count);
  }
}
