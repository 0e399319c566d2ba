import type { FaultName } from "../plan.ts";
import { clock } from "./clock.ts";
import { cutLoopback, cutOffOwner } from "./cut.ts";
import { deathsAtStart } from "./deaths_at_start.ts";
import type { Fault } from "./fault.ts";
import { freeze } from "./freeze.ts";
import { fullDisk } from "./full_disk.ts";
import { kill } from "./kill.ts";
import { orderlyStop } from "./orderly_stop.ts";
import { takeover } from "./takeover.ts";

export const faults: Readonly<Record<FaultName, Fault>> = {
  kill,
  takeover,
  freeze,
  "full disk": fullDisk,
  clock,
  "cut off owner": cutOffOwner,
  "cut loopback": cutLoopback,
  "deaths at start": deathsAtStart,
  "orderly stop": orderlyStop,
};
