/** Version 15: of a task that comes with tasker: a digest of the files that it was built from. */
export const builtFrom = `
ALTER TABLE task_functions ADD COLUMN built_from TEXT;
`;
