/** The most memory this process (or the one named) has had resident, MiB; where the system does not say, what it has now. */
export function peakMemory(pid: number | "self" = "self"): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)![1]) / 1024;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return Deno.memoryUsage().rss / 1024 / 1024;
    }
    throw error;
  }
}
