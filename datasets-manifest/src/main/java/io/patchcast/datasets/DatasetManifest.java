package io.patchcast.datasets;

import com.google.gson.Gson;
import io.patchcast.table.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** The data sets that Patchcast knows, from the entries beside this class. */
public final class DatasetManifest {
  private static final String ENTRIES = "entries/";
  private static final Gson GSON = new Gson();

  private DatasetManifest() {}

  /** All entries, in the order of the index. */
  public static List<DatasetEntry> entries() {
    return Stream.of(read("index", String[].class)).map(DatasetManifest::read).toList();
  }

  /** The entry of a name. */
  public static DatasetEntry entry(String name) {
    List<String> names = List.of(read("index", String[].class));
    if (!names.contains(name)) {
      throw new InputException("no data set '" + name + "'; there are " + String.join(", ", names));
    }
    return read(name);
  }

  private static DatasetEntry read(String name) {
    return read(name, DatasetEntry.class);
  }

  private static <T> T read(String name, Class<T> type) {
    String resource = ENTRIES + name + ".json";
    try (InputStream in = DatasetManifest.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("this program lacks its resource " + resource);
      }
      try (Reader reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
        return GSON.fromJson(reader, type);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
