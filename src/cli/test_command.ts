import { command } from "./command.ts";
import { dbFlag, jsonFlag, parseText } from "./flags.ts";
import type { TestFlags } from "./test_task.ts";

export const testCommand = command<TestFlags>({
  brief: "Run a task's code with the recorded answers of an earlier run, and say what has changed",
  description:
    "Run a task's code with the input and the recorded answers of an earlier run, and say what has changed.\n\n" +
    "A call gets the answer of the recorded call with the same service, method and arguments; of several such, in their " +
    "order. Rows kept, log lines, progress and sleep need no recorded answer. Calls that are new, missing or have other " +
    "arguments are named, and where the result differs. A call that has no recorded answer ends the test when the code can " +
    "do nothing without it: it needs a new answer, so run the task once and test against that run.\n\n" +
    "Nothing outside is called, and nothing is written: rows and log lines neither.\n\n" +
    "Exit codes: 0 nothing has changed, 1 something has, or a new answer is needed.",
  usage: ["TASK [--against RUN] [--code FILE]"],
  flags: {
    against: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "run",
      brief:
        "The earlier run: id, unique part of one, last, or a file of `tasker export-run` [default: the task's newest one]",
    },
    code: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "file",
      brief: "Code to test, which is published nowhere [default: the task's newest version]",
    },
    ...jsonFlag,
    ...dbFlag,
  },
  positional: [{ placeholder: "task", brief: "Name of the task" }],
  load: async () => (await import("./test_task.ts")).parse,
});
