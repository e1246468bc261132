package peer;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;

/** The statement that writes a row, to be sent in batches. */
public final class Upsert {
  public static final int BATCH_ROWS = 1000;
  public static final int BATCH_MS = 200;

  /** A batch becomes few statements with many rows each. */
  public static final String URL = Env.PG_URL + "?reWriteBatchedInserts=true";

  public static final String SQL = "INSERT INTO " + Env.PG_TABLE
      + " (stream_id, window_start, window_end, chat_count, unique_chatters, avg_sentiment, positive_count, negative_count, avg_viewers, top_emotes)"
      + " VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (stream_id, window_start) DO UPDATE SET window_end = EXCLUDED.window_end,"
      + " chat_count = EXCLUDED.chat_count, unique_chatters = EXCLUDED.unique_chatters, avg_sentiment = EXCLUDED.avg_sentiment,"
      + " positive_count = EXCLUDED.positive_count, negative_count = EXCLUDED.negative_count, avg_viewers = EXCLUDED.avg_viewers,"
      + " top_emotes = EXCLUDED.top_emotes";

  public static void set(PreparedStatement s, Row r) throws SQLException {
    s.setString(1, r.streamId);
    s.setTimestamp(2, new Timestamp(r.start));
    s.setTimestamp(3, new Timestamp(r.end));
    s.setLong(4, r.chats);
    s.setLong(5, r.uniques);
    s.setDouble(6, r.avgSentiment);
    s.setLong(7, r.positive);
    s.setLong(8, r.negative);
    s.setObject(9, r.avgViewers, Types.DOUBLE);
    s.setArray(10, s.getConnection().createArrayOf("text", r.topEmotes));
  }

  private Upsert() {}
}
