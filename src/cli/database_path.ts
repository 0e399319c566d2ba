import { TaskerError } from "../core/errors.ts";

/**
 * Where the database is when nobody names another: the platform's folder for a program's data. Throws USAGE when the
 * environment names no home: a database in whatever folder is the current one would not be found again.
 */
export function defaultDatabasePath(os: string, env: (name: string) => string | undefined): string {
  if (os === "windows") return `${env("LOCALAPPDATA") || `${homeOf(env)}\\AppData\\Local`}\\tasker\\tasker.db`;
  if (os === "darwin") return `${homeOf(env)}/Library/Application Support/tasker/tasker.db`;
  // The XDG specification: a relative XDG_DATA_HOME is to be ignored.
  const xdg = env("XDG_DATA_HOME");
  return `${xdg?.startsWith("/") ? xdg : `${homeOf(env)}/.local/share`}/tasker/tasker.db`;
}

function homeOf(env: (name: string) => string | undefined): string {
  const home = env("HOME") || env("USERPROFILE");
  if (home) return home;
  throw new TaskerError("USAGE", "the environment names no home folder, where the database would be", {
    hint: "name a file with --db or TASKER_DB, or set HOME",
  });
}
