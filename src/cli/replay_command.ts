import { command } from "./command.ts";
import { dbFlag, jsonFlag, parseText } from "./flags.ts";
import type { ReplayFlags } from "./replay.ts";

/** `--code`, on what tries code against what is recorded. */
export const codeFlag = {
  code: {
    kind: "parsed",
    parse: parseText,
    optional: true,
    placeholder: "file",
    brief: "Code to try, which is published nowhere [default: the run's own version]",
  },
} as const;

export const replayCommand = command<ReplayFlags>({
  brief: "Run code against a run's journal, with no outside call: is it compatible?",
  description: "Run code against a run's journal, with no outside call.\n\n" +
    "The code is given every recorded answer in the recorded order, as after a restart, and each of its calls is compared " +
    "with the journal. Either all are the same (and, of a run that has ended, its end), or the first that differs is named, " +
    "with its place in the code. What nested runs gave is recorded as an answer.\n\n" +
    "It reads only: also while another process works on the run. A run that has not ended may go on with this code when the " +
    "replay is the same.\n\n" +
    "Exit codes: 0 the same, 1 something differs.",
  flags: { ...codeFlag, ...jsonFlag, ...dbFlag },
  positional: [{ placeholder: "run", brief: "Id, unique part of one, or last" }],
  load: async () => (await import("./replay.ts")).parse,
});
