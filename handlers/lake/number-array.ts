/** Many numbers: an array of them would be copied in V8's heap each time it grows. */
export class NumberArray {
  #values = new Float64Array(64)
  #length = 0

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = new Float64Array(this.#length * 2)
      grown.set(this.#values)
      this.#values = grown
    }
    this.#values[this.#length++] = value
  }

  /** The number at a place, 0 where there is none. */
  at(place: number): number {
    return this.#values[place] ?? 0
  }

  /** The places of all numbers in ascending order; of equal ones as `ofEqual` has them, else in their own. */
  argsort(ofEqual = (_a: number, _b: number) => 0): Uint32Array {
    const values = this.#values
    return new Uint32Array(this.#length)
      .map((_, place) => place)
      .sort((a, b) => (values[a] as number) - (values[b] as number) || ofEqual(a, b))
  }
}
