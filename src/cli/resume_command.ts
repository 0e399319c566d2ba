import { command } from "./command.ts";
import { dbFlag, followFlags, outputFlags, ownerFlags } from "./flags.ts";
import type { ResumeFlags } from "./resume.ts";

export const resumeCommand = command<ResumeFlags>({
  brief: "Let held and unfinished runs go on, and follow them to their ends",
  usage: ["[RUN] [flags]"],
  flags: {
    latest: {
      kind: "boolean",
      optional: true,
      withNegated: false,
      brief: "With the newest version of its task, if that makes every call that the run has made",
    },
    ...outputFlags,
    ...followFlags,
    ...ownerFlags,
    ...dbFlag,
  },
  positional: [{
    placeholder: "run",
    brief: "Id, unique part of one, or last; all held and unfinished runs when absent",
    optional: true,
  }],
  load: async () => (await import("./resume.ts")).parse,
});
