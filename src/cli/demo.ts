import { attend } from "./attend.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { Interrupts } from "./interrupts.ts";
import { note } from "./output/errors.ts";
import { plural } from "./output/numbers.ts";
import { outcomeOf, writeOutcome } from "./output/run_outcome.ts";
import { styled } from "./output/terminal.ts";
import { formatDuration } from "./output/times.ts";
import { sandboxEntries } from "./sandbox_keystore.ts";
import { Session } from "./session.ts";
import { findTask } from "./tasks.ts";
import type { WorkspaceOptions } from "../workspace/workspace.ts";

export interface DemoOptions {
  readonly workspace: WorkspaceOptions;
  readonly query: string;
  readonly maxUsersPerDomain: number;
  readonly maxResultsPerUser: number;
}

export async function run(options: DemoOptions, context: Context): Promise<ExitCode> {
  const { terminal } = context;
  const interrupts = new Interrupts();
  const folder = await Deno.makeTempDir({ prefix: "tasker-demo-" });
  const database = `${folder}/tasker.db`;
  const { startWorkspace } = await import("../workspace/workspace.ts");
  const workspace = await startWorkspace(options.workspace);
  const session = new Session(context, { database, owner: {}, note: (text) => note(terminal, text) });
  try {
    const domains = Object.keys(workspace.adminEmails);
    note(
      terminal,
      `A local Google Workspace is at ${workspace.url}: ${plural(workspace.users().length, "user")} in ${
        domains.join(" and ")
      }.`,
    );
    note(terminal, `The database is ${database}, for as long as this takes.\n`);
    await fillKeystore(context, database, sandboxEntries(workspace));
    const store = await context.openStore(database);
    try {
      await findTask({ name: "gmail-search", store, now: context.now() });
    } finally {
      store.close();
    }
    const client = await session.client();
    const { maxUsersPerDomain, maxResultsPerUser } = options;
    const started = context.now();
    const { taskRunId } = await client.submit({
      taskName: "gmail-search",
      input: { gmailSearchQuery: options.query, maxUsersPerDomain, maxResultsPerUser },
    });
    const attended = await attend({
      context,
      session,
      database,
      runIds: [taskRunId],
      interrupts,
      patience: Infinity,
      quiet: false,
    });
    const view = attended.views[0];
    if (attended.type !== "ended" || view === undefined || view.status === "held") {
      note(terminal, "the demonstration ends here, and everything of it is removed");
      return EXIT.stopped;
    }
    const outcome = outcomeOf(view);
    await writeOutcome({ context, database, view, outcome, format: "table", output: undefined, quiet: true });
    if (outcome.exitCode === EXIT.ok || outcome.exitCode === EXIT.incomplete) {
      terminal.out(
        `\nTook ${formatDuration(context.now() - started)}; ${
          nextCommands((text) => styled(terminal.color.out, "bold", text))
        }`,
      );
    }
    return outcome.exitCode;
  } finally {
    await session.stop();
    await workspace.stop();
    await Deno.remove(folder, { recursive: true });
    interrupts.dispose();
  }
}

async function fillKeystore(context: Context, database: string, entries: object): Promise<void> {
  const { Keystore } = await import("../services/keystore/keystore.ts");
  const store = await context.openStore(database);
  try {
    const keystore = new Keystore({ store, env: context.env("TASKER_KEYSTORE_KEY") });
    for (const [name, value] of Object.entries(entries)) keystore.set("default", name, value);
  } finally {
    store.close();
  }
}

function nextCommands(bold: (text: string) => string): string {
  const lines = [
    ["tasker sandbox", "keep such a Workspace running, and see what to put into the keystore"],
    ["tasker run gmail-search --help", "everything that can be searched for"],
    ["tasker run gmail-search -q subject:invoice", "search; Ctrl-C holds it, tasker resume goes on"],
    ["tasker runs", "what has been run; then: tasker show last"],
  ] as const;
  const width = Math.max(...lines.map(([text]) => text.length));
  return `nothing is left of it. To try next (from a checkout: deno task tasker …):\n${
    lines.map(([text, what]) => `  ${bold(text.padEnd(width))}  ${what}\n`).join("")
  }`;
}
