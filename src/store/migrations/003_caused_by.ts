/** Version 3: which delivery a call was issued after. Up to the last of them a replay need not look for what turns left unhandled. */
export const causedBy = `
ALTER TABLE stack_runs ADD COLUMN caused_by INTEGER NOT NULL DEFAULT 0;
`;
