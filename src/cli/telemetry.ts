import { systemClock } from "../core/clock.ts";
import type { OwnerOptions } from "../server/owner.ts";
import { isTelemetryWanted, telemetrySettings } from "../server/telemetry/settings.ts";
import { version } from "./version.ts";

/** What sends traces and metrics of an owner, when the environment says where to; nothing is loaded otherwise. */
export async function telemetryWanted(
  env: (name: string) => string | undefined,
  note: (text: string) => void,
): Promise<OwnerOptions["watch"]> {
  if (!isTelemetryWanted(env)) return undefined;
  const { Telemetry } = await import("../server/telemetry/telemetry.ts");
  return (store) => {
    const settings = telemetrySettings(env, { version, instance: crypto.randomUUID() });
    for (const remark of settings.remarks) note(`OpenTelemetry: ${remark}`);
    return new Telemetry({ settings, version, store, clock: systemClock, note });
  };
}
