import type { ServiceRegistry } from "../services/registry.ts";
import type { Store } from "../store/store.ts";
import type { Context } from "./context.ts";

/** Opens a database with the services that calls go to, to ask them about calls; nothing is called. */
export async function withServices<T>(
  context: Context,
  database: string,
  work: (services: ServiceRegistry, store: Store) => T | Promise<T>,
): Promise<T> {
  const { systemClock } = await import("../core/clock.ts");
  const { Keystore } = await import("../services/keystore/keystore.ts");
  const { createServices } = await import("../services/registry.ts");
  const store = await context.openStore(database, { create: false });
  try {
    const keystore = new Keystore({ store, env: context.env("TASKER_KEYSTORE_KEY") });
    const services = createServices({ clock: systemClock, keystore });
    try {
      return await work(services, store);
    } finally {
      await services.stop();
    }
  } finally {
    store.close();
  }
}
