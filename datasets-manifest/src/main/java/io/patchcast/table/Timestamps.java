package io.patchcast.table;

import io.patchcast.forecast.EpochTime;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalQueries;
import java.util.Locale;

/**
 * Reads timestamps, to the millisecond.
 *
 * <ul>
 *   <li>ISO 8601 with an offset: {@code 2026-11-22T03:03:30Z}, {@code 2026-11-22
 *       04:03:30.250+01:00}
 *   <li>without an offset, in the zone given: {@code 2026-11-22T03:03:30}, {@code 2026-11-22
 *       03:03}, {@code 2026-11-22} and {@code 20261122} (midnight)
 *   <li>numbers since the epoch, as {@link EpochTime} reads them
 * </ul>
 */
public final class Timestamps {
  private static final int BASIC_DATE_LENGTH = 8;
  private static final int DATE_LENGTH = 10;

  private static final DateTimeFormatter ISO =
      new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .append(DateTimeFormatter.ISO_LOCAL_DATE)
          .optionalStart()
          .appendLiteral('T')
          .append(DateTimeFormatter.ISO_LOCAL_TIME)
          .optionalStart()
          .optionalStart()
          .appendLiteral(' ')
          .optionalEnd()
          .appendPattern("[XXX][XX][X]")
          .toFormatter(Locale.ROOT)
          .withResolverStyle(ResolverStyle.STRICT);

  private final ZoneId zone;
  private String lastText;
  private long lastMillis;

  /**
   * @param zone of timestamps without an offset
   */
  public Timestamps(ZoneId zone) {
    this.zone = zone;
  }

  /**
   * Milliseconds since the epoch.
   *
   * @throws DateTimeException if the text is no timestamp
   */
  public long parse(String text) {
    // Metrics dumps repeat one timestamp for many series.
    if (!text.equals(lastText)) {
      lastMillis = read(text.strip());
      lastText = text;
    }
    return lastMillis;
  }

  private long read(String text) {
    if (isNumber(text)) {
      if (isBasicDate(text)) {
        return ofLocal(LocalDate.parse(text, DateTimeFormatter.BASIC_ISO_DATE).atStartOfDay());
      }
      try {
        return text.indexOf('.') < 0
            ? EpochTime.millis(Long.parseLong(text))
            : EpochTime.millis(Double.parseDouble(text));
      } catch (NumberFormatException e) {
        throw new DateTimeException("not a time: " + text, e);
      }
    }
    TemporalAccessor parsed = ISO.parse(normalised(text));
    LocalDate date = parsed.query(TemporalQueries.localDate());
    LocalTime time = parsed.query(TemporalQueries.localTime());
    ZoneOffset offset = parsed.query(TemporalQueries.offset());
    LocalDateTime local = time == null ? date.atStartOfDay() : date.atTime(time);
    return offset == null ? ofLocal(local) : local.toInstant(offset).toEpochMilli();
  }

  /** Turns {@code 2026-11-22 03:03:30 UTC} into {@code 2026-11-22T03:03:30Z}. */
  private static String normalised(String text) {
    String iso = text.endsWith(" UTC") ? text.substring(0, text.length() - 4) + "Z" : text;
    return iso.length() > DATE_LENGTH && iso.charAt(DATE_LENGTH) == ' '
        ? iso.substring(0, DATE_LENGTH) + 'T' + iso.substring(DATE_LENGTH + 1)
        : iso;
  }

  private static boolean isNumber(String text) {
    int digits = 0;
    int points = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= '0' && c <= '9') {
        digits++;
      } else if (c == '.' && points == 0) {
        points++;
      } else if (c != '-' || i > 0) {
        return false;
      }
    }
    return digits > 0;
  }

  /** Eight digits that read as a day of this or the last century are one, not seconds of 1970. */
  private static boolean isBasicDate(String text) {
    return text.length() == BASIC_DATE_LENGTH
        && text.matches("(19|20)\\d\\d(0[1-9]|1[0-2])(0[1-9]|[12]\\d|3[01])");
  }

  /** Milliseconds of a local time in the zone; one that daylight saving skips is moved forward. */
  long ofLocal(LocalDateTime local) {
    return local.atZone(zone).toInstant().toEpochMilli();
  }
}
