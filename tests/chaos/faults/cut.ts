import { type Bed, moment, owner, ownerHealth } from "../bed.ts";
import { readAddress } from "../../../src/server/client.ts";
import type { Fault } from "./fault.ts";
import { seconds } from "./kill.ts";

const impossible = ({ network }: Bed) =>
  network === undefined
    ? "the loopback cannot be cut: it takes Linux, `unshare` and `ip`, and the right to a network of one's own"
    : undefined;

/** Nothing reaches the owner's port: not its clients, nor the POSTs with which it asks itself for its next step. */
export const cutOffOwner: Fault = {
  impossible,
  async strike(bed, dice) {
    await owner(bed);
    const { port } = new URL(readAddress(bed.db)!.url);
    const make = () => bed.network!.cutPort(Number(port));
    return await cut(bed, { make, what: "the owner's port", ms: dice.between(1_000, 5_000) });
  },
};

/** Nothing reaches anybody: the service neither. */
export const cutLoopback: Fault = {
  impossible,
  async strike(bed, dice) {
    await owner(bed);
    return await cut(bed, { make: () => bed.network!.cut(), what: "the loopback", ms: dice.between(100, 3_000) });
  },
};

async function cut(bed: Bed, params: { make: () => Promise<void>; what: string; ms: number }): Promise<string> {
  const { make, what, ms } = params;
  const before = bed.witness.look();
  const since = performance.now();
  let during = before;
  await bed.processes.inTrouble("cut", async () => {
    try {
      await make();
      if (await ownerHealth(bed) !== undefined) throw new Error(`${what} was cut, and the owner answers all the same`);
      await moment(ms);
      during = bed.witness.look();
    } finally {
      await bed.network!.mend();
    }
  });
  const mended = performance.now();
  await owner(bed);
  return `${what} cut for ${((mended - since) / 1_000).toFixed(1)} s, in which ${
    during.settled - before.settled
  } calls ` +
    `of any kind came to their end; the owner answers after ${seconds(mended)}`;
}
