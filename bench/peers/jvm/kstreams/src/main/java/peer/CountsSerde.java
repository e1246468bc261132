package peer;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** {@link DistinctCounts} as bytes, for a state store. */
final class CountsSerde {
  static Serde<DistinctCounts> serde() {
    return Serdes.serdeFrom((topic, c) -> c == null ? null : write(c), (topic, bytes) -> bytes == null ? null : read(bytes));
  }

  private static byte[] write(DistinctCounts c) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
      DataOutputStream out = new DataOutputStream(bytes);
      out.writeLong(c.chats);
      out.writeLong(c.uniques);
      out.writeLong(c.positive);
      out.writeLong(c.negative);
      out.writeLong(c.viewerSum);
      out.writeLong(c.viewerCount);
      out.writeDouble(c.scoreSum);
      out.writeInt(c.emotes.size());
      for (Map.Entry<String, Integer> e : c.emotes.entrySet()) {
        out.writeUTF(e.getKey());
        out.writeInt(e.getValue());
      }
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static DistinctCounts read(byte[] bytes) {
    try {
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
      DistinctCounts c = new DistinctCounts();
      c.chats = in.readLong();
      c.uniques = in.readLong();
      c.positive = in.readLong();
      c.negative = in.readLong();
      c.viewerSum = in.readLong();
      c.viewerCount = in.readLong();
      c.scoreSum = in.readDouble();
      int n = in.readInt();
      c.emotes = new HashMap<>();
      for (int k = 0; k < n; k++) c.emotes.put(in.readUTF(), in.readInt());
      return c;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private CountsSerde() {}
}
