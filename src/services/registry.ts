import type { Clock } from "../core/clock.ts";
import { didYouMean } from "../core/did_you_mean.ts";
import { TaskerError } from "../core/errors.ts";
import { canonicalService, type Manifest, SERVICE_NAMES, type ServiceName } from "../core/manifest.ts";
import type { Service } from "./contract.ts";
import { createDatabaseService } from "./database/service.ts";
import { createEvidenceService } from "./evidence/service.ts";
import { createGapiService, type GapiOptions } from "./gapi/service.ts";
import { createHttpService } from "./http/service.ts";
import type { Keystore } from "./keystore/keystore.ts";
import { createKeystoreService } from "./keystore/service.ts";
import { createLogService } from "./log.ts";
import { createRecordsService } from "./records.ts";
import { createRunService } from "./run.ts";
import { createSignalsService } from "./signals.ts";
import { createTasksService } from "./tasks.ts";
import { createTimerService } from "./timer.ts";

export interface ServicesOptions {
  readonly clock: Clock;
  /** Where `gapi` and `http` read secrets, and what `keystore` shows task code. It belongs to the store that effects are applied to. */
  readonly keystore: Keystore;
  readonly gapi?: Omit<GapiOptions, "clock" | "secret">;
}

/** Every service there is, by name. */
export interface ServiceRegistry {
  /** The service of that name or of an alias of the earlier system; throws SERVICE_UNKNOWN, saying what was meant. */
  get(name: string): Service;
  /** As `get`; throws METHOD_REFUSED when the task's manifest does not list the service. */
  forTask(name: string, manifest: Pick<Manifest, "services">): Service;
  /** Frees what the services hold open. */
  stop(): Promise<void>;
}

export function createServices({ clock, keystore, gapi = {} }: ServicesOptions): ServiceRegistry {
  const readSecret = (namespace: string, name: string) => keystore.get(namespace, name);
  const services: Readonly<Record<ServiceName, Service>> = {
    gapi: createGapiService({ ...gapi, clock, secret: readSecret }),
    keystore: createKeystoreService({ keystore }),
    database: createDatabaseService(),
    tasks: createTasksService(),
    timer: createTimerService({ clock }),
    signals: createSignalsService(),
    http: createHttpService({ readSecret }),
    records: createRecordsService(),
    log: createLogService(),
    run: createRunService(),
    evidence: createEvidenceService(),
  };
  const get = (name: string) => {
    const canonical = canonicalService(name);
    if (Object.hasOwn(services, canonical)) return services[canonical as ServiceName];
    throw new TaskerError("SERVICE_UNKNOWN", `there is no service ${JSON.stringify(name.slice(0, 60))}`, {
      hint: didYouMean(name, SERVICE_NAMES),
    });
  };
  return {
    get,
    forTask(name, manifest) {
      const service = get(name);
      if (manifest.services.includes(service.name)) return service;
      throw new TaskerError("METHOD_REFUSED", `the task may not use the service ${service.name}`, {
        hint: `add "${service.name}" to "services" in its manifest if it should`,
      });
    },
    async stop() {
      for (const service of Object.values(services)) await service.stop?.();
    },
  };
}
