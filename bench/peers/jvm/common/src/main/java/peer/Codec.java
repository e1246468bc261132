package peer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Set;
import java.util.StringTokenizer;

/** JSON bytes to an event by Jackson's streaming parser, which binds nothing; and the lexicon score. */
public final class Codec {
  private static final JsonFactory JSON = new JsonFactory();
  private static final Set<String> POSITIVE = words(
      "love great awesome amazing excellent good best wonderful fantastic perfect happy thanks lol haha nice cool fun enjoy "
          + "excited pog pogchamp kekw");
  private static final Set<String> NEGATIVE = words(
      "hate bad terrible awful worst sucks boring annoying stupid dumb trash cringe fail rip sad angry mad disappointed frustrated");

  private static Set<String> words(String text) {
    return Set.of(text.split(" "));
  }

  private record Day(String text, long ms) {}

  /** One reference, because Kafka Streams shares a serde between its threads. */
  private volatile Day day = new Day("?", 0);

  public Event parse(byte[] bytes) throws IOException {
    Event e = new Event();
    e.ts = Long.MIN_VALUE;
    try (JsonParser p = JSON.createParser(bytes)) {
      if (p.nextToken() != JsonToken.START_OBJECT) throw new IOException("not an object");
      while (p.nextToken() == JsonToken.FIELD_NAME) {
        String field = p.currentName();
        p.nextToken();
        switch (field) {
          case "timestamp": e.ts = time(p.getText()); break;
          case "stream_id": e.streamId = p.getText(); break;
          case "user_id": e.userId = p.getText(); break;
          case "message": e.score = score(p.getText()); break;
          case "viewer_count": e.viewers = p.getIntValue(); break;
          case "emotes": e.emotes = strings(p); break;
          default: p.skipChildren();
        }
      }
    }
    if (e.streamId == null || e.ts == Long.MIN_VALUE) throw new IOException("a field is missing");
    return e;
  }

  /** Null for an empty array. */
  private static String[] strings(JsonParser p) throws IOException {
    ArrayList<String> found = null;
    while (p.nextToken() != JsonToken.END_ARRAY) {
      if (found == null) found = new ArrayList<>(2);
      found.add(p.getText());
    }
    return found == null ? null : found.toArray(new String[0]);
  }

  /** yyyy-MM-ddTHH:mm:ss.SSSZ with the day kept; anything else goes through Instant.parse. */
  private long time(String s) {
    if (s.length() != 24 || s.charAt(23) != 'Z' || s.charAt(19) != '.') return Instant.parse(s).toEpochMilli();
    Day d = day;
    if (!s.startsWith(d.text)) {
      String text = s.substring(0, 10);
      day = d = new Day(text, LocalDate.parse(text).toEpochDay() * 86_400_000L);
    }
    return d.ms + digits(s, 11) * 3_600_000L + digits(s, 14) * 60_000L + digits(s, 17) * 1000L + digits(s, 20) * 10L
        + (s.charAt(22) - '0');
  }

  private static int digits(String s, int at) {
    return (s.charAt(at) - '0') * 10 + s.charAt(at + 1) - '0';
  }

  private static double score(String message) {
    int positive = 0;
    int negative = 0;
    StringTokenizer tokens = new StringTokenizer(message.toLowerCase(Locale.ROOT));
    while (tokens.hasMoreTokens()) {
      String word = tokens.nextToken();
      if (POSITIVE.contains(word)) positive++;
      else if (NEGATIVE.contains(word)) negative++;
    }
    return positive + negative == 0 ? 0 : (double) (positive - negative) / (positive + negative);
  }
}
