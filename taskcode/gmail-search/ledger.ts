import type { Earlier } from "./earlier.ts";
import { PAGE } from "./plan.ts";
import type { Progress } from "./progress.ts";
import { failedLine, failure, ofTenant } from "./rows.ts";
import type { Coverage, SelectedUser, Tools } from "./types.ts";

/** The coverage ledger of a search: what has come of every user. */
export class Ledger {
  readonly lines: Coverage[] = [];
  readonly #tools: Tools;
  readonly #progress: Progress;
  readonly #earlier: Earlier | undefined;
  /** When the search began, s since 1970. */
  readonly #start: number;

  constructor(
    tools: Tools,
    { progress, earlier, start }: { progress: Progress; earlier: Earlier | undefined; start: number },
  ) {
    this.#tools = tools;
    this.#progress = progress;
    this.#earlier = earlier;
    this.#start = start;
  }

  async add(lines: readonly Coverage[]): Promise<void> {
    this.lines.push(...lines);
    for (let start = 0; start < lines.length; start += PAGE) {
      await this.#tools.records.append("coverage", lines.slice(start, start + PAGE));
    }
  }

  /** Adds the line of a mailbox, whatever comes of searching it. */
  async cover(selected: SelectedUser, search: (email: string, domain: string) => Promise<Coverage>): Promise<void> {
    const { user: { primaryEmail: email }, domain } = selected;
    let coverage: Coverage;
    try {
      coverage = await search(email, domain);
    } catch (error) {
      const refusal = failure(error);
      coverage = refusal.code === "NO_MAILBOX"
        ? { email, domain, status: "skipped", reason: "no mailbox", message: refusal.message, messages: 0 }
        : { ...failedLine(email, domain, refusal), messages: selected.messageCount };
    }
    coverage = { ...ofTenant(selected), ...coverage };
    selected.coverage = coverage;
    this.#progress.users += 1;
    const known = { start: this.#start, isAll: coverage.status !== "complete" };
    await Promise.all([
      this.#earlier?.keepKnown(this.#tools, email, known),
      this.add([coverage]),
      this.#progress.tell(),
    ]);
  }
}
