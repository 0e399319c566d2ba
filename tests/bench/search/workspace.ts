/**
 * A local Workspace in a process of its own: prints where it is as JSON, says at a line of stdin what it has counted, and
 * serves until its stdin ends. Usage: workspace.ts [none|new|legacy] [DOMAINS] [USERS]
 * [MESSAGES], both of each
 */
import { startWorkspace } from "../../../src/workspace/workspace.ts";
import { TextLineStream } from "../text_lines.ts";

const [profile = "none", domains = "2", users = "105", messages = "320"] = Deno.args;
const workspace = await startWorkspace({
  domains: Number(domains),
  usersPerDomain: Number(users),
  messagesPerUser: Number(messages),
  quota: { profile: profile as "none" | "new" | "legacy" },
});
const key = workspace.serviceAccount();
console.log(
  JSON.stringify({
    url: workspace.url,
    key,
    admin: Object.values(workspace.adminEmails)[0],
  }),
);
for await (const _question of Deno.stdin.readable.pipeThrough(new TextLineStream())) {
  const { total, peaks } = workspace.counters();
  const refused = Object.values(total.refused).reduce((sum, count) => sum + count, 0);
  console.log(JSON.stringify({ refused, mostUnitsOfUser: Math.max(...Object.values(peaks.unitsPerUser)) }));
}
await workspace.stop();
