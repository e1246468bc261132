package peer;

/** Counts whose chatters stand elsewhere. */
final class DistinctCounts extends Counts {
  long uniques;
}
