import { TaskerError } from "../core/errors.ts";
import { OPEN_SERVICES, type TaskCode } from "../core/manifest.ts";

/** Throws FORBIDDEN unless the task's manifest lists the service, which there is, or every task may use it. */
export function checkDeclared(service: string, { name, manifest }: Pick<TaskCode, "name" | "manifest">): void {
  if ([...manifest.services, ...OPEN_SERVICES].includes(service)) return;
  throw new TaskerError("FORBIDDEN", `${name} may not use the service "${service}"`, {
    hint: `add it to the task's manifest: services: [${
      [...manifest.services, service].map((one) => `"${one}"`).join(", ")
    }]`,
  });
}
