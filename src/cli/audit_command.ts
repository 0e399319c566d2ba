import type { AuditFlags } from "./audit.ts";
import { command } from "./command.ts";
import { dbFlag, outputFlags, parseText } from "./flags.ts";

export const auditCommand = command<AuditFlags>({
  brief: "List the audit log, or check that nothing in it was changed",
  description: "List the audit log, or check that nothing in it was changed.\n\n" +
    "Every run that is submitted has an entry, whoever submits it: who, when, which task and version, with which " +
    "parameters (without secrets), and why (--reason); and another when it ends: how, with what it kept, and whose mail " +
    "was read. Each entry holds a hash over itself and the one before it.\n\n" +
    "A reason is compulsory when the keystore says so:\n\n" +
    "  echo yes | tasker keystore set REASON_REQUIRED\n\n" +
    "--verify follows the chain and compares it with the runs that are in the database; exit code 0 only when all is right. " +
    "Whoever can write the file can also write a new chain: note the head that --verify prints somewhere else, and give " +
    "it to --head later.",
  usage: ["[RUN] [flags]", "--verify [--head HASH]"],
  flags: {
    verify: { kind: "boolean", optional: true, withNegated: false, brief: "Check the log instead of listing it" },
    head: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "hash",
      brief: "With --verify: a head noted earlier, which the log must still hold",
    },
    ...outputFlags,
    ...dbFlag,
  },
  positional: [{
    placeholder: "run",
    brief: "Only entries of this run: id, unique part of one, or last",
    optional: true,
  }],
  load: async () => (await import("./audit.ts")).parse,
});
