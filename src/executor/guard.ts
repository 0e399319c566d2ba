import vm from "node:vm";

const RUN = new vm.Script("run()", { filename: "tasker:guard" });

/**
 * Bounds how long task code may compute. A timeout of `node:vm` costs a thread each time (20 µs and more), so one guards
 * the ticks of many realms: it ends whatever they run, and nothing of the Worker's own.
 */
export class Guard {
  readonly #context: vm.Context;
  #work: () => void = () => {};

  constructor() {
    // A context of our own: no task code ever runs in it.
    this.#context = vm.createContext({ run: () => this.#work() });
  }

  /** Runs `work`; false when it was ended because it took longer than `timeout` ms. */
  run(work: () => void, timeout: number): boolean {
    this.#work = work;
    try {
      RUN.runInContext(this.#context, { timeout });
      return true;
    } catch (error) {
      if ((error as { code?: unknown }).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return false;
      throw error;
    }
  }
}
