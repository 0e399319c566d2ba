/**
 * Answers queries as npm's @emulators/google does: a process of its own, for only this test needs the package. Reads
 * `Asked` as JSON from stdin and prints the Message-IDs of each answer. Version 0.4.1 reads queries as 0.11.2 does, whose own
 * dependency npm does not have.
 */
import { createServer } from "@emulators/core";
import { googlePlugin, seedFromConfig } from "@emulators/google";

interface Asked {
  owner: string;
  labels: { id: string; name: string }[];
  /** `raw`: base64url. */
  messages: { raw: string; labelIds: string[] }[];
  queries: string[];
}

const asked = JSON.parse(await new Response(Deno.stdin.readable).text()) as Asked;
const origin = "http://localhost:4000";
const server = createServer(googlePlugin, { baseUrl: origin, tokens: { owner: { login: asked.owner, id: 1 } } });
seedFromConfig(server.store, origin, { users: [{ email: asked.owner }], labels: asked.labels });

async function call<T>(path: string, body?: unknown): Promise<T> {
  const answer = await server.app.request(`${origin}/gmail/v1/users/me/${path}`, {
    headers: { authorization: "Bearer owner", "content-type": "application/json" },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return await answer.json() as T;
}

const names = new Map<string, string>();
for (const message of asked.messages) {
  const { id, payload } = await call<{ id: string; payload: { headers: { name: string; value: string }[] } }>(
    "messages",
    message,
  );
  names.set(id, payload.headers.find(({ name }) => name.toLowerCase() === "message-id")!.value);
}
const answers: string[][] = [];
for (const q of asked.queries) {
  const query = new URLSearchParams({ q, maxResults: "500" });
  const { messages = [] } = await call<{ messages?: { id: string }[] }>(`messages?${query}`);
  answers.push(messages.map(({ id }) => names.get(id)!).sort());
}
console.log(JSON.stringify(answers));
