import { EXIT } from "./exit_codes.ts";

/** What a person or the system may tell the process. */
export type Interrupt = "SIGINT" | "SIGTERM" | "SIGHUP";

/** Listens for signals from its making to `dispose`. */
export class Interrupts {
  readonly #listeners = new Map<Interrupt, () => void>();
  readonly #waiting = new Set<(interrupt: Interrupt) => void>();
  readonly #early: Interrupt[] = [];

  constructor(os: string = Deno.build.os) {
    // Windows knows Ctrl-C only (and Ctrl-Break, which nobody presses).
    const signals: readonly Interrupt[] = os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) {
      const listener = () => this.#tell(signal);
      Deno.addSignalListener(signal, listener);
      this.#listeners.set(signal, listener);
    }
  }

  /** The next signal; one that came while nobody asked is given first. */
  next(): Promise<Interrupt> {
    const early = this.#early.shift();
    if (early !== undefined) return Promise.resolve(early);
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  dispose(): void {
    for (const [signal, listener] of this.#listeners) Deno.removeSignalListener(signal, listener);
    this.#listeners.clear();
  }

  #tell(signal: Interrupt): void {
    // Asked for twice before anybody listened: there is nothing yet that would need care.
    if (this.#waiting.size === 0 && this.#early.push(signal) > 1) Deno.exit(EXIT.stopped);
    for (const resolve of this.#waiting) resolve(signal);
    this.#waiting.clear();
  }
}
