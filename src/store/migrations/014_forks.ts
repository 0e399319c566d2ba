/** Version 14: of a run that shares another one's journal up to a call: `{ run, from, set }`, which run and from which call on. */
export const forks = `
ALTER TABLE task_runs ADD COLUMN forked_from TEXT CHECK (forked_from IS NULL OR json_valid(forked_from));
`;
