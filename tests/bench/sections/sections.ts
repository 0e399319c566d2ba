import type { Section } from "../figure.ts";
import { parallel, runs } from "./batches.ts";
import { history } from "./history.ts";
import { submitToResult } from "./latency.ts";
import { limit } from "./limit.ts";
import { longRun } from "./long_run.ts";
import { parked } from "./parked.ts";
import { quota } from "./quota.ts";
import { replay } from "./replay.ts";
import { restart } from "./restart.ts";
import { search } from "./search.ts";
import { sequential } from "./sequential.ts";
import { startUp } from "./start_up.ts";
import { users } from "./users.ts";

/** All parts of the bench, in the order in which they run. */
export const sections: readonly Section[] = [
  limit,
  sequential,
  longRun,
  parallel,
  runs,
  submitToResult,
  parked,
  replay,
  restart,
  history,
  search,
  quota,
  users,
  startUp,
];
