/** A local Workspace without quotas, in a process of its own; prints where it is as JSON and serves until its stdin ends. */
import { startWorkspace } from "../../../src/workspace/workspace.ts";

const [usersPerDomain = "105", messagesPerUser = "320"] = Deno.args;
const workspace = await startWorkspace({
  domains: 2,
  usersPerDomain: Number(usersPerDomain),
  messagesPerUser: Number(messagesPerUser),
  quota: { profile: "none" },
});
const key = workspace.serviceAccount();
console.log(
  JSON.stringify({
    url: workspace.url,
    key,
    admin: Object.values(workspace.adminEmails)[0],
  }),
);
for await (const _chunk of Deno.stdin.readable);
await workspace.stop();
