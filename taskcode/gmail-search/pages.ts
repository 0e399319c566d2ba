import { failure } from "./rows.ts";

/** How often one list is begun anew because its page tokens had expired. */
const RESTARTS = 5;

/**
 * Reads a list page by page: `read` is given the token of a page (undefined: the first, what was read before is void) and
 * gives that of the next. Tokens expire while a run is held; then the same question is asked again from its first page.
 */
export async function everyPage(read: (pageToken: string | undefined) => Promise<string | undefined>): Promise<void> {
  let pageToken: string | undefined;
  for (let restarts = 0;;) {
    try {
      pageToken = await read(pageToken);
      if (!pageToken) return;
    } catch (error) {
      const isExpired = pageToken !== undefined && failure(error).details?.reason === "invalidPageToken";
      if (!isExpired || ++restarts > RESTARTS) throw error;
      pageToken = undefined;
    }
  }
}
