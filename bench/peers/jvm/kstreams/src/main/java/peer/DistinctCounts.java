package peer;

/** Counts whose chatters are stored elsewhere. */
final class DistinctCounts extends Counts {
  long uniques;
}
