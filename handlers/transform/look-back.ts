/** A row delivered again within this many days of its first arrival is a duplicate; after that, a new row. */
export const LOOK_BACK_DAYS = 7
