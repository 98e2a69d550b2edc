package io.patchcast.datasets;

import io.patchcast.forecast.Step;
import io.patchcast.table.InputException;
import io.patchcast.table.Numbers;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Reads the Monash archive's {@code .tsf}: lines {@code @attribute name type}, {@code @frequency},
 * {@code @horizon} and others, then {@code @data}, then a line per series: the attributes and the
 * values, separated by colons, the values by commas, {@code ?} = missing. Lines that begin with
 * {@code #} are comments.
 *
 * <p>Attributes are strings, numbers, or dates written {@code 1979-01-01 00-00-00}. The first is
 * the series' name; all become its labels.
 */
public final class TsfFile {
  private static final DateTimeFormatter START =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH-mm-ss", Locale.ROOT);

  private final Path file;
  private final List<String> attributes = new ArrayList<>();
  private final List<String> types = new ArrayList<>();
  private Step step = Frequency.parse("D").step();

  private TsfFile(Path file) {
    this.file = file;
  }

  /** Reads all series. */
  public static List<DatasetSeries> read(Path file) {
    try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      return new TsfFile(file).series(reader);
    } catch (CharacterCodingException e) {
      throw new InputException(file + ": expected text in UTF-8, found other bytes", e);
    } catch (IOException e) {
      throw new InputException(file + ": " + e.getMessage(), e);
    }
  }

  private List<DatasetSeries> series(BufferedReader reader) throws IOException {
    List<DatasetSeries> series = new ArrayList<>();
    boolean data = false;
    int number = 0;
    String line;
    while ((line = reader.readLine()) != null) {
      number++;
      String text = line.strip();
      if (text.isEmpty() || text.startsWith("#")) {
        continue;
      }
      if (data) {
        series.add(row(text, number));
      } else if (text.equalsIgnoreCase("@data")) {
        data = true;
        if (attributes.isEmpty()) {
          throw fault(number, "expected @attribute lines before @data, found none");
        }
      } else {
        header(text, number);
      }
    }
    if (series.isEmpty()) {
      throw new InputException(
          file + ": expected lines of data after @data, found " + (data ? "none" : "no @data"));
    }
    return series;
  }

  private void header(String line, int number) {
    String[] words = line.split("\\s+", -1);
    switch (words[0].toLowerCase(Locale.ROOT)) {
      case "@attribute" -> {
        if (words.length != 3 || !words[2].matches("string|numeric|date")) {
          throw fault(
              number, "expected '@attribute name string|numeric|date', found '" + line + "'");
        }
        attributes.add(words[1]);
        types.add(words[2]);
      }
      case "@frequency" -> step = step(words.length < 2 ? "" : words[1], number);
      case "@relation", "@horizon", "@missing", "@equallength" -> {
        // of no use to a reader
      }
      default ->
          throw fault(number, "expected a line of the header or @data, found '" + line + "'");
    }
  }

  private Step step(String frequency, int number) {
    String text =
        switch (frequency) {
          case "yearly" -> "A";
          case "quarterly" -> "Q";
          case "monthly" -> "M";
          case "weekly" -> "W";
          case "daily" -> "D";
          case "hourly" -> "H";
          case "half_hourly" -> "30T";
          case "minutely" -> "T";
          default -> frequency.replaceFirst("_minutes$", "T").replaceFirst("_seconds$", "S");
        };
    if (!Frequency.isFrequency(text)) {
      throw fault(
          number, "expected a frequency like daily or 10_minutes, found '" + frequency + "'");
    }
    return Frequency.parse(text).step();
  }

  private DatasetSeries row(String line, int number) {
    String[] parts = line.split(":", -1);
    if (parts.length != attributes.size() + 1) {
      throw fault(
          number,
          "expected "
              + attributes.size()
              + " attributes and the values between colons, found "
              + parts.length
              + " parts (a truncated file?)");
    }
    Map<String, String> labels = new LinkedHashMap<>();
    long start = 0;
    for (int i = 0; i < attributes.size(); i++) {
      labels.put(attributes.get(i), parts[i]);
      if (types.get(i).equals("date")) {
        try {
          start = LocalDateTime.parse(parts[i], START).toInstant(ZoneOffset.UTC).toEpochMilli();
        } catch (DateTimeException e) {
          throw fault(number, "expected a date like 1979-01-01 00-00-00, found '" + parts[i] + "'");
        }
      }
    }
    String[] texts = parts[attributes.size()].split(",", -1);
    double[] values = new double[texts.length];
    for (int i = 0; i < values.length; i++) {
      String text = texts[i].strip();
      try {
        values[i] = text.equals("?") ? Double.NaN : required(text);
      } catch (NumberFormatException e) {
        throw fault(number, "value " + (i + 1) + ": expected a number or ?, found '" + text + "'");
      }
    }
    return new DatasetSeries(parts[0], labels, start, step, values);
  }

  private static double required(String text) {
    if (text.isEmpty()) {
      throw new NumberFormatException("nothing");
    }
    return Numbers.parse(text);
  }

  private InputException fault(int line, String message) {
    return new InputException(file + " line " + line + ": " + message);
  }
}
