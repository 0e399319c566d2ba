import { peakMemory } from "./peak_memory.ts";

export interface Measured {
  readonly seconds: number;
  readonly peakMiB: number;
  readonly stdout: string;
}

/** Runs a program to its end and takes its time and the most memory it had resident. Throws when it fails. */
export async function measure(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Measured> {
  const begin = performance.now();
  const child = new Deno.Command(command, {
    args: [...args],
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let peakMiB = 0;
  const look = setInterval(() => {
    try {
      peakMiB = Math.max(peakMiB, peakMemory(child.pid));
    } catch { /* it has just ended: the last look counts */ }
  }, 50);
  const { code, stdout, stderr } = await child.output();
  const seconds = (performance.now() - begin) / 1000;
  clearInterval(look);
  const text = new TextDecoder();
  if (code !== 0) {
    throw new Error(
      `${command} ${args.join(" ")} ended with ${code}: ${text.decode(stderr)}`,
    );
  }
  return { seconds, peakMiB, stdout: text.decode(stdout) };
}
