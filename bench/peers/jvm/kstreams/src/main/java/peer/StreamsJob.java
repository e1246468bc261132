package peer;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.state.Stores;

/** Reads both topics to their ends and stops. STATE=heap keeps windows in the processor, STATE=stores in state stores with changelogs. */
public final class StreamsJob {
  /** Parses in the source, since Streams orders records by a time in the value. */
  private static final class EventDeserializer implements Deserializer<Event> {
    private final Codec codec = new Codec();

    @Override public Event deserialize(String topic, byte[] bytes) {
      try {
        return codec.parse(bytes);
      } catch (IOException e) {
        throw new SerializationException(e);
      }
    }
  }

  private static final long CACHE_BYTES = 256L << 20;

  private static final Serializer<Event> NONE = (topic, event) -> {
    throw new UnsupportedOperationException("events are only read");
  };

  public static void main(String[] args) throws Exception {
    long total = records();
    LongAdder processed = new LongAdder();

    StreamsBuilder builder = new StreamsBuilder();
    Serde<Event> serde = Serdes.serdeFrom(NONE, new EventDeserializer());
    Consumed<String, Event> consumed =
        Consumed.with(Serdes.String(), serde).withTimestampExtractor((record, time) -> ((Event) record.value()).ts);
    KStream<String, Event> events =
        builder.stream(Env.CHAT_TOPIC, consumed).merge(builder.stream(Env.VIEWER_TOPIC, consumed));
    KStream<String, Row> rows;
    if (Env.get("STATE").equals("heap")) {
      rows = events.process(HeapWindows::new);
    } else {
      // Counts change often between two commits: the cache spares most of their changelog. A user is seen once: it would spare nothing.
      builder.addStateStore(Stores
          .keyValueStoreBuilder(Stores.inMemoryKeyValueStore(StoreWindows.COUNTS), Serdes.Bytes(), CountsSerde.serde())
          .withCachingEnabled());
      builder.addStateStore(Stores
          .keyValueStoreBuilder(Stores.inMemoryKeyValueStore(StoreWindows.SEEN), Serdes.Bytes(), Serdes.ByteArray()));
      rows = events.process(StoreWindows::new, StoreWindows.COUNTS, StoreWindows.SEEN);
    }
    rows.process(RowSink::new);
    events.foreach((key, event) -> processed.increment()); // after the windows have seen it

    KafkaStreams streams = new KafkaStreams(builder.build(), settings());
    CountDownLatch failed = new CountDownLatch(1);
    streams.setUncaughtExceptionHandler(e -> {
      e.printStackTrace();
      failed.countDown();
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    streams.start();
    while (processed.sum() < total && failed.getCount() > 0) Thread.sleep(20);
    streams.close(Duration.ofSeconds(20));
    System.exit(failed.getCount() > 0 ? 0 : 1);
  }

  private static Properties settings() {
    Properties p = new Properties();
    p.put(StreamsConfig.APPLICATION_ID_CONFIG, Env.GROUP);
    p.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, Env.BROKER);
    p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, Env.PARALLELISM);
    p.put(StreamsConfig.STATE_DIR_CONFIG, Env.FOLDER);
    p.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, CACHE_BYTES);
    p.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
    return p;
  }

  /** How many there are in both topics. */
  private static long records() throws Exception {
    long total = 0;
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", Env.BROKER))) {
      Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
      for (var topic : admin.describeTopics(List.of(Env.CHAT_TOPIC, Env.VIEWER_TOPIC)).allTopicNames().get().values())
        for (var partition : topic.partitions())
          ends.put(new TopicPartition(topic.name(), partition.partition()), OffsetSpec.latest());
      for (var end : admin.listOffsets(ends).all().get().values()) total += end.offset();
    }
    return total;
  }

  private StreamsJob() {}
}
