import { TaskerError } from "../core/errors.ts";
import type { WorkspaceOptions } from "../workspace/workspace.ts";
import { command, type Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { dbFlag, jsonFlag, parseAtLeastOne, parseCount, parsePort, parseText, parseWhole } from "./flags.ts";
import { Interrupts } from "./interrupts.ts";
import { warn } from "./output/errors.ts";
import { plural } from "./output/numbers.ts";
import { styled } from "./output/terminal.ts";
import { sandboxCommands, sandboxEntries } from "./sandbox_keystore.ts";

export interface SandboxOptions {
  readonly workspace: WorkspaceOptions;
  /** Where the key file is put; undefined: a temporary folder, removed at the end. */
  readonly keyFolder: string | undefined;
  readonly json: boolean;
}

export interface WorkspaceFlags {
  readonly domains?: string;
  readonly usersPerDomain?: number;
  readonly messagesPerUser?: number;
  readonly seed?: number;
  readonly mail?: readonly string[];
  readonly quota?: "none" | "new" | "legacy";
  readonly latency?: number;
}

interface Flags extends WorkspaceFlags {
  readonly port?: number;
  readonly keyFolder?: string;
  readonly json?: boolean;
  readonly db?: string;
}

/** How the local Workspace is to be; `tasker demo` has them too. */
export const workspaceFlags = {
  domains: {
    kind: "parsed",
    parse: parseText,
    optional: true,
    placeholder: "n|names",
    brief: "How many domains, or their names separated by commas [default: 2]",
  },
  usersPerDomain: {
    kind: "parsed",
    parse: parseAtLeastOne,
    optional: true,
    placeholder: "n",
    brief: "Users of each domain [default: 20]",
  },
  messagesPerUser: {
    kind: "parsed",
    parse: parseCount,
    optional: true,
    placeholder: "n",
    brief: "Messages in each mailbox [default: 50]",
  },
  seed: {
    kind: "parsed",
    parse: parseWhole,
    optional: true,
    placeholder: "n",
    brief: "The same seed gives the same people and mail [default: 1]",
  },
  mail: {
    kind: "parsed",
    parse: parseText,
    variadic: true,
    optional: true,
    placeholder: "path",
    brief:
      "Load .eml and .mbox files, or folders of them (repeat); mail addressed to nobody of the Workspace goes to every mailbox",
  },
  quota: {
    kind: "enum",
    values: ["none", "new", "legacy"],
    optional: true,
    brief: "Google's quotas as they apply to projects [default: new]",
  },
  latency: {
    kind: "parsed",
    parse: parseCount,
    optional: true,
    placeholder: "ms",
    brief: "How long every answer takes, in ms [default: 0]",
  },
} as const;

export const sandboxCommand = command<Flags>({
  brief: "Run a local Google Workspace to try searches on, until stopped",
  flags: {
    ...workspaceFlags,
    port: {
      kind: "parsed",
      parse: parsePort,
      optional: true,
      placeholder: "n",
      brief: "Port on 127.0.0.1 [default: a free one]",
    },
    keyFolder: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "folder",
      brief: "Keep the service account's key file there [default: a temporary folder]",
    },
    ...jsonFlag,
    ...dbFlag,
  },
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags) =>
  run({
    workspace: { ...workspaceOptions(flags), port: flags.port ?? 0 },
    keyFolder: flags.keyFolder,
    json: flags.json ?? false,
  }, context);

export function workspaceOptions(flags: WorkspaceFlags): WorkspaceOptions {
  const { domains, quota } = flags;
  if (domains?.trim() === "") {
    throw new TaskerError("USAGE", "--domains is empty", { hint: "give a number, or names separated by commas" });
  }
  return {
    ...(domains === undefined
      ? {}
      : { domains: /^\d+$/.test(domains) ? Number(domains) : domains.split(",").map((name) => name.trim()) }),
    ...(flags.usersPerDomain === undefined ? {} : { usersPerDomain: flags.usersPerDomain }),
    ...(flags.messagesPerUser === undefined ? {} : { messagesPerUser: flags.messagesPerUser }),
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
    ...(flags.mail === undefined ? {} : { mail: flags.mail }),
    ...(flags.latency === undefined ? {} : { latency: flags.latency }),
    ...(quota === undefined ? {} : { quota: { profile: quota } }),
  };
}

export async function run(options: SandboxOptions, context: Context): Promise<ExitCode> {
  const { terminal } = context;
  const interrupts = new Interrupts();
  const { startWorkspace } = await import("../workspace/workspace.ts");
  const workspace = await startWorkspace(options.workspace);
  const temporary = options.keyFolder === undefined ? await Deno.makeTempDir({ prefix: "tasker-sandbox-" }) : undefined;
  try {
    const entries = sandboxEntries(workspace);
    const keyFile = `${temporary ?? await madeFolder(options.keyFolder!)}/service-account.json`;
    // A file that is there keeps its mode when it is written: a new one takes its place.
    await Deno.remove(keyFile).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    await Deno.writeTextFile(keyFile, entries.GAPI_KEY, { mode: 0o600, createNew: true });
    const commands = sandboxCommands(entries, keyFile);
    const users = workspace.users();
    if (options.workspace.mail !== undefined && workspace.mail === 0) {
      warn(terminal, `there is no .eml or .mbox file in ${options.workspace.mail.join(", ")}`);
    }
    if (options.json) {
      const ready = {
        url: workspace.url,
        pid: Deno.pid,
        keyFile,
        adminEmail: entries.GAPI_ADMIN_EMAIL,
        rootUrl: entries.GAPI_ROOT_URL,
        domains: Object.keys(workspace.adminEmails),
        users: users.length,
        mail: workspace.mail,
        commands,
      };
      terminal.out(`${JSON.stringify(ready)}\n`);
    } else {
      const bold = (text: string) => styled(terminal.color.out, "bold", text);
      terminal.out(
        `A local Google Workspace is at ${bold(workspace.url)}: ${plural(users.length, "user")} in ${
          Object.keys(workspace.adminEmails).join(", ")
        }.${options.workspace.mail === undefined ? "" : ` ${plural(workspace.mail, "message")} of yours in it.`}\n\n` +
          `Put its credentials into the keystore:\n${commands.map((line) => `  ${line}`).join("\n")}\n\n` +
          `Then search it:\n  tasker run gmail-search --query subject:invoice\n\n`,
      );
      terminal.err("Ctrl-C stops it.\n");
    }
    await interrupts.next();
    return EXIT.ok;
  } finally {
    await workspace.stop();
    if (temporary !== undefined) await Deno.remove(temporary, { recursive: true });
    interrupts.dispose();
  }
}

async function madeFolder(path: string): Promise<string> {
  await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  return path;
}
