import type { Section } from "../figure.ts";
import { durableSearch, Place } from "../search/searches.ts";
import { inFolder } from "../workload.ts";

/** Units that a user of a new project has in any minute. */
const PER_USER = 6_000;

export const quota: Section = {
  name: "quota",
  about:
    `98 users × 300 messages of one domain, 6,006 units a user, against a local Workspace that lets through 6,000 a user in any
    60 s and counts: from spawn to exit, which a minute's window and nothing else should bound. --quick: 10 users.`,
  async *run({ quick, progress }) {
    progress("a search under the quota of new projects, a minute");
    const users = quick ? "10" : "98";
    const { seconds, seen } = await inFolder(async (folder) => {
      await using place = await Place.open(folder, "new", "1");
      const { seconds } = await durableSearch(`${folder}/quota.db`, place, { users, results: "300", profile: "new" });
      return { seconds, seen: await place.counted() };
    });
    yield {
      name: `${users} × 300 under the quota of new projects`,
      value: seconds,
      unit: "s",
      bars: [
        { what: "time", is: seconds, atMost: 1.15 * 60, unit: "s" },
        { what: "most of a user in any 60 s", is: seen.mostUnitsOfUser, atMost: PER_USER, unit: "units" },
        { what: "requests refused", is: seen.refused, atMost: 0 },
      ],
    };
  },
};
