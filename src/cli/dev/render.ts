import type { SerializedError } from "../../core/errors.ts";
import { forTerminal } from "../../mail/safe_text.ts";
import { quoteCode } from "../output/code_quote.ts";
import { renderPlaces, short } from "../output/difference.ts";
import { safeLines } from "../output/errors.ts";
import { formatCount } from "../output/numbers.ts";
import { taskStack } from "../output/task_stack.ts";
import { styled } from "../output/terminal.ts";
import { formatClock } from "../output/times.ts";
import { shortId } from "../run_lookup.ts";
import type { AuthorPlace } from "./author_place.ts";
import type { CallEvent, DevEvent, EndEvent, MissingEvent } from "./events.ts";

/** Characters of a call's arguments, and of a result. */
const LONGEST = { args: 100, result: 2_000 } as const;

type Paint = (style: Parameters<typeof styled>[1], text: string) => string;

const GO_ON = "--live makes such calls for real; their answers are used from the next save on";

/** An event as people read it: a branch of the tree of calls, its head or its end. */
export function renderDevEvent(event: DevEvent, place: AuthorPlace | undefined, color: boolean): string {
  const paint: Paint = (style, text) => styled(color, style, text);
  switch (event.event) {
    case "code": {
      const against = event.against === null ? "no recorded answers" : `answers of run ${shortId(event.against)}`;
      const live = event.run === null ? "" : `, the rest made by run ${shortId(event.run)}`;
      return `${formatClock(event.time)}  ${paint("bold", forTerminal(event.file))}  ${against}${live}\n`;
    }
    case "call":
      return renderCall(event, paint);
    case "log": {
      const text = safeLines(event.text).replaceAll("\n", "\n│        ");
      return `│        ${event.level === "info" ? text : `${event.level}: ${text}`}\n`;
    }
    case "missing":
      return `│        ${paint("yellow", "not made any more")}  ${callText(event)}\n`;
    case "end":
      return renderEnd(event, place, paint);
  }
}

const ANSWERS = {
  recorded: ["recorded ", "green"],
  live: ["live     ", "magenta"],
  new: ["new      ", "cyan"],
  none: ["no answer", "yellow"],
} as const;

function renderCall(call: CallEvent, paint: Paint): string {
  const [text, style] = ANSWERS[call.answer];
  const failed = call.failed === null ? "" : `  ${paint("red", `✗ ${forTerminal(call.failed)}`)}`;
  const at = call.at === null ? "" : `  ${paint("dim", `at ${forTerminal(call.at)}`)}`;
  return `├─ ${String(call.seq).padStart(4)}  ${paint(style, text)}  ${callText(call)}${failed}${at}\n`;
}

function callText({ service, method, args }: CallEvent | MissingEvent): string {
  return oneLine(`${service}.${method}(${short(JSON.stringify(args).slice(1, -1), LONGEST.args)})`);
}

function oneLine(text: string): string {
  return forTerminal(text).replace(/\s*\n\s*/g, " ");
}

function renderEnd(end: EndEvent, place: AuthorPlace | undefined, paint: Paint): string {
  const quote = place === undefined
    ? ""
    : indented(`${paint("bold", `${forTerminal(place.file)}:${place.line}:${place.column}`)}\n${quoteCode(place)}`);
  switch (end.type) {
    case "completed": {
      const result = oneLine(short(JSON.stringify(end.result), LONGEST.result));
      const rows = Object.entries(end.records).map(([kind, count]) => `${formatCount(count)} ${forTerminal(kind)}`);
      const differs = end.differs.map(({ path, recorded, now }) => ({ path, one: recorded, other: now }));
      return `└─ ${paint("green", "✓ completed")}  ${result}\n` +
        (rows.length === 0 ? "" : indented(`records  ${rows.join(", ")}\n`)) +
        indented(safeLines(renderPlaces("result", differs)).replace(/^ +/gm, ""));
    }
    case "unanswered": {
      const [first, ...more] = end.calls;
      const others = more.length === 0 ? "" : ` and ${more.slice(0, 9).join(", ")}${more.length > 9 ? " …" : ""}`;
      const what = `waits for call ${first}${others}, which ${more.length === 0 ? "has" : "have"} no recorded answer`;
      return `└─ ${paint("yellow", `… ${what}`)}\n${quote}${way(end.stack ?? "")}${hint({ hint: GO_ON }, paint)}`;
    }
    case "failed":
      return `└─ ${paint("red", "✗ failed")}  ${message(end.error)}\n${quote}${way(taskStack(end.error) ?? "")}${
        hint(end.error, paint)
      }`;
    case "refused":
      return `└─ ${paint("red", "✗ refused")}  ${message(end.error)}\n${quote}${hint(end.error, paint)}`;
  }
}

/** What is refused is quoted below its message already. */
function message({ name, code, message, details }: SerializedError): string {
  const text = details?.file === undefined ? message : message.split("\n")[0]!.replace(/^.*?:\d+:\d+: /, "");
  return `${forTerminal(code === "TASK_FAILED" ? name : code)}: ${safeLines(text)}`;
}

/** The way to a place in the code, if that is more than one step. */
function way(stack: string): string {
  const steps = stack.split("\n").filter((line) => /^\s+at /.test(line));
  return steps.length < 2 ? "" : indented(safeLines(steps.map((step) => `${step.trim()}\n`).join("")));
}

function hint({ hint }: Pick<SerializedError, "hint">, paint: Paint): string {
  return hint === undefined ? "" : indented(`${paint("dim", "hint:")} ${safeLines(hint)}\n`);
}

function indented(lines: string): string {
  return lines.replace(/^(?=.)/gm, "   ");
}
