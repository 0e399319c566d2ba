import type { Json, JsonObject } from "../core/json.ts";
import { mailCopy } from "../mail/mail_copy.ts";
import type { Difference, MessageDiff, Readings, Side } from "../store/message_diff.ts";
import type { Store } from "../store/store.ts";
import type { Runs } from "./compared_runs.ts";

/** What is said of a difference, in this order. */
export const CHANGE_COLUMNS = [
  ...["change", "mailbox", "id", "date", "from", "subject", "messageId"],
  ...["folderBefore", "folder", "readBefore", "read", "labelsAdded", "labelsRemoved", "reason"],
];
/** What a table has of it: how it has changed, or why that is not known, in words. */
export const TABLE_COLUMNS = ["change", "mailbox", "date", "from", "subject", "what"];
/** What a report has of it at first sight. */
export const SHOWN_COLUMNS = ["change", "mailbox", "date", "from", "subject", "folderBefore", "folder", "reason"];
export const MAILBOX_COLUMNS = ["mailbox", "new", "vanished", "changed", "same", "unknown", "reason"];

/** A message that differs, or with `id` null a mailbox that not both runs have read. */
export interface ChangeLine extends JsonObject {
  readonly change: string;
  readonly mailbox: string;
  readonly id: string | null;
  readonly date: string | null;
  readonly from: string | null;
  readonly subject: string | null;
  readonly messageId: string | null;
  readonly folderBefore: string | null;
  readonly folder: string | null;
  readonly readBefore: boolean | null;
  readonly read: boolean | null;
  readonly labelsAdded: readonly string[];
  readonly labelsRemoved: readonly string[];
  /** Why it is not known what has become of it. */
  readonly reason: string | null;
}

export function* changeLines(store: Store, runs: Runs, diff: MessageDiff): Generator<ChangeLine> {
  for (const difference of diff.differences()) yield changeLine(store, runs, diff, difference);
}

function changeLine(store: Store, runs: Runs, diff: MessageDiff, difference: Difference): ChangeLine {
  const { change, mailbox, id, first, second, readings } = difference;
  const rowOf = (side: Side, seq: number | null) =>
    seq === null ? null : store.records.get({ run: runs[side].run, kind: "message", seq }).data;
  const [before, after] = [rowOf(1, first), rowOf(2, second)];
  const [was, is] = [mailCopy(before), mailCopy(after)];
  const copy = is ?? was;
  const [labelsBefore, labels] = was === undefined || is === undefined ? [[], []] : [labelsOf(before), labelsOf(after)];
  const unread = ([1, 2] as const).filter((side) => id === null || (side === 1 ? first : second) === null);
  return {
    change,
    mailbox: copy?.mailbox ?? mailbox,
    id,
    date: copy?.date ?? null,
    from: copy?.from ?? null,
    subject: copy?.subject ?? null,
    messageId: copy?.messageId ?? null,
    folderBefore: was?.folder ?? null,
    folder: is?.folder ?? null,
    readBefore: was?.isRead ?? null,
    read: is?.isRead ?? null,
    labelsAdded: labels.filter((label) => !labelsBefore.includes(label)),
    labelsRemoved: labelsBefore.filter((label) => !labels.includes(label)),
    reason: change === "unknown" ? whyUnread(runs, diff, { mailbox, readings }, unread) : null,
  };
}

function labelsOf(row: Json): string[] {
  const { labelIds, labels } = row as JsonObject;
  const list = labelIds ?? labels;
  return Array.isArray(list) ? list.map(String) : [];
}

/** Labels that folder and read say already. */
const TOLD = ["INBOX", "UNREAD", "SENT", "DRAFT", "SPAM", "TRASH"];

export function tableLine(line: ChangeLine): Json {
  const { change, mailbox, date, from, subject, folderBefore, folder, readBefore, read } = line;
  const seen = (isRead: boolean | null) => isRead ? "read" : "unread";
  const marked = (labels: readonly string[], mark: string) =>
    labels.filter((label) => !TOLD.includes(label)).map((label) => mark + label);
  const changes = [
    ...(folderBefore === folder ? [] : [`${folderBefore} → ${folder}`]),
    ...(readBefore === read ? [] : [`${seen(readBefore)} → ${seen(read)}`]),
    ...marked(line.labelsAdded, "+"),
    ...marked(line.labelsRemoved, "-"),
  ];
  return {
    change: change === "unknown" ? "not known" : change,
    mailbox,
    // The minute is enough here.
    date: date?.replace(/:\d\d(?:\.\d+)?Z$/, "Z") ?? null,
    from,
    subject,
    what: line.reason ?? (change === "changed" ? changes.join(", ") : ""),
  };
}

/** Every mailbox that either run was to read, with how many messages have what become of them. */
export function* mailboxLines(runs: Runs, diff: MessageDiff): Generator<Json> {
  for (const { mailbox, counts, readings } of diff.mailboxes()) {
    const { new: added, vanished, changed, same, unknown } = counts;
    const reason = whyUnread(runs, diff, { mailbox, readings }, [1, 2]);
    yield { mailbox, new: added, vanished, changed, same, unknown, reason: reason === "" ? null : reason };
  }
}

function whyUnread(
  runs: Runs,
  diff: MessageDiff,
  of: { mailbox: string; readings: Readings },
  sides: readonly Side[],
): string {
  const reasons = sides.map((side) => {
    const which = side === 1 ? "the first run" : "the second run";
    const { status, reason } = of.readings[side] ?? { status: "absent", reason: "" };
    const domain = `domain ${of.mailbox.slice(of.mailbox.lastIndexOf("@") + 1)}`;
    switch (status) {
      case "complete":
        return "";
      case "absent":
        // What is no mailbox is named only where it went wrong.
        if (of.mailbox.includes(" ")) return "";
        if (diff.readings(domain)[side] !== undefined) return `${which} could not list the ${domain}`;
        return runs[side].status === "completed" ? `${which} knew of no such mailbox` : `${which} had not come to it`;
      case "unfinished":
        return `${which} had not finished it`;
      case "skipped":
        return `${which} did not search it (${reason})`;
      case "truncated":
        return `${which} read the newest of it only (${reason})`;
      default:
        return `${which} could not read it (${reason})`;
    }
  });
  return reasons.filter((reason) => reason !== "").join("; ");
}
