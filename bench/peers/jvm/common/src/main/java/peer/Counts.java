package peer;

import java.util.HashMap;
import java.util.Map;

/** The running state of one window of one stream, its chatters left out. */
public class Counts {
  private static final int TOP_EMOTES = 5;

  public long chats;
  public long positive;
  public long negative;
  public long viewerSum;
  public long viewerCount;
  public double scoreSum;
  public Map<String, Integer> emotes = new HashMap<>();

  public Counts() {}

  public void add(Event e) {
    if (e.viewers >= 0) {
      viewerSum += e.viewers;
      viewerCount++;
      return;
    }
    chats++;
    scoreSum += e.score;
    if (e.score > 0) positive++;
    else if (e.score < 0) negative++;
    if (e.emotes != null) for (String emote : e.emotes) emotes.merge(emote, 1, Integer::sum);
  }

  public Row row(long uniques) {
    Row r = new Row();
    r.chats = chats;
    r.uniques = uniques;
    r.positive = positive;
    r.negative = negative;
    r.avgSentiment = chats == 0 ? 0 : scoreSum / chats;
    r.avgViewers = viewerCount == 0 ? null : (double) viewerSum / viewerCount;
    r.topEmotes = emotes.entrySet().stream()
        .sorted((a, b) -> a.getValue().equals(b.getValue()) ? a.getKey().compareTo(b.getKey()) : b.getValue() - a.getValue())
        .limit(TOP_EMOTES)
        .map(Map.Entry::getKey)
        .toArray(String[]::new);
    return r;
  }
}
