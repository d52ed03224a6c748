import { createHash, timingSafeEqual } from 'node:crypto'

/** Whether two strings are equal, in a time that tells nothing of either: their digests are compared. */
export const constantTimeEqual = (a: string, b: string) => timingSafeEqual(digest(a), digest(b))

const digest = (value: string) => createHash('sha256').update(value).digest()
