package io.patchcast.table;

import java.time.ZoneId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which columns of a long-format table mean what.
 *
 * @param time the timestamp column, or null: the first of {@link #TIME_NAMES} that a file has
 * @param ids columns that together name a series; none = all rows are one series
 * @param targets columns to forecast, at least one
 * @param known columns known through the horizon
 * @param zone in which timestamps without an offset are read
 */
public record Columns(
    String time, List<String> ids, List<String> targets, List<String> known, ZoneId zone) {

  /** Names under which a timestamp column is found when none is given. */
  public static final List<String> TIME_NAMES =
      List.of("time", "timestamp", "ts", "date", "datetime", "ds");

  public Columns {
    ids = List.copyOf(ids);
    targets = List.copyOf(targets);
    known = List.copyOf(known);
    if (targets.isEmpty()) {
      throw new IllegalArgumentException("at least one value column must be given, got none");
    }
    Set<String> seen = new HashSet<>();
    Stream.of(Stream.ofNullable(time), ids.stream(), targets.stream(), known.stream())
        .flatMap(names -> names)
        .filter(name -> !seen.add(name))
        .findFirst()
        .ifPresent(
            name -> {
              throw new IllegalArgumentException(
                  "a column has one use: '"
                      + name
                      + "' is given twice among time, id, value and known");
            });
  }

  /** Number of value columns: targets, then known covariates. */
  public int valueCount() {
    return targets.size() + known.size();
  }

  /** Name of a value column. */
  public String valueName(int index) {
    return index < targets.size() ? targets.get(index) : known.get(index - targets.size());
  }

  /** Where the columns are in a file with this header: time, ids, targets, known. */
  int[] locate(String file, List<String> header) {
    int[] positions = new int[1 + ids.size() + valueCount()];
    positions[0] = locateTime(file, header);
    int next = 1;
    for (String id : ids) {
      positions[next++] = locate(file, header, id, "id");
    }
    for (int i = 0; i < valueCount(); i++) {
      positions[next++] =
          locate(file, header, valueName(i), i < targets.size() ? "value" : "known");
    }
    return positions;
  }

  private int locateTime(String file, List<String> header) {
    if (time != null) {
      return locate(file, header, time, "time");
    }
    for (String name : TIME_NAMES) {
      if (header.contains(name)) {
        return header.indexOf(name);
      }
    }
    throw new InputException(
        file
            + ": no time column named, and none is called "
            + String.join(", ", TIME_NAMES)
            + "; its columns are: "
            + String.join(", ", header)
            + " (use --time)");
  }

  private static int locate(String file, List<String> header, String name, String role) {
    int position = header.indexOf(name);
    if (position < 0) {
      throw new InputException(
          file
              + ": no column '"
              + name
              + "' (--"
              + role
              + "); its columns are: "
              + String.join(", ", header));
    }
    return position;
  }
}
