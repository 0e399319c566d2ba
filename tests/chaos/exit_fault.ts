import { EXIT } from "../../src/cli/exit_codes.ts";
import type { TaskerProcess } from "./processes.ts";

/** Words that no user should ever read. */
const INNER_WORDS = /Uncaught|panicked|\(INTERNAL\)|error: internal|AssertionError|TypeError|RangeError/;
const DISK_WORDS = /disk is full|could not be read or written/;

/** What is wrong with how a process ended; undefined when that was as it must be. */
export function exitFault(process: TaskerProcess): string | undefined {
  const { code, signal, stderr, stdout } = process.ended!;
  const said = `${stderr}${process.purpose === "serve" ? stdout : ""}`.trim().slice(-1_500);
  if (signal !== null && !process.signals.has(signal)) return `was ended by ${signal}; it said: ${said}`;
  if (signal === "SIGKILL" || (signal === "SIGINT" && isNotBegun(process))) return undefined;
  if (INNER_WORDS.test(stderr)) return `said what is nobody's business: ${said}`;
  if (!mayEndWith(process, code, stderr)) return `ended with exit code ${code}; it said: ${said}`;
  return undefined;
}

function mayEndWith(process: TaskerProcess, code: number, stderr: string): boolean {
  const { purpose, signals, troubles } = process;
  if (code === EXIT.database) {
    if (troubles.has("full disk") && DISK_WORDS.test(stderr)) return true;
    if (purpose === "serve") return /NOT_OWNER/.test(stderr);
    if (!/\(UNAVAILABLE\)/.test(stderr)) return false;
    return troubles.has("frozen owner") || troubles.has("cut") || troubles.has("full disk");
  }
  const wasTold = signals.has("SIGTERM") || signals.has("SIGINT");
  switch (purpose) {
    case "serve":
      return code === EXIT.ok && wasTold;
    case "run":
      return code === EXIT.ok || (code === EXIT.stopped && wasTold) ||
        (code === EXIT.waiting && troubles.has("moved clock"));
    case "budget":
      // It was removed by the one before, which could not say so.
      return code === EXIT.ok || code === EXIT.notFound;
    default:
      return code === EXIT.ok;
  }
}

/** Whether there is no run yet, as far as it knows: nothing to hold, nothing to follow. */
function isNotBegun({ purpose, ended }: TaskerProcess): boolean {
  return purpose === "detached" || (purpose === "run" && !/^run \S+$/m.test(ended!.stderr));
}
