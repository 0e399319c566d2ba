import type { HealthView } from "../../src/server/api.ts";
import { Client, readAddress } from "../../src/server/client.ts";
import { Place } from "../acceptance/tasker.ts";
import { addRules } from "../acceptance/policy.ts";
import { Approver, RULES } from "./approver.ts";
import { Disk } from "./disk.ts";
import { errandSource } from "./errand.ts";
import { Findings } from "./findings.ts";
import { Load } from "./load.ts";
import { MovedClock } from "./moved_clock.ts";
import { Network } from "./network.ts";
import type { Options } from "./options.ts";
import { Owners } from "./owners.ts";
import { Processes, type TaskerProcess } from "./processes.ts";
import { relaySource } from "./relay.ts";
import { Relays } from "./relays.ts";
import { Senders } from "./senders.ts";
import { Service } from "./service.ts";
import { spenderSource } from "./spender.ts";
import { Spenders } from "./spenders.ts";
import { Witness } from "./witness.ts";

/** How long it may take until somebody owns the file and answers, ms. */
const PATIENCE = 180_000;
const HEALTH = 5_000;

/** The schedule of an errand of every minute, and the name of its runs. */
export const SCHEDULE = "errand";

/** Everything that a time of chaos needs: the file, the service, the processes, and the means of faults there are here. */
export interface Bed {
  readonly findings: Findings;
  readonly place: Place;
  readonly db: string;
  readonly disk: Disk;
  /** Undefined where it cannot be cut, or moved. */
  readonly network: Network | undefined;
  readonly clock: MovedClock | undefined;
  readonly service: Service;
  readonly processes: Processes;
  readonly owners: Owners;
  readonly witness: Witness;
  readonly load: Load;
  readonly approver: Approver;
  readonly relays: Relays;
  readonly spenders: Spenders;
}

/** The tasks are published; nobody owns the file yet. */
export async function openBed(options: Options): Promise<Bed> {
  const { seed } = options;
  const place = new Place("tasker-chaos-");
  const disk = await Disk.at(`${place.folder}/disk`);
  const network = await Network.open();
  const clock = await MovedClock.open({ library: options.faketime, file: `${place.folder}/clock` });
  const db = `${disk.folder}/tasker.db`;
  const findings = new Findings();
  const processes = new Processes({
    place,
    findings,
    environment: () => ({ TASKER_DB: db, ...clock?.environment() }),
  });
  const senders = new Senders({ findings, living: () => processes.living.map(({ pid }) => pid) });
  const service = new Service({ seed, findings, senders });
  const owners = new Owners({ findings, processes });
  const witness = new Witness({ db, service, owners, findings });
  const load = new Load({ seed, db, service, witness, processes, findings });
  const files = [
    place.write("errand.ts", errandSource(service.host)),
    place.write("relay.ts", relaySource(service.host)),
    place.write("spender.ts", spenderSource(service.host)),
  ];
  const published = await processes.start("publish", ["publish", ...files]).running.end();
  if (published.code !== 0) throw new Error(`the tasks could not be published: ${published.stderr}`);
  const errand = JSON.stringify({ name: SCHEDULE, steps: [{ do: "log" }] });
  const scheduled = await processes.start("schedule", ["schedule", "add", "* * * * *", "errand", "--input", errand])
    .running.end();
  if (scheduled.code !== 0) throw new Error(`the errand could not be scheduled: ${scheduled.stderr}`);
  addRules(db, RULES);
  const approver = new Approver({ seed, findings, client: () => load.client() });
  const relays = new Relays({ seed, findings, client: () => load.client() });
  const spenders = new Spenders({ seed, db, findings, processes, client: () => load.client() });
  service.onArrival = (arrival) => {
    witness.arrived(arrival);
    spenders.arrived(arrival);
  };
  return {
    ...{ findings, place, db, disk, network, clock, service, processes, owners, witness, load },
    ...{ approver, relays, spenders },
  };
}

/** Starts a process that does nothing but work on the file. */
export function serve(bed: Bed, lanes: number, through: readonly string[] = []): TaskerProcess {
  return bed.processes.start("serve", ["serve", "--json", "--concurrency", String(lanes)], { through });
}

/** The process that owns the file and answers; started when nobody lives who could. */
export async function owner(bed: Bed, lanes = 32): Promise<TaskerProcess> {
  const deadline = performance.now() + PATIENCE;
  while (performance.now() < deadline) {
    const found = await answering(bed);
    if (found !== undefined) return found;
    if (bed.processes.living.length === 0) serve(bed, lanes);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  const living = bed.processes.living.map(({ purpose, pid, running }) =>
    `${purpose} ${pid} (${waitsIn(pid)}): ${running.stderr}${running.stdout}`
  );
  throw new Error(`nobody owns the file and answers since ${PATIENCE / 1_000} s. ${living.join("\n")}`);
}

/** What the system says of each thread of a process that does nothing. */
function waitsIn(pid: number): string {
  if (Deno.build.os !== "linux") return "";
  try {
    const threads = [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => `/proc/${pid}/task/${name}`);
    const read = (path: string) => Deno.readTextFileSync(path).trim();
    return threads.map((path) => `${read(`${path}/comm`)} ${read(`${path}/stat`).split(") ")[1]![0]}`).join(", ");
  } catch (error) {
    return (error as Error).message;
  }
}

async function answering(bed: Bed): Promise<TaskerProcess | undefined> {
  const health = await ownerHealth(bed);
  const process = health === undefined ? undefined : bed.processes.byPid(health.pid);
  return process?.ended === undefined ? process : undefined;
}

/** What the owner says of itself; undefined when it does not answer. */
export async function ownerHealth(bed: Bed): Promise<HealthView | undefined> {
  const address = readAddress(bed.db);
  if (address === undefined) return undefined;
  return await new Client(address).health({ timeout: HEALTH }).catch(() => undefined);
}

/** A moment of `ms` in which the others do what they like: nothing is waited for. */
export function moment(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
