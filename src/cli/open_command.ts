import { command } from "./command.ts";
import { jsonFlag } from "./flags.ts";
import type { OpenFlags } from "./open.ts";
import { codeFlag } from "./replay_command.ts";

export const openCommand = command<OpenFlags>({
  brief: "Show a run out of a file that tasker export-run has written, or replay it",
  description:
    "Show a run out of a file that `tasker export-run` has written, anywhere: it needs no database, no keystore and no " +
    "network. The file may be from anybody: its bytes are compared with its checksum, it is only read, and what is not as " +
    "tasker writes it is refused. The checksum tells of damage; it does not tell who wrote the file.\n\n" +
    "--replay runs the code again in the sandbox, with the recorded answers and nothing else, as `tasker replay` does; " +
    "--code tries other code.\n\n" +
    "Commands that read take the file as their database: `tasker records last --db FILE`, and so show, runs, sql, diff, " +
    "replay, test and debug logs. `tasker test TASK --against FILE` tests a task with the run's answers.\n\n" +
    "Exit codes: 0 ok, 1 the replay differs, 3 there is no such file, 7 it is damaged or no run file.",
  usage: ["FILE [--replay [--code FILE]]"],
  flags: {
    replay: { kind: "boolean", optional: true, withNegated: false, brief: "Run the code against the journal" },
    ...codeFlag,
    ...jsonFlag,
  },
  positional: [{ placeholder: "file", brief: "The run file" }],
  load: async () => (await import("./open.ts")).parse,
});
