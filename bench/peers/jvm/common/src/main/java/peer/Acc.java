package peer;

import java.util.HashSet;
import java.util.Set;

/** The running state of one window of one stream, its chatters as live objects. */
public class Acc extends Counts {
  public Set<String> users = new HashSet<>();

  public Acc() {}

  @Override public void add(Event e) {
    super.add(e);
    if (e.userId != null) users.add(e.userId);
  }

  public Row row() {
    return row(users.size());
  }
}
