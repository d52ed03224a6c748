/** The parts of the benchmark. */
export const PARTS = ['local', 's3', 'ceiling', 'columns', 'cold', 'ingest', 'report'] as const
