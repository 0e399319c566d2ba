import { command } from "./command.ts";
import type { DemoOptions } from "./demo.ts";
import { parseAtLeastOne, parseText } from "./flags.ts";
import { type WorkspaceFlags, workspaceFlags, workspaceOptions } from "./sandbox.ts";

interface Flags extends WorkspaceFlags {
  readonly query?: string;
  readonly maxUsersPerDomain?: number;
  readonly maxResultsPerUser?: number;
}

/** What the demonstration searches when nothing else is said: enough to take some seconds, and to be looked through. */
const USERS = 24;
const RESULTS = 25;
const QUERY = "has:attachment OR subject:invoice";
const MESSAGES = 80;
const LATENCY = 120;
/** Users of each domain: so many more than are searched, and at least so many. */
const MORE_USERS = 2;
const LEAST_USERS = 10;

export const demoCommand = command<Flags>({
  brief: "Try the main job on a local Google Workspace; leaves nothing behind",
  flags: {
    query: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "text",
      brief: `What to search for [default: ${QUERY}; all mail when --max-results-per-user is given]`,
    },
    maxUsersPerDomain: {
      kind: "parsed",
      parse: parseAtLeastOne,
      optional: true,
      placeholder: "n",
      brief: `Users searched of each domain [default: ${USERS}]`,
    },
    maxResultsPerUser: {
      kind: "parsed",
      parse: parseAtLeastOne,
      optional: true,
      placeholder: "n",
      brief: `Messages fetched of each user [default: ${RESULTS}]`,
    },
    ...workspaceFlags,
    usersPerDomain: {
      ...workspaceFlags.usersPerDomain,
      brief: `Users of each domain [default: ${MORE_USERS} more than are searched, at least ${LEAST_USERS}]`,
    },
    messagesPerUser: {
      ...workspaceFlags.messagesPerUser,
      brief:
        `Messages in each mailbox [default: ${MESSAGES}; some more than --max-results-per-user when that is given]`,
    },
    latency: { ...workspaceFlags.latency, brief: `How long every answer takes, in ms [default: ${LATENCY}]` },
  },
  aliases: { q: "query" },
  load: async () => {
    const { run } = await import("./demo.ts");
    return (context, flags) => run(optionsOf(flags), context);
  },
});

function optionsOf(flags: Flags): DemoOptions {
  const maxUsersPerDomain = flags.maxUsersPerDomain ?? USERS;
  const maxResultsPerUser = flags.maxResultsPerUser ?? RESULTS;
  return {
    // A number of messages that was asked for is to be found: then everything is searched for.
    query: flags.query ?? (flags.maxResultsPerUser === undefined ? QUERY : ""),
    maxUsersPerDomain,
    maxResultsPerUser,
    workspace: {
      latency: LATENCY,
      // Some more of both than are searched, so that limits are seen at work.
      usersPerDomain: Math.max(LEAST_USERS, maxUsersPerDomain + MORE_USERS),
      messagesPerUser: flags.maxResultsPerUser === undefined
        ? MESSAGES
        : Math.max(20, Math.ceil(maxResultsPerUser * 1.2)),
      ...workspaceOptions(flags),
    },
  };
}
