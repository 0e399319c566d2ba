/** Version 17: of a run that goes on with a failed one: that one's id. A run is retried once; a retry that fails is retried itself. */
export const retries = `
ALTER TABLE task_runs ADD COLUMN retry_of TEXT;
CREATE UNIQUE INDEX task_runs_retry_of ON task_runs (retry_of) WHERE retry_of IS NOT NULL;
`;
