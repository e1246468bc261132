/** The score of a message: an integer in millionths, from -1,000,000 to 1,000,000. */

/**
 * Instead of a score: the message holds nothing that the model knows. Outside of the scores' range.
 */
export const UNSCORED = 2_000_000

/** Instead of a score while a batch is decoded: the model has not scored the message yet. */
export const NOT_YET_SCORED = UNSCORED + 1
