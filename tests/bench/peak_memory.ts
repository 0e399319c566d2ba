/** The most memory this process (or the one named) has had resident, MiB; where the system does not say, what it has now. */
export function peakMemory(pid: number | "self" = "self"): number {
  return memoryOf(pid, "VmHWM");
}

/** The memory that this process (or the one named) has resident now, MiB. */
export function residentMemory(pid: number | "self" = "self"): number {
  return memoryOf(pid, "VmRSS");
}

function memoryOf(pid: number | "self", field: "VmHWM" | "VmRSS"): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)![1]) / 1024;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound && pid === "self") return Deno.memoryUsage().rss / 1024 / 1024;
    throw error;
  }
}
