package peer;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Writes rows in batches: when one is full, after a while, and at the end. */
final class RowSink implements Processor<String, Row, Void, Void> {
  private Connection connection;
  private PreparedStatement statement;
  private int waiting;

  @Override public void init(ProcessorContext<Void, Void> context) {
    try {
      connection = DriverManager.getConnection(Upsert.URL, Env.PG_USER, Env.PG_PASSWORD);
      connection.setAutoCommit(false);
      statement = connection.prepareStatement(Upsert.SQL);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    context.schedule(Duration.ofMillis(Upsert.BATCH_MS), PunctuationType.WALL_CLOCK_TIME, t -> flush());
  }

  @Override public void process(Record<String, Row> record) {
    try {
      Upsert.set(statement, record.value());
      statement.addBatch();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    if (++waiting >= Upsert.BATCH_ROWS) flush();
  }

  private void flush() {
    if (waiting == 0) return;
    try {
      statement.executeBatch();
      connection.commit();
      waiting = 0;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override public void close() {
    flush();
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
