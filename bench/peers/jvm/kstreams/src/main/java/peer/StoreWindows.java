package peer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The durable form, over Streams' own key-value stores with changelogs. Small counts per (window, stream), and one entry per (window, stream, user), so that
 * no update rewrites the set of users.
 */
final class StoreWindows implements Processor<String, Event, String, Row> {
  static final String COUNTS = "counts";
  static final String SEEN = "seen";
  private static final byte[] ONE = {1};

  private KeyValueStore<Bytes, DistinctCounts> counts;
  private KeyValueStore<Bytes, byte[]> seen;
  private ProcessorContext<String, Row> context;
  private long streamTime = Long.MIN_VALUE;
  private long oldest = Long.MAX_VALUE;

  @Override public void init(ProcessorContext<String, Row> context) {
    this.context = context;
    counts = context.getStateStore(COUNTS);
    seen = context.getStateStore(SEEN);
  }

  @Override public void process(Record<String, Event> record) {
    Event e = record.value();
    boolean moved = streamTime == Long.MIN_VALUE || e.ts / Windows.SLIDE > streamTime / Windows.SLIDE;
    if (e.ts > streamTime) streamTime = e.ts;
    byte[] stream = e.streamId.getBytes(StandardCharsets.UTF_8);
    byte[] user = e.userId == null ? null : e.userId.getBytes(StandardCharsets.UTF_8);
    long last = Math.floorDiv(e.ts, Windows.SLIDE) * Windows.SLIDE;
    for (long start = last; start > e.ts - Windows.SIZE; start -= Windows.SLIDE) {
      if (start + Windows.SIZE + Windows.GRACE <= streamTime) break;
      if (start < oldest) oldest = start;
      Bytes key = Bytes.wrap(ByteBuffer.allocate(8 + stream.length).putLong(start).put(stream).array());
      DistinctCounts c = counts.get(key);
      if (c == null) c = new DistinctCounts();
      if (user != null && seen.putIfAbsent(userKey(start, stream, user), ONE) == null) c.uniques++;
      c.add(e);
      counts.put(key, c);
    }
    if (moved) while (oldest != Long.MAX_VALUE && oldest + Windows.SIZE + Windows.GRACE <= streamTime) close(record);
  }

  private static Bytes userKey(long start, byte[] stream, byte[] user) {
    ByteBuffer key = ByteBuffer.allocate(9 + stream.length + user.length);
    return Bytes.wrap(key.putLong(start).put(stream).put((byte) 0).put(user).array());
  }

  private static Bytes timeKey(long start) {
    return Bytes.wrap(ByteBuffer.allocate(8).putLong(start).array());
  }

  private void close(Record<String, Event> record) {
    Bytes from = timeKey(oldest);
    Bytes to = timeKey(oldest + 1);
    List<Bytes> gone = new ArrayList<>();
    try (KeyValueIterator<Bytes, DistinctCounts> closed = counts.range(from, to)) {
      while (closed.hasNext()) {
        KeyValue<Bytes, DistinctCounts> entry = closed.next();
        gone.add(entry.key);
        Row row = entry.value.row(entry.value.uniques);
        row.streamId = new String(entry.key.get(), 8, entry.key.get().length - 8, StandardCharsets.UTF_8);
        row.start = oldest;
        row.end = oldest + Windows.SIZE;
        context.forward(record.withKey(row.streamId).withValue(row));
      }
    }
    for (Bytes key : gone) counts.delete(key);
    gone.clear();
    try (KeyValueIterator<Bytes, byte[]> closed = seen.range(from, to)) {
      while (closed.hasNext()) gone.add(closed.next().key);
    }
    for (Bytes key : gone) seen.delete(key);
    oldest += Windows.SLIDE;
    try (KeyValueIterator<Bytes, DistinctCounts> open = counts.range(null, null)) {
      oldest = open.hasNext() ? ByteBuffer.wrap(open.next().key.get()).getLong() : Long.MAX_VALUE;
    }
  }
}
