/** Whether a value of `JSON.parse` is an object. Apart from mutations.ts, which takes a second to load. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
