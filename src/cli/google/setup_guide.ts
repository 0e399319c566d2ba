/** What there is to click before a Google Workspace can be searched, and where. */

const CONSOLE = "https://console.cloud.google.com";

/** What a person does in one place. */
export interface Step {
  readonly title: string;
  readonly lines: readonly string[];
}

export const PROJECT: Step = {
  title: "A Google Cloud project with the two APIs that a search calls",
  lines: [
    `make a project:    ${CONSOLE}/projectcreate`,
    `enable the APIs:   ${CONSOLE}/flows/enableapi?apiid=gmail.googleapis.com,admin.googleapis.com`,
  ],
};

export const SERVICE_ACCOUNT: Step = {
  title: "A service account, and its key",
  lines: [
    `make the account, without any role:   ${CONSOLE}/iam-admin/serviceaccounts`,
    "then on its page: Keys → Add key → Create new key → JSON; the browser saves a file",
  ],
};

/** `url`: with everything filled in that is known. */
export function delegation(url: string, scopes: readonly string[]): Step {
  return {
    title: "The right to read mail: domain-wide delegation, all of it read-only",
    lines: ["as a super administrator of each Workspace, open this and press Authorize:", url, "it grants:", ...scopes],
  };
}

export const ADMINISTRATOR: Step = {
  title: "The administrator in whose name the directory is read",
  lines: ["any administrator who may read users and domains; of several Workspaces, one of each"],
};

/** The page on which domain-wide delegation is granted, its form filled in. Without a key the client id is left to people. */
export function delegationUrl(
  page: string,
  params: { scopes: readonly string[]; clientId: string | undefined },
): string {
  return `${page}?clientScopeToAdd=${params.scopes.join(",")}&clientIdToAdd=${params.clientId ?? "CLIENT_ID"}`;
}

export function renderStep(number: number, { title, lines }: Step): string {
  return `${number === 1 ? "" : "\n"}${number}. ${title}\n${lines.map((line) => `   ${line}\n`).join("")}`;
}
