/** A growable list of numbers outside of V8's heap, where a large array would be copied each time it grows. */
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

  /** The number at an index; 0 for an index out of range. */
  at(index: number): number {
    return this.#values[index] ?? 0
  }

  /**
   * The indices of all numbers in ascending order of the numbers.
   * @param compareEqual compares the indices of equal numbers; unless given they keep their order
   */
  argsort(compareEqual = (_a: number, _b: number) => 0): Uint32Array {
    const values = this.#values
    return new Uint32Array(this.#length)
      .map((_, index) => index)
      .sort((a, b) => (values[a] as number) - (values[b] as number) || compareEqual(a, b))
  }
}
