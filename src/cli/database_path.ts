/** Where the database is when nobody names another: the platform's folder for a program's data. */
export function defaultDatabasePath(os: string, env: (name: string) => string | undefined): string {
  const home = env("HOME") ?? env("USERPROFILE") ?? ".";
  if (os === "windows") return `${env("LOCALAPPDATA") ?? `${home}\\AppData\\Local`}\\tasker\\tasker.db`;
  if (os === "darwin") return `${home}/Library/Application Support/tasker/tasker.db`;
  // The XDG specification: a relative XDG_DATA_HOME is to be ignored.
  const xdg = env("XDG_DATA_HOME");
  return `${xdg?.startsWith("/") ? xdg : `${home}/.local/share`}/tasker/tasker.db`;
}
