package peer;

/** One chat message or one viewer sample, reduced to what the windows need. A Flink POJO. */
public class Event {
  public String streamId;
  public long ts;
  /** Null for a viewer sample. */
  public String userId;
  public double score;
  /** Null if there are none. */
  public String[] emotes;
  /** -1 for a chat message. */
  public int viewers = -1;

  public Event() {}
}
