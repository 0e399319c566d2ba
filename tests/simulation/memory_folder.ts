/** Options of a temporary folder in memory, where the machine has such a file system: no test here is about the disk. */
export function memoryFolder(): { dir?: string } {
  try {
    return Deno.statSync("/dev/shm").isDirectory ? { dir: "/dev/shm" } : {};
  } catch {
    return {};
  }
}
