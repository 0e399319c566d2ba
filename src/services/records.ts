import { TaskerError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import type { Outcome, Service } from "./contract.ts";
import { checkMethod } from "./methods.ts";

const KIND = /^[A-Za-z_][A-Za-z0-9_.-]{0,62}$/;

/**
 * `records.append(kind, row | rows)` keeps rows for people, each exactly once: they are written by the transaction that
 * completes the call. Answers `{ appended, last }`: how many, and the seq of the kind's last row (0: it has none).
 * An array is a list of rows; a row may be any JSON value.
 */
export function createRecordsService(): Service {
  return {
    name: "records",
    local: true,
    traits({ method }) {
      checkMethod("records", ["append"], method);
      return { repeatable: true };
    },
    call({ method, args }): Outcome {
      checkMethod("records", ["append"], method);
      const kind = checkKind(args[0]);
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

function checkKind(kind: Json | undefined): string {
  if (typeof kind === "string" && KIND.test(kind)) return kind;
  throw new TaskerError("INVALID_INPUT", "records.append needs a kind as its first argument", {
    hint: 'a kind is a name of at most 63 letters, digits, "_", "-" or ".", such as "message"',
  });
}
