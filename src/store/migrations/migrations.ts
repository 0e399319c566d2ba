import { initial } from "./001_initial.ts";

/** Append-only: the file's `user_version` says how many of these it has had. */
export const migrations: readonly string[] = [initial];
