import { command } from "../command.ts";
import { jsonFlag, parseText } from "../flags.ts";
import type { VerifyFlags } from "./verify.ts";

export const verifyCommand = command<VerifyFlags>({
  brief: "Check that nothing in a folder of evidence was changed, removed or added",
  description:
    "Check that nothing in a folder of evidence was changed, removed or added since `tasker export` sealed it.\n\n" +
    "Every file is read. Exit code 0 only when all is right; each file that is not is named. Needs no database.\n\n" +
    "Whoever can write the folder can also seal it anew: --seal compares it with the seal that the export printed, and " +
    "--db with the audit log of the database that it was made from.",
  usage: ["DIR [flags]"],
  flags: {
    seal: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "hash",
      brief: "The seal that the export printed",
    },
    ...jsonFlag,
    db: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "path",
      brief: "Compare with the audit log of this database, too",
    },
  },
  positional: [{ placeholder: "dir", brief: "The folder" }],
  load: async () => (await import("./verify.ts")).parse,
});
