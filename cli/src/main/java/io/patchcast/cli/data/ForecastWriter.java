package io.patchcast.cli.data;

import io.patchcast.forecast.ForecastColumns;
import io.patchcast.forecast.ModelInfo;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Writes the rows of forecasts to one file; a row is not safe there before {@link #close()}. */
public interface ForecastWriter extends Closeable {
  /** Adds a row to the end. */
  void write(ForecastRow row) throws IOException;

  /** File formats, by the ending of a file's name. */
  enum Format {
    CSV,
    JSON_LINES,
    PARQUET;

    /** The format that a file name asks for. */
    public static Format of(Path file) {
      String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
      if (name.endsWith(".csv")) {
        return CSV;
      }
      if (name.endsWith(".json") || name.endsWith(".jsonl") || name.endsWith(".ndjson")) {
        return JSON_LINES;
      }
      if (name.endsWith(".parquet")) {
        return PARQUET;
      }
      throw new IllegalArgumentException(
          "expected a file ending in .csv, .json (one object per line), .jsonl, .ndjson or .parquet,"
              + " got '"
              + file
              + "'");
    }
  }

  /** A writer to a file, which is created or overwritten. */
  static ForecastWriter open(Path file, Format format, ForecastColumns columns, ModelInfo model)
      throws IOException {
    return switch (format) {
      case CSV -> csv(Files.newOutputStream(file), columns);
      case JSON_LINES -> new JsonLinesWriter(Files.newOutputStream(file), columns);
      case PARQUET -> new ParquetForecastWriter(file, columns, model);
    };
  }

  /** A writer of CSV to a stream, which is closed with it. */
  static ForecastWriter csv(OutputStream out, ForecastColumns columns) {
    return new CsvForecastWriter(out, columns);
  }
}
