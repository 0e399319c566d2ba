import type { Workspace } from "../workspace/workspace.ts";

/** What a keystore needs so that searches go to a local Workspace. Holds the key of its service account. */
export interface SandboxEntries {
  readonly GAPI_KEY: string;
  /** JSON: domain → administrator. */
  readonly GAPI_ADMIN_EMAIL: string;
  readonly GAPI_ROOT_URL: string;
}

export function sandboxEntries(workspace: Workspace): SandboxEntries {
  return {
    GAPI_KEY: JSON.stringify(workspace.serviceAccount(), null, 2),
    GAPI_ADMIN_EMAIL: JSON.stringify(workspace.adminEmails),
    GAPI_ROOT_URL: workspace.rootUrl,
  };
}

/** The commands that put them there; the key is in a file, the rest is no secret. */
export function sandboxCommands(entries: SandboxEntries, keyFile: string): string[] {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  return [
    `tasker keystore set GAPI_KEY --file ${quoted(keyFile)}`,
    `echo ${quoted(entries.GAPI_ADMIN_EMAIL)} | tasker keystore set GAPI_ADMIN_EMAIL`,
    `echo ${quoted(entries.GAPI_ROOT_URL)} | tasker keystore set GAPI_ROOT_URL`,
  ];
}
