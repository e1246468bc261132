package peer;

/** One finished window of one stream. A Flink POJO. */
public class Row {
  public String streamId;
  public long start;
  public long end;
  public long chats;
  public long uniques;
  public long positive;
  public long negative;
  public double avgSentiment;
  /** Null if there was no sample. */
  public Double avgViewers;
  public String[] topEmotes;

  public Row() {}
}
