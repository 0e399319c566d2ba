import { TaskerError } from "../core/errors.ts";
import { isJsonObject, type Json } from "../core/json.ts";
import type { Outcome, Service } from "./contract.ts";
import { earlierRun } from "./earlier_run.ts";
import { checkMethod } from "./methods.ts";

const METHODS = ["append", "earlier"];
/** Rows of an earlier run looked at in one call. */
const SCAN = 5_000;
/** What a kind may be called. */
export const RECORD_KIND = /^[A-Za-z_][A-Za-z0-9_.-]{0,62}$/;

/**
 * `records.append(kind, row | rows)` keeps rows for people, each exactly once: they are written by the transaction that
 * completes the call. Answers `{ appended, last }`: how many, and the seq of the kind's last row (0: it has none).
 * An array is a list of rows; a row may be any JSON value.
 *
 * `records.earlier(kind, { members, after?, where? })` reads the rows of the earlier run that the input names: of those behind the
 * seq `after` (0) some thousand, and of these the rows whose `where.member` is at least `where.atLeast`, or among `where.among`,
 * or is not there. Answers `{ rows, next }`: the members named, and the next `after` (null: that was all).
 */
export function createRecordsService(): Service {
  return {
    name: "records",
    local: true,
    traits({ method }) {
      checkMethod("records", METHODS, method);
      return { repeatable: true };
    },
    call({ method, args, manifest }): Outcome {
      checkMethod("records", METHODS, method);
      const kind = checkKind(args[0], method);
      if (method === "earlier") {
        const { members, after, where } = checkReading(args[1]);
        return {
          type: "effect",
          apply(store, { run }) {
            const place = { run: earlierRun(store, manifest, run).run, kind };
            const rows = store.records.chosen({ ...place, after, until: after + SCAN, ...where });
            const isEnd = after + SCAN >= (store.records.kinds(place.run).get(kind) ?? 0);
            return { rows: rows.map((row) => picked(row, members)), next: isEnd ? null : after + SCAN };
          },
        };
      }
      const given = args[1];
      if (given === undefined || given === null) {
        throw new TaskerError("INVALID_INPUT", `records.append("${kind}") was given no row`, {
          hint: "write records.append(kind, row) or records.append(kind, [row, row])",
        });
      }
      const rows: readonly Json[] = Array.isArray(given) ? given : [given];
      return {
        type: "effect",
        apply(store, { run, frame }) {
          return { appended: rows.length, last: store.records.append({ run, frame, kind, rows }) };
        },
      };
    },
  };
}

function picked(row: Json, members: readonly string[]): Json {
  return Object.fromEntries(members.map((name) => [
    name,
    isJsonObject(row) && Object.hasOwn(row, name) ? row[name]! : null,
  ]));
}

function checkReading(options: Json | undefined) {
  const { members, after = 0, where } = isJsonObject(options) ? options : {};
  const filter = isJsonObject(where) ? where : {};
  const { member = null, atLeast = null, among = null } = filter;
  const isName = (name: Json) => typeof name === "string" && !/["\\]/.test(name);
  const isRead = isTexts(members) && members.length > 0 && Number.isSafeInteger(after) &&
    (where === undefined || (isName(member) && (typeof atLeast === "string" || isTexts(among))));
  if (!isRead) {
    throw new TaskerError("INVALID_INPUT", "records.earlier needs the names of the members to read", {
      hint: 'write records.earlier(kind, { members: ["id"], after: 0, where: { member: "date", atLeast: "2026" } })',
    });
  }
  return {
    members,
    after: after as number,
    where: {
      member: member as string | null,
      atLeast: typeof atLeast === "string" ? atLeast : null,
      among: isTexts(among) ? among : null,
    },
  };
}

function isTexts(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function checkKind(kind: Json | undefined, method: string): string {
  if (typeof kind === "string" && RECORD_KIND.test(kind)) return kind;
  throw new TaskerError("INVALID_INPUT", `records.${method} needs a kind as its first argument`, {
    hint: 'a kind is a name of at most 63 letters, digits, "_", "-" or ".", such as "message"',
  });
}
