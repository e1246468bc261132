package peer;

/** In ms. */
final class Windows {
  static final long SIZE = 60_000;
  static final long SLIDE = 10_000;
  static final long GRACE = 10_000;

  private Windows() {}
}
