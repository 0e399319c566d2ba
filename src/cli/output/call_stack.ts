import type { Json } from "../../core/json.ts";
import { isRunEnded } from "../../core/states.ts";
import type { FrameView, RunView, WaitingView } from "../../server/api.ts";
import { forTerminal } from "../../mail/safe_text.ts";
import { isAnswered } from "../patience.ts";
import { howToAnswer } from "./answering.ts";
import { formatCount, plural } from "./numbers.ts";
import { cut } from "./table.ts";
import { taskStack } from "./task_stack.ts";
import { styled } from "./terminal.ts";
import { formatDateTime, formatDuration, formatUntil, formatWait, zone } from "./times.ts";

export interface StackOptions {
  readonly now: number;
  readonly color: boolean;
  /** 0 for no limit. */
  readonly width: number;
  /** What names the database in a command. */
  readonly db?: string;
  /** Whether a run that waits for an answer can be given one; yes when absent. */
  readonly isAnswerable?: boolean;
}

/** What a run is, in a few lines above its calls. */
export function renderRunHead(view: RunView, options: StackOptions): string {
  const isAnswerable = !isRunEnded(view.status) && options.isAnswerable !== false;
  const took = view.startedAt === null
    ? "not started"
    : formatDuration((view.endedAt ?? options.now) - Math.max(view.startedAt, view.createdAt));
  const records = Object.entries(view.records).map(([kind, count]) => `${formatCount(count)} ${kind}`).join(", ");
  const lines = [
    `${styled(options.color, "bold", view.taskName)} v${view.taskVersion}  ${
      status(view.status, options.color)
    }  ${took}`,
    `run       ${view.id}`,
    ...(view.forkedFrom === null
      ? []
      : [`${view.retryOf === null ? "forked   " : "retries  "} ${forked(view.forkedFrom)}`]),
    ...(view.retriedBy === null ? [] : [`retried   by run ${view.retriedBy}`]),
    ...(view.startedBy === null ? [] : [`started   by run ${view.startedBy}`]),
    ...(view.chain === null ? [] : chainLines(view.chain)),
    `created   ${formatDateTime(view.createdAt)} (${zone()})`,
    ...(view.endedAt === null ? [] : [`ended     ${formatDateTime(view.endedAt)}`]),
    `input     ${JSON.stringify(view.input)}`,
    ...(records === "" ? [] : [`records   ${records}`]),
    ...(view.progress === null ? [] : [`progress  ${progress(view)}`]),
    ...view.waiting.filter(isToldOnce).flatMap((wait) => [
      `waiting   ${isAnswered(wait) ? "for " : ""}${formatWait(wait, options.now)}`,
      ...(!isAnswered(wait) || !isAnswerable ? [] : [`          ${howToAnswer(wait, options.db ?? "")}`]),
    ]),
    ...(view.deadline === null ? [] : [`deadline  ${formatUntil(view.deadline, options.now)}`]),
    ...(view.cleanUpUntil === null ? [] : [`cleans up until ${formatUntil(view.cleanUpUntil, options.now)} at most`]),
    ...(view.error === null ? [] : errorLines(view)),
  ];
  return lines.map((line) => fit(line, options.width)).join("\n") + "\n";
}

/** Many calls wait for one budget. */
function isToldOnce({ budget }: WaitingView, at: number, waits: readonly WaitingView[]): boolean {
  return budget === undefined || waits.findIndex((other) => other.budget?.name === budget.name) === at;
}

function chainLines({ first, previous, next, last }: NonNullable<RunView["chain"]>): string[] {
  return [
    ...(previous === null ? [] : [`continues run ${previous}${previous === first ? "" : `, which began as ${first}`}`]),
    ...(next === null ? [] : [`goes on   as run ${next}${next === last ? "" : `, by now as ${last}`}`]),
  ];
}

function forked({ run, from, set, again, answers }: NonNullable<RunView["forkedFrom"]>): string {
  if (answers) return `from run ${run}: with its results for the same calls`;
  if (again !== undefined) {
    return `run ${run}: ${again.length === 0 ? "" : `call ${again.join(", ")} again, `}its own from call ${from} on`;
  }
  const edited = set.length === 0 ? "" : `, with another answer of call ${set.join(", ")}`;
  return `from run ${run}: its own from call ${from} on${edited}`;
}

