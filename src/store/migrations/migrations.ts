import { initial } from "./001_initial.ts";
import { earlyDeaths } from "./002_early_deaths.ts";

/** Append-only: the file's `user_version` says how many of these it has had. */
export const migrations: readonly string[] = [initial, earlyDeaths];
