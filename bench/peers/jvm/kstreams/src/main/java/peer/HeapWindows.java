package peer;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** The fastest form: live objects held by the processor itself, outside any state store. A restart loses them. */
final class HeapWindows implements Processor<String, Event, String, Row> {
  private final TreeMap<Long, Map<String, Acc>> windows = new TreeMap<>();
  private ProcessorContext<String, Row> context;
  private long streamTime = Long.MIN_VALUE;

  @Override public void init(ProcessorContext<String, Row> context) {
    this.context = context;
  }

  @Override public void process(Record<String, Event> record) {
    Event e = record.value();
    boolean moved = streamTime == Long.MIN_VALUE || e.ts / Windows.SLIDE > streamTime / Windows.SLIDE;
    if (e.ts > streamTime) streamTime = e.ts;
    long last = Math.floorDiv(e.ts, Windows.SLIDE) * Windows.SLIDE;
    for (long start = last; start > e.ts - Windows.SIZE; start -= Windows.SLIDE) {
      if (start + Windows.SIZE + Windows.GRACE <= streamTime) break;
      windows.computeIfAbsent(start, k -> new HashMap<>()).computeIfAbsent(e.streamId, k -> new Acc()).add(e);
    }
    if (moved) while (!windows.isEmpty() && windows.firstKey() + Windows.SIZE + Windows.GRACE <= streamTime) close(record);
  }

  private void close(Record<String, Event> record) {
    var window = windows.pollFirstEntry();
    for (var entry : window.getValue().entrySet()) {
      Row row = entry.getValue().row();
      row.streamId = entry.getKey();
      row.start = window.getKey();
      row.end = window.getKey() + Windows.SIZE;
      context.forward(record.withKey(row.streamId).withValue(row));
    }
  }
}
