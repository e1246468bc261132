package peer;

/** The settings of a job, from its environment. */
public final class Env {
  public static final String BROKER = get("BROKER");
  public static final String CHAT_TOPIC = get("CHAT_TOPIC");
  public static final String VIEWER_TOPIC = get("VIEWER_TOPIC");
  public static final String GROUP = get("GROUP");
  public static final String PG_URL = get("PG_URL");
  public static final String PG_USER = get("PG_USER");
  public static final String PG_PASSWORD = get("PG_PASSWORD");
  public static final String PG_TABLE = get("PG_TABLE");
  /** For state and checkpoints. */
  public static final String FOLDER = get("FOLDER");
  /** Threads, or slots. */
  public static final int PARALLELISM = Integer.parseInt(get("PARALLELISM"));

  public static String get(String name) {
    String value = System.getenv(name);
    if (value == null) throw new IllegalStateException(name + " is not set");
    return value;
  }

  private Env() {}
}
