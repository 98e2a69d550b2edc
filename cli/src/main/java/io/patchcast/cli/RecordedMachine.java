package io.patchcast.cli;

import io.patchcast.table.Columns;
import io.patchcast.table.RowConsumer;
import io.patchcast.table.Rows;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.ZoneId;
import java.util.List;

/**
 * The data set that comes with Patchcast: 38 metrics of a build machine (CPU, memory, disk, garbage
 * collection, request latency), one value every 10 s for an hour and a quarter.
 */
public final class RecordedMachine {
  private static final String DATA = "demo/machine.csv.gz";

  private RecordedMachine() {}

  /** Its columns: {@code time}, {@code series}, {@code value}. */
  public static Columns columns() {
    return new Columns("time", List.of("series"), List.of("value"), List.of(), ZoneId.of("UTC"));
  }

  /** Hands all rows over, in the order of time. */
  public static void read(RowConsumer consumer) {
    try (InputStream in = RecordedMachine.class.getResourceAsStream(DATA)) {
      if (in == null) {
        throw new IllegalStateException("the jar has no " + DATA);
      }
      Rows.readCsv("the demo's data", in, columns(), consumer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
