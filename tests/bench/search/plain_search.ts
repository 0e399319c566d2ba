/**
 * The same search as `tasker run gmail-search`, as somebody would write it without an engine: Google's clients and
 * promises, nothing durable. Usage: plain_search.ts ROOT_URL KEY_FILE ADMIN USERS_PER_DOMAIN RESULTS_PER_USER
 */
import { admin } from "@googleapis/admin";
import { gmail } from "@googleapis/gmail";
import { JWT } from "google-auth-library";
import { peakMemory } from "../peak_memory.ts";

const [
  rootUrl = "",
  keyFile = "",
  administrator = "",
  usersPerDomain = "98",
  resultsPerUser = "300",
] = Deno.args;
const key = JSON.parse(Deno.readTextFileSync(keyFile)) as {
  client_email: string;
  private_key: string;
  token_uri: string;
};
const [perDomain, perUser] = [Number(usersPerDomain), Number(resultsPerUser)];
/** Requests in flight: of one user as Google advises, and in all as the engine's lanes and its five gets a lane. */
const PER_USER = 5;
const IN_ALL = 160;

const begin = performance.now();
let inFlight = 0;
const waiting: (() => void)[] = [];

async function bounded<T>(work: () => Promise<T>): Promise<T> {
  if (inFlight >= IN_ALL) {
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  inFlight++;
  try {
    return await work();
  } finally {
    inFlight--;
    waiting.shift()?.();
  }
}

function as(subject: string, scopes: string[]): JWT {
  const auth = new JWT({
    email: key.client_email,
    key: key.private_key,
    scopes,
    subject,
  });
  Object.assign(auth.transporter.defaults, {
    fetchImplementation: fetch,
    retry: false,
  });
  auth.transporter.interceptors.request.add({
    resolved(config) {
      if (config.url.href === "https://oauth2.googleapis.com/token") {
        config.url = new URL(key.token_uri);
      }
      return Promise.resolve(config);
    },
  });
  return auth;
}

const quiet = { rootUrl, retry: false, fetchImplementation: fetch } as const;
const scope = (name: string) => `https://www.googleapis.com/auth/${name}`;
const directory = admin({
  version: "directory_v1",
  auth: as(administrator, [
    scope("admin.directory.user.readonly"),
    scope("admin.directory.domain.readonly"),
  ]),
  ...quiet,
});

async function usersOf(domain: string): Promise<string[]> {
  const users: string[] = [];
  let pageToken: string | undefined;
  for (;;) {
    const { data } = await directory.users.list({
      domain,
      maxResults: 500,
      orderBy: "email",
      ...(pageToken ? { pageToken } : {}),
    });
    for (const user of data.users ?? []) {
      if (!user.suspended && !user.archived && user.isMailboxSetup) {
        users.push(user.primaryEmail!);
      }
    }
    pageToken = data.nextPageToken ?? undefined;
    if (pageToken === undefined) return users.slice(0, perDomain);
  }
}

async function search(user: string): Promise<number> {
  const mail = gmail({
    version: "v1",
    auth: as(user, [scope("gmail.readonly")]),
    ...quiet,
  }).users.messages;
  const { data } = await bounded(() =>
    mail.list({
      userId: user,
      maxResults: Math.min(500, perUser),
      fields: "messages/id,nextPageToken",
    })
  );
  const ids = (data.messages ?? []).map((message) => message.id!);
  let found = 0;
  const worker = async () => {
    for (let id = ids.shift(); id !== undefined; id = ids.shift()) {
      const { data } = await bounded(() =>
        mail.get({
          userId: user,
          id: id!,
          format: "metadata",
          metadataHeaders: [
            "From",
            "To",
            "Cc",
            "Subject",
            "Date",
            "Message-ID",
            "In-Reply-To",
          ],
          fields: "id,threadId,labelIds,snippet,sizeEstimate,internalDate,payload/headers",
        })
      );
      if (data.id === id) found++;
    }
  };
  await Promise.all(Array.from({ length: PER_USER }, worker));
  return found;
}

const { data } = await directory.domains.list({ customer: "my_customer" });
const users = (await Promise.all(
  (data.domains ?? []).map((domain) => usersOf(domain.domainName!)),
)).flat();
const counts = await Promise.all(users.map(search));
const messages = counts.reduce((sum, count) => sum + count, 0);
const seconds = (performance.now() - begin) / 1000;
console.log(
  JSON.stringify({
    users: users.length,
    messages,
    seconds,
    peakMiB: peakMemory(),
  }),
);
// Idle kept-alive connections would hold the process for their time-out.
Deno.exit(0);