function progress({ progress }: RunView): string {
  const { done, total, unit, note } = progress!;
  return [`${formatCount(done)}${total === null ? "" : ` of ${formatCount(total)}`} ${unit ?? ""}`.trim(), note ?? ""]
    .filter((part) => part !== "").join(", ");
}

function errorLines(view: RunView): string[] {
  const { code, message, hint, call } = view.error!;
  return [
    `error     ${code}: ${message}${call === undefined ? "" : ` (call ${call})`}`,
    ...(hint === undefined ? [] : [`hint      ${hint}`]),
    ...(taskStack(view.error!)?.split("\n").map((line) => `          ${line.trim()}`) ?? []),
  ];
}

export interface BranchOptions extends StackOptions {
  /** What stands before the branch: the lines of the runs that it is nested in. */
  readonly prefix: string;
  /** Whether no other call of its run follows. */
  readonly isLast: boolean;
  /** Whether its run is at work: the time of a call that waits in a held run says nothing. */
  readonly atWork: boolean;
}

/** What stands before the calls that are nested in a branch. */
export function nestedPrefix({ prefix, isLast }: { prefix: string; isLast: boolean }): string {
  return `${prefix}${isLast ? "   " : "│  "}`;
}

/** One call as a branch of the tree. */
export function renderFrame(frame: FrameView, options: BranchOptions): string {
  const took = callDuration(frame, options);
  const attempts = frame.attempt > 1 ? plural(frame.attempt, "attempt") : "";
  const isQueued = frame.status === "pending" && frame.readyAt === null && frame.waitingFor !== null;
  const waiting = isQueued
    ? `waits: ${frame.waitingFor}`
    : frame.readyAt !== null && frame.readyAt > options.now
    ? `waits: ${formatWait({ waitingFor: frame.waitingFor ?? "to be tried again", until: frame.readyAt }, options.now)}`
    : "";
  const gate = gateText(frame);
  const started = frame.startedRunId === null ? "" : `run ${frame.startedRunId}`;
  const error = frame.error === null ? "" : `${frame.error.code}: ${frame.error.message}`;
  const detail = [took, attempts, waiting, gate, started, error].filter((part) => part !== "").join("  ");
  const call = `${frame.service}.${frame.method}(${argsText(frame.args)})`;
  const branch = `${options.prefix}${options.isLast ? "└─" : "├─"} ${String(frame.seq).padStart(4)}  `;
  return `${fit(`${branch}${status(frame.status, options.color)}  ${call}  ${detail}`, options.width)}\n`;
}

/** What a person has said of the call. */
function gateText({ gate }: FrameView): string {
  if (gate?.state !== "approved") return "";
  return `approved by ${gate.by}${gate.sentArgs === null ? "" : `, sent (${argsText(gate.sentArgs)})`}`;
}

function argsText(json: Json): string {
  const args = JSON.stringify(json).slice(1, -1);
  return args.length > 60 ? `${args.slice(0, 59)}…` : args;
}

/** With all its attempts and waits: from when it was issued, since `startedAt` is that of the last attempt. */
function callDuration(frame: FrameView, { now, atWork }: BranchOptions): string {
  if (frame.endedAt !== null) return formatDuration(frame.endedAt - frame.issuedAt);
  return atWork && frame.startedAt !== null ? formatDuration(now - frame.issuedAt) : "";
}

export function renderNestedHead(view: RunView, prefix: string, options: StackOptions): string {
  return `${
    fit(
      `${prefix}└▶ ${view.taskName} v${view.taskVersion}  ${status(view.status, options.color)}  run ${view.id}`,
      options.width,
    )
  }\n`;
}

const MARKS: Readonly<Record<string, readonly [string, Parameters<typeof styled>[1]]>> = {
  completed: ["✓", "green"],
  failed: ["✗", "red"],
  cancelled: ["⊘", "yellow"],
  continued_as_new: ["↪", "green"],
  held: ["‖", "yellow"],
};

function status(name: string, color: boolean): string {
  const [mark, style] = MARKS[name] ?? ["…", "cyan"];
  return styled(color, style, `${mark} ${name}`);
}

/** One line. Colours are ours: the untrusted parts hold none any more when they are measured. */
function fit(line: string, width: number): string {
  // deno-lint-ignore no-control-regex
  const parts = line.split(/(\x1b\[\d+m)/);
  const clean = parts.map((part, index) => index % 2 === 1 ? part : forTerminal(part).replace(/\s*\n\s*/g, " ")).join(
    "",
  );
  return width > 0 && parts.length === 1 ? cut(clean, width) : clean;
}
