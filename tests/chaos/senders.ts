import type { Findings } from "./findings.ts";

/**
 * Which process a connection to the service comes from, as the system's own tables tell. So the service sees by itself
 * that calls come from one owner after another, and never again from an earlier one.
 */
export class Senders {
  readonly #findings: Findings;
  /** Process ids of the tasker processes that live. */
  readonly #living: () => readonly number[];
  readonly #known = new Map<number, number>();
  readonly #former = new Set<number>();
  #current: number | undefined;

  constructor(params: { findings: Findings; living: () => readonly number[] }) {
    this.#findings = params.findings;
    this.#living = params.living;
  }

  /** Whether this system has such tables. */
  static readonly areKnown = Deno.build.os === "linux";

  /**
   * The living tasker process at the other end of a connection; undefined when nobody is there any more: it has died, or
   * given up on its answer.
   */
  of(port: number): number | undefined {
    const socket = socketOf(port);
    return socket === undefined ? undefined : this.#living().find((pid) => hasSocket(pid, socket));
  }

  /** A call came over the connection. */
  called(port: number, key: string): void {
    let pid = this.#lately(port);
    if (pid !== undefined && this.#former.has(pid)) pid = this.of(port);
    if (pid === undefined || pid === this.#current) return;
    if (this.#former.has(pid)) {
      this.#findings.report(
        "owner",
        `process ${pid} made the call ${key} after process ${this.#current} had made calls`,
      );
    }
    if (this.#current !== undefined) this.#former.add(this.#current);
    this.#current = pid;
  }

  /** As when the port was first seen, while that process lives: looking it up for every call would cost too much. */
  #lately(port: number): number | undefined {
    const known = this.#known.get(port);
    if (known !== undefined && this.#living().includes(known)) return known;
    const pid = this.of(port);
    if (pid !== undefined) this.#known.set(port, pid);
    return pid;
  }
}

/** The number of the socket that has this port on this machine's loopback, and a process. */
function socketOf(port: number): string | undefined {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const line of Deno.readTextFileSync("/proc/net/tcp").split("\n")) {
    const fields = line.trim().split(/\s+/);
    if (fields[1] === local && fields[9] !== "0") return fields[9];
  }
  return undefined;
}

function hasSocket(pid: number, socket: string): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    for (const { name } of Deno.readDirSync(folder)) {
      if (readLink(`${folder}/${name}`) === `socket:[${socket}]`) return true;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) && !(error instanceof Deno.errors.PermissionDenied)) throw error;
  }
  return false;
}

function readLink(path: string): string | undefined {
  try {
    return Deno.readLinkSync(path);
  } catch {
    // It was closed while its folder was read.
    return undefined;
  }
}
