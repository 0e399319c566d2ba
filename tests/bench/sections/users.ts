import type { Section } from "../figure.ts";
import { durableSearch, Place } from "../search/searches.ts";
import { inFolder } from "../workload.ts";

/** MiB. Without a limit the heap grows for as long as that spares it work, and its size says little. */
const HEAP = 96;

export const users: Section = {
  name: "users",
  about:
    `One message of each of 500 users, and of each of 5,000, against a local Workspace without quotas, with a heap of
    ${HEAP} MiB: what a user more costs in memory. --quick: 1,000 instead of 5,000.`,
  async *run({ quick, progress }) {
    const peaks: { count: number; peakMiB: number }[] = [];
    for (const count of quick ? [500, 1_000] : [500, 5_000]) {
      progress(`a search of ${count} users`);
      const { seconds, peakMiB } = await inFolder(async (folder) => {
        await using place = await Place.open(folder, "none", "1", `${count}`, "1");
        return await durableSearch(`${folder}/users.db`, place, {
          ...{ users: `${count}`, results: "1", profile: "none" },
          env: { DENO_V8_FLAGS: `--max-old-space-size=${HEAP}` },
        });
      });
      peaks.push({ count, peakMiB });
      const note = `peak ${Math.round(peakMiB)} MiB`;
      yield { name: `${count.toLocaleString("en-US")} users × 1`, value: seconds, unit: "s", note };
    }
    const [few, many] = peaks as [typeof peaks[0], typeof peaks[0]];
    const each = (many.peakMiB - few.peakMiB) * 1024 / (many.count - few.count);
    yield {
      name: "memory of a user more",
      value: each,
      unit: "KiB",
      bars: [{ what: "memory", is: each, atMost: 16, unit: "KiB" }],
    };
  },
};
