import { moment, owner, serve } from "../bed.ts";
import { programOf } from "../program.ts";
import type { Fault } from "./fault.ts";

/** The owner is frozen, and others come meanwhile: they wait as clients and say so, and go on with the owner. */
export const freeze: Fault = {
  impossible: () => Deno.build.os === "windows" ? "Windows has no SIGSTOP" : undefined,
  async strike(bed, dice, name) {
    const process = await owner(bed);
    await moment(dice.between(0, 200));
    const since = performance.now();
    const told = await bed.processes.inTrouble("frozen owner", async () => {
      process.kill("SIGSTOP");
      const { owner: before } = bed.witness.look();
      const client = bed.load.follow(name, programOf(dice));
      const rival = serve(bed, 4);
      const words = await Promise.all([
        says(client.running.says(new RegExp(`waiting for the tasker process ${process.pid} that owns`))),
        says(rival.running.says(new RegExp(`the tasker process ${process.pid} .*owns .*NOT_OWNER`))),
      ]);
      // Whoever looks into a process with a debugger lets it go on by that: then there was nothing to wait for.
      const wasFrozen = isStopped(process.pid);
      for (const word of words) if (word !== undefined && wasFrozen) bed.findings.report("waiting", word);
      await moment(dice.between(0, 1_500));
      const { owner: after } = bed.witness.look();
      if (after.epoch !== before.epoch) {
        bed.findings.report("owner", `frozen, ${process.pid} lost its file to ${after.pid} (epoch ${after.epoch})`);
      }
      process.kill("SIGCONT");
      return client;
    });
    const frozen = performance.now() - since;
    const after = await owner(bed);
    return `owner ${process.pid} frozen for ${(frozen / 1_000).toFixed(1)} s; ${told.pid} waited as its client; ` +
      `${after.pid} owns`;
  },
};

/** What is wrong when the words do not come. */
async function says(words: Promise<unknown>): Promise<string | undefined> {
  try {
    await words;
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** As far as the system says. */
function isStopped(pid: number): boolean {
  if (Deno.build.os !== "linux") return true;
  return /^State:\s+T/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
}
