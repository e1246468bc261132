package peer;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.jdbc.JdbcConnectionOptions;
import org.apache.flink.connector.jdbc.JdbcExecutionOptions;
import org.apache.flink.connector.jdbc.core.datastream.sink.JdbcSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/** Reads both topics to their ends and stops. CHECKPOINTS=10s, for example, turns checkpoints on; off leaves them out. */
public final class FlinkJob {
  private static final Duration SIZE = Duration.ofSeconds(60);
  private static final Duration SLIDE = Duration.ofSeconds(10);
  private static final Duration DISORDER = Duration.ofSeconds(10);
  /** As the worker's. With less, a machine that is busy elsewhere makes a source idle, the others go ahead, and its events are late. */
  private static final Duration IDLE = Duration.ofSeconds(30);

  /** Parses in the source, so that only the reduced event crosses the shuffle by key. */
  private static final class EventSchema implements DeserializationSchema<Event> {
    private transient Codec codec;

    @Override public void open(InitializationContext context) {
      codec = new Codec();
    }

    @Override public Event deserialize(byte[] bytes) throws IOException {
      return codec.parse(bytes);
    }

    @Override public boolean isEndOfStream(Event e) {
      return false;
    }

    @Override public TypeInformation<Event> getProducedType() {
      return TypeInformation.of(Event.class);
    }
  }

  private static final class Aggregate implements AggregateFunction<Event, Acc, Row> {
    @Override public Acc createAccumulator() {
      return new Acc();
    }

    @Override public Acc add(Event e, Acc acc) {
      acc.add(e);
      return acc;
    }

    @Override public Row getResult(Acc acc) {
      return acc.row();
    }

    @Override public Acc merge(Acc a, Acc b) {
      throw new UnsupportedOperationException("sliding windows never merge");
    }
  }

  private static final class Label extends ProcessWindowFunction<Row, Row, String, TimeWindow> {
    @Override public void process(String key, Context context, Iterable<Row> aggregated, Collector<Row> out) {
      Row row = aggregated.iterator().next();
      row.streamId = key;
      row.start = context.window().getStart();
      row.end = context.window().getEnd();
      out.collect(row);
    }
  }

  private static KafkaSource<Event> source(String topic) {
    return KafkaSource.<Event>builder()
        .setBootstrapServers(Env.BROKER)
        .setTopics(topic)
        .setGroupId(Env.GROUP)
        .setStartingOffsets(OffsetsInitializer.earliest())
        .setBounded(OffsetsInitializer.latest())
        .setProperty("commit.offsets.on.checkpoint", "false")
        .setProperty("partition.discovery.interval.ms", "-1")
        .setValueOnlyDeserializer(new EventSchema())
        .build();
  }

  private static Configuration settings() {
    Configuration c = new Configuration();
    c.setString("state.backend.type", "hashmap");
    c.setString("pipeline.object-reuse", "true");
    c.setString("pipeline.auto-watermark-interval", "200ms");
    String checkpoints = Env.get("CHECKPOINTS");
    if (!checkpoints.equals("off")) {
      c.setString("execution.checkpointing.interval", checkpoints);
      c.setString("execution.checkpointing.dir", Path.of(Env.FOLDER).toUri().toString());
      c.setString("execution.checkpointing.storage", "filesystem");
    }
    return c;
  }

  public static void main(String[] args) throws Exception {
    StreamExecutionEnvironment flink = StreamExecutionEnvironment.createLocalEnvironment(Env.PARALLELISM, settings());
    WatermarkStrategy<Event> watermarks = WatermarkStrategy.<Event>forBoundedOutOfOrderness(DISORDER)
        .withTimestampAssigner((e, recordTime) -> e.ts)
        // No alignment: a source that is paused just when it has read all it should fails with "No current assignment for partition"
        .withIdleness(IDLE);
    DataStream<Event> chat = flink.fromSource(source(Env.CHAT_TOPIC), watermarks, "chat");
    DataStream<Event> viewer = flink.fromSource(source(Env.VIEWER_TOPIC), watermarks, "viewer");
    chat.union(viewer)
        .keyBy(e -> e.streamId, Types.STRING)
        .window(SlidingEventTimeWindows.of(SIZE, SLIDE))
        .aggregate(new Aggregate(), new Label())
        .sinkTo(JdbcSink.<Row>builder()
            .withQueryStatement(Upsert.SQL, Upsert::set)
            .withExecutionOptions(JdbcExecutionOptions.builder()
                .withBatchSize(Upsert.BATCH_ROWS)
                .withBatchIntervalMs(Upsert.BATCH_MS)
                .withMaxRetries(3)
                .build())
            .buildAtLeastOnce(new JdbcConnectionOptions.JdbcConnectionOptionsBuilder()
                .withUrl(Upsert.URL)
                .withDriverName("org.postgresql.Driver")
                .withUsername(Env.PG_USER)
                .withPassword(Env.PG_PASSWORD)
                .build()));
    flink.execute("peer"); // returns when both topics are read and the sink has flushed
  }

  private FlinkJob() {}
}
