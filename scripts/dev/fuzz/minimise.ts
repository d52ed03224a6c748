/** How many smaller bodies are tried. */
const TRIES = 250

/**
 * A smaller body that still fails: pieces are cut out of it, ever smaller ones, as long as tries last.
 * @param fails whether a body still fails
 */
export async function minimised(body: Buffer, fails: (body: Buffer) => Promise<boolean>): Promise<Buffer> {
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
