/** What the frames of a held run are blocked by. */
export const HELD = "held";
