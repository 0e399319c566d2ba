import { TaskerError } from "../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import { mailCopy } from "../mail/mail_copy.ts";
import { MessageDiff, type Reading, type Side } from "../store/message_diff.ts";
import type { Store } from "../store/store.ts";
import { storedJson } from "../store/stored_json.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { toKebabCase } from "./arguments.ts";
import { asSearchResult } from "./output/search_result.ts";
import { shortId } from "./run_lookup.ts";

/** Two runs that are compared, the earlier one first. */
export type Runs = Readonly<Record<Side, TaskRun>>;

/** Whether a run has begun to search: it has said of a mailbox or a domain what became of it. */
export function hasCoverage(store: Store, { run }: TaskRun): boolean {
  return store.records.kinds(run).has("coverage");
}

/** Refuses a run whose rows are not all that its question finds: what it left out would look vanished. */
export function requireWholeSearch(store: Store, run: TaskRun): void {
  const kinds = store.records.kinds(run.run);
  const input = inputOf(run);
  const why = !kinds.has("coverage")
    ? "has kept no coverage: it is no search, or has not begun"
    : kinds.has("count") || input.plan === true || input.count === true
    ? "has only counted"
    : input.sinceRun !== undefined
    ? "has searched only what came after another run: all that it has is new"
    : undefined;
  if (why === undefined) return;
  throw new TaskerError("USAGE", `run ${shortId(run.id)} ${why}`, {
    hint:
      "compare two searches of the same question, or two runs of a task that is no search; `tasker runs` lists them",
  });
}

/** Reads the messages and the ledgers of both, and compares them. */
export function compareRuns(store: Store, runs: Runs): MessageDiff {
  const diff = new MessageDiff();
  try {
    for (const side of [1, 2] as const) {
      const { run } = runs[side];
      for (const { data } of store.records.each({ run, kind: "coverage" })) {
        const line = reading(data);
        if (line !== undefined) diff.cover(side, line);
      }
      for (const { seq, data } of store.records.each({ run, kind: "message" })) {
        const copy = mailCopy(data);
        if (copy === undefined) continue;
        const { id, date, folder, isRead: read } = copy;
        diff.add(side, { mailbox: copy.mailbox.toLowerCase(), id, seq, date, folder, read, ...labelsOf(data) });
      }
    }
    diff.compare(beganAt(runs[1]));
    return diff;
  } catch (error) {
    diff[Symbol.dispose]();
    throw error;
  }
}

/** What makes the answers differ besides the mail, in sentences. */
export function differentQuestions(runs: Runs): string[] {
  const [first, second] = [questionOf(runs[1]), questionOf(runs[2])];
  const inputs = [inputOf(runs[1]), inputOf(runs[2])] as const;
  const names = [...new Set(inputs.flatMap((input) => Object.keys(input)))].filter((name) => !SHOWN.includes(name));
  const different = names.filter((name) => JSON.stringify(inputs[0][name]) !== JSON.stringify(inputs[1][name]));
  const said = (value: Json | undefined) => value === undefined ? "nothing" : JSON.stringify(value);
  return [
    ...(first === undefined || second === undefined || first === second
      ? []
      : [`the runs asked different questions, ${first} and ${second}: what only one asks for looks new or vanished`]),
    ...different.map((name) =>
      `the runs were given different --${toKebabCase(name)}: ${said(inputs[0][name])} and ${said(inputs[1][name])}`
    ),
    ...(runs[1].createdAt > runs[2].createdAt
      ? ["the first run is the later one: what it calls new has vanished, and the other way round"]
      : []),
    ...([1, 2] as const).filter((side) => runs[side].status !== "completed").map((side) =>
      `run ${shortId(runs[side].id)} is ${
        runs[side].status.replaceAll("_", " ")
      }: it has not read all that it was to read`
    ),
  ];
}

/** What the input says of how messages are shown changes nothing of which there are. */
const SHOWN = ["columns", "metadataHeaders", "fields"];

function inputOf({ input }: TaskRun): JsonObject {
  const given = storedJson(input);
  return isJsonObject(given) ? given : {};
}

/** The frozen question without the time when it was asked; undefined until the run has said it. */
function questionOf({ result }: TaskRun): string | undefined {
  const search = result === null ? undefined : asSearchResult(storedJson(result));
  const question = search?.summary.searchQuery.replace(/ ?before:\d+$/, "");
  return question === "" ? "all mail" : question;
}

/** When it asked: what came later it could not find. */
function beganAt({ result }: TaskRun): string | null {
  const search = result === null ? undefined : asSearchResult(storedJson(result));
  const seconds = /(?:^| )before:(\d+)$/.exec(search?.summary.searchQuery ?? "")?.[1];
  return seconds === undefined ? null : new Date(Number(seconds) * 1_000).toISOString();
}

/** A line of the ledger. What is no user is named by what it is; no address has a blank. */
function reading(line: Json): Reading | undefined {
  if (!isJsonObject(line) || typeof line.status !== "string") return undefined;
  const text = (value: Json | undefined) => typeof value === "string" ? value : "";
  const mailbox = typeof line.email === "string"
    ? line.email.toLowerCase()
    : `${text(line.about) || "domain"} ${text(line.domain)}`;
  const reason = [text(line.reason), text(line.message)].filter((part) => part !== "").join(": ");
  return { mailbox, status: line.status, reason };
}

function labelsOf(row: Json): { labels: string | null; labelKind: "ids" | "names" | null } {
  const { labelIds, labels } = row as JsonObject;
  if (Array.isArray(labelIds)) return { labels: sorted(labelIds), labelKind: "ids" };
  return Array.isArray(labels) ? { labels: sorted(labels), labelKind: "names" } : { labels: null, labelKind: null };
}

function sorted(labels: readonly Json[]): string {
  return JSON.stringify([...new Set(labels.map(String))].sort());
}
