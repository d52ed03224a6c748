/** The largest number of smaller bodies that are tried. */
const TRIES = 250

/**
 * Makes a failing body smaller: removes pieces, first large ones, then smaller ones, as long as the rest still fails.
 * @param fails whether a body still fails
 */
export async function minimise(body: Buffer, fails: (body: Buffer) => Promise<boolean>): Promise<Buffer> {
  let smallest = body
  let tries = 0
  for (let piece = Math.ceil(body.length / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2)) {
    for (let at = 0; at < smallest.length && tries < TRIES; ) {
      const smaller = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + piece)])
      tries++
      if (await fails(smaller)) smallest = smaller
      else at += piece
    }
  }
  return smallest
}
