import { TaskerError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { ApprovalView } from "../../server/api.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { Questions } from "../google/questions.ts";
import { note, writeError } from "../output/errors.ts";
import { decideCall, type Saying, tellDecision } from "./decide.ts";
import { describe } from "./list.ts";

/** Asks a person at a terminal about one call after another. */
export async function askAboutEach(
  { database, waiting }: { database: string; waiting: readonly ApprovalView[] },
  context: Context,
): Promise<ExitCode> {
  const { terminal } = context;
  const questions = new Questions((text) => terminal.err(text));
  for (const [index, call] of waiting.entries()) {
    terminal.out(`${index === 0 ? "" : "\n"}${describe(call, terminal.color.out)}`);
    for (;;) {
      const saying = await askAbout(call, questions, (text) => note(terminal, text));
      if (saying === "quit") return EXIT.ok;
      if (saying === "skip") break;
      try {
        await tellDecision(context, database, await decideCall(context, database, saying));
        break;
      } catch (error) {
        if (!(error instanceof TaskerError)) throw error;
        writeError(terminal, error);
        // Arguments that the service refuses may be corrected; what somebody else has decided stays so.
        if (error.code === "CONFLICT" || error.code === "NOT_FOUND") break;
      }
    }
  }
  note(terminal, "these were all");
  return EXIT.ok;
}

async function askAbout(
  { id }: ApprovalView,
  questions: Questions,
  say: (text: string) => void,
): Promise<Saying | "skip" | "quit"> {
  for (;;) {
    switch ((await questions.ask("[a]pprove, [e]dit, [r]efuse, [s]kip or [q]uit? ")).toLowerCase().slice(0, 1)) {
      case "a":
        return { verb: "approve", id };
      case "e": {
        const text = await questions.ask("All arguments to send, as a JSON array (Enter: none of that): ");
        const args = parsed(text);
        if (args !== undefined) return { verb: "approve", id, args };
        if (text !== "") say("that is not JSON");
        break;
      }
      case "r": {
        const reason = await questions.ask("Why (Enter: no reason): ");
        return { verb: "refuse", id, ...(reason === "" ? {} : { reason }) };
      }
      case "s":
        return "skip";
      case "q":
        return "quit";
    }
  }
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
