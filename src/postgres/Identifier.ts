/** Quotes an identifier for SQL, whatever characters it contains. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`
