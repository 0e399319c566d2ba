import { isApart } from "./apart.ts";
import { systemCommand } from "./system_command.ts";

/** The rule that refuses packets to one port stands before the rule that finds the machine's own addresses. */
const [BEFORE, LOCAL] = ["50", "100"];

/** The loopback of a network of our own, which can be cut. */
export class Network {
  /** Undefined when there is no loopback of our own, or no `ip` to cut it with. */
  static async open(): Promise<Network | undefined> {
    if (!isApart || await systemCommand("ip", "link", "set", "lo", "up") === undefined) return undefined;
    const moved = await systemCommand("ip", "rule", "add", "pref", LOCAL, "lookup", "local") !== undefined &&
      await systemCommand("ip", "rule", "del", "pref", "0") !== undefined;
    return moved ? new Network() : undefined;
  }

  /** Nothing gets through any more. */
  async cut(): Promise<void> {
    await this.#must("link", "set", "lo", "down");
  }

  /** Nothing gets to the port any more; what comes from it still gets through. */
  async cutPort(port: number): Promise<void> {
    await this.#must("rule", "add", "pref", BEFORE, "ipproto", "tcp", "dport", String(port), "prohibit");
  }

  async mend(): Promise<void> {
    await this.#must("link", "set", "lo", "up");
    await systemCommand("ip", "rule", "del", "pref", BEFORE);
  }

  async #must(...args: string[]): Promise<void> {
    if (await systemCommand("ip", ...args) === undefined) {
      throw new Error(`ip ${args.join(" ")} does not work any more`);
    }
  }
}
