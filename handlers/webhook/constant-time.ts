import { createHash, timingSafeEqual } from 'node:crypto'

/** Whether two strings are equal. Compares their digests, so that the time taken tells nothing about either. */
export const constantTimeEqual = (a: string, b: string) => timingSafeEqual(digest(a), digest(b))

const digest = (value: string) => createHash('sha256').update(value).digest()
