import { command } from "../command.ts";
import { dbFlag, followFlags, jsonFlag, ownerFlags, parseText, reasonFlag } from "../flags.ts";
import type { ExportFlags } from "./export.ts";

export const exportCommand = command<ExportFlags>({
  brief: "Save the messages that a search has found, byte for byte, with all that proves them",
  description: "Save the messages that a search has found, byte for byte, with all that proves them.\n\n" +
    "The folder gets every message as Gmail holds it (mail/MAILBOX/ID.eml), what became of each one that was found " +
    "(messages.ndjson: exported, vanished since the search, or failed with the reason), the coverage of the search, its " +
    "parameters and versions, the audit log, and the SHA-256 of every file (SHA256SUMS, which `sha256sum -c` reads, too). " +
    "manifest.json seals all of it: `tasker verify DIR` finds any byte that is changed, missing or added later.\n\n" +
    "Killed or held, it goes on where it was when the same command is given again. Exit code 5 when some messages could " +
    "not be read: given again, it tries those once more.",
  usage: ["RUN --to DIR [flags]"],
  flags: {
    to: {
      kind: "parsed",
      parse: parseText,
      placeholder: "dir",
      brief: "The folder: a new or an empty one, or that of an export to go on with",
    },
    eml: { kind: "boolean", optional: true, withNegated: false, brief: "A file for each message [the default]" },
    mbox: {
      kind: "boolean",
      optional: true,
      withNegated: false,
      brief: "A file for each mailbox (mboxrd); needs room for both while it is made",
    },
    attachments: {
      kind: "boolean",
      optional: true,
      withNegated: false,
      brief: "Attachments as files, too: attachments/MAILBOX/ID/NN-name",
    },
    ...reasonFlag,
    ...jsonFlag,
    ...followFlags,
    ...ownerFlags,
    ...dbFlag,
  },
  positional: [{ placeholder: "run", brief: "The search: id, unique part of one, or last" }],
  load: async () => (await import("./export.ts")).parse,
});
