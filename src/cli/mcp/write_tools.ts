import { uuidv7 } from "uuidv7";
import type { Client } from "../../server/client.ts";
import { findRun } from "../run_lookup.ts";
import { findTask } from "../tasks.ts";
import { decisions } from "./approval_tools.ts";
import type { Door } from "./door.ts";
import { wholly } from "./shown_run.ts";
import { RUN, secondsOf, type Tool } from "./tool.ts";

/** Tools that change something; offered only with `--allow-write`. */
export const WRITE_TOOLS: readonly Tool[] = [
  {
    name: "run_task",
    title: "Run a task",
    description: "Submits a run of a task and waits a little for its end. It goes on by itself when it takes longer: " +
      "wait_for_run follows it. describe_task has the schema of `input`.",
    arguments: {
      task: { type: "string", description: "Name of the task" },
      input: { type: "object", description: "As the task's schema wants it" },
      reason: { type: "string", description: "Why, for the audit log; some databases want one for every run" },
      idempotency_key: {
        type: "string",
        description: "Submitted again under the same key, a run of this task is the one that is there",
      },
      seconds: secondsOf(10),
    },
    required: ["task"],
    kind: "changes",
    reachesOut: true,
    quotesOthers: true,
    async run({ task, input = {}, reason, idempotency_key: idempotencyKey, seconds = 10 }, door) {
      await door.reading((store) => findTask({ name: task, store, now: door.now() }));
      const submission = {
        // Without an answer the same run is asked for again.
        ...(idempotencyKey === undefined ? { id: uuidv7() } : { idempotencyKey }),
        ...(reason === undefined ? {} : { reason }),
        taskName: task,
        input,
      };
      const answer = await door.ask((client) => client.execute(submission, seconds * 1000));
      if (!("taskRunId" in answer)) return wholly(answer);
      return wholly(await door.ask((client) => client.status(answer.taskRunId)));
    },
  },
  {
    name: "send_signal",
    title: "Send a signal",
    description:
      "Sends a run what it waits for: in show_run, a call of signals.wait names the signal. One that comes " +
      "early is kept for the run.",
    arguments: {
      run: RUN,
      name: { type: "string", description: "Name of the signal" },
      data: { description: "What the run gets: any JSON; null if left out" },
    },
    required: ["run", "name"],
    kind: "changes",
    async run({ run, name, data = null }, door) {
      const id = await door.reading((store) => findRun(store, run).id);
      const signal = { id, name, data, signalId: uuidv7() };
      return await door.ask((client) => client.signal(signal));
    },
  },
  changing(
    "cancel_run",
    "Cancel a run",
    "Ends a run; what it has kept stays. It cannot go on afterwards.",
    "final",
    "cancel",
  ),
  changing(
    "hold_run",
    "Hold a run",
    "Stops a run until it is resumed; nothing that it has done is lost.",
    "changes",
    "hold",
  ),
  changing("resume_run", "Resume a run", "Lets a held run go on where it was.", "changes", "resume"),
  ...decisions,
];

function changing(
  name: string,
  title: string,
  description: string,
  kind: Tool["kind"],
  change: "cancel" | "hold" | "resume",
): Tool {
  const ask = (door: Door, id: string) => door.ask((client: Client) => client[change](id));
  return {
    name,
    title,
    description,
    arguments: { run: RUN },
    required: ["run"],
    kind,
    quotesOthers: true,
    run: async ({ run }, door) => wholly(await ask(door, await door.reading((store) => findRun(store, run).id))),
  };
}
