import { command } from "../command.ts";
import { dbFlag, jsonFlag } from "../flags.ts";
import type { DoctorFlags } from "./doctor.ts";

export const doctorCommand = command<DoctorFlags>({
  brief: "Examine the database and what is beside it, and say what to do",
  description: "Examine the database and what is beside it, and say what to do: permissions, the disk, damage, the " +
    "audit log, the ledger, the clock, the keystore's key, the process that owns the file (a frozen one is named), and what does " +
    "not go on or waits for a person. Nothing is changed.\n\nExit code 1 when something is wrong, else 0.",
  flags: { ...jsonFlag, ...dbFlag },
  load: async () => (await import("./doctor.ts")).parse,
});
