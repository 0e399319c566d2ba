import { TaskerError } from "../../core/errors.ts";

/** Questions at a terminal, answered with a line each. */
export class Questions {
  readonly #show: (text: string) => void;
  readonly #decoder = new TextDecoder();
  #typed = "";

  constructor(show: (text: string) => void) {
    this.#show = show;
  }

  /** The answer without the white space around it. Throws CANCELLED at Ctrl-D. */
  async ask(question: string): Promise<string> {
    this.#show(question);
    const chunk = new Uint8Array(1_024);
    while (!this.#typed.includes("\n")) {
      const count = await Deno.stdin.read(chunk);
      if (count === null) {
        this.#show("\n");
        throw new TaskerError("CANCELLED", "stopped before the end", {
          hint: "what was done so far stays; the same command goes on from there",
        });
      }
      this.#typed += this.#decoder.decode(chunk.subarray(0, count), { stream: true });
    }
    const end = this.#typed.indexOf("\n");
    const answer = this.#typed.slice(0, end);
    this.#typed = this.#typed.slice(end + 1);
    return answer.trim();
  }

  /** Asks until the answer is yes or no; Enter alone is `otherwise`. */
  async confirm(question: string, otherwise: boolean): Promise<boolean> {
    for (;;) {
      const answer = (await this.ask(`${question} ${otherwise ? "[Y/n]" : "[y/N]"} `)).toLowerCase();
      if (answer === "") return otherwise;
      if (answer === "y" || answer === "yes") return true;
      if (answer === "n" || answer === "no") return false;
    }
  }
}
