package io.patchcast.datasets;

import java.util.List;

/**
 * What the manifest says of a data set; one JSON file per entry, described by {@code
 * dataset.schema.json} beside this class.
 *
 * @param name by which it is asked for
 * @param title for people
 * @param source address of its origin
 * @param domain what it is about, as GIFT-Eval groups data sets
 * @param licence what may be done with it
 * @param files pinned by size and hash; empty where upstream's hashes are not recorded
 * @param layout {@link DatasetReader.Format} of files whose hashes are not recorded; null where
 *     they cannot be read, or {@code files} say it
 * @param step distance of two points, {@code 10s} to {@code 1mo}; null where series differ
 * @param timeZone of its timestamps
 * @param columns by role
 * @param season steps of a season, 1 = none
 * @param protocols that use it
 * @param citation whom to cite
 * @param note what else is to be known; may be null
 */
public record DatasetEntry(
    String name,
    String title,
    String source,
    String domain,
    Licence licence,
    List<DataFile> files,
    String layout,
    String step,
    String timeZone,
    Columns columns,
    int season,
    List<Protocol> protocols,
    String citation,
    String note) {

  /**
   * A licence.
   *
   * @param spdx its SPDX identifier; null where there is none
   * @param permits in words
   * @param redistribution {@code with-attribution}, {@code same-licence}, {@code unchanged-only} or
   *     {@code see-each}
   * @param training whether models may be trained on it, in words
   */
  public record Licence(String spdx, String permits, String redistribution, String training) {
    /** The identifier, or what stands for it. */
    public String shown() {
      return spdx == null ? "various" : spdx;
    }
  }

  /**
   * A file.
   *
   * @param path in the data set's directory
   * @param url where it can be downloaded as it is; null where it cannot
   * @param bytes its size
   * @param sha256 its hash
   * @param format how it is read, see {@link DatasetReader.Format}
   */
  public record DataFile(String path, String url, long bytes, String sha256, String format) {}

  /**
   * Columns by role.
   *
   * @param series names the series; null where columns are series
   * @param timestamp of each row or of the start; may be null
   * @param target to be forecast
   * @param known through the horizon
   * @param past known up to the forecast
   */
  public record Columns(
      String series,
      String timestamp,
      List<String> target,
      List<String> known,
      List<String> past) {}

  /**
   * A protocol that uses the data set.
   *
   * @param benchmark its name
   * @param tasks their names in it
   * @param horizon in steps
   * @param windows of each series
   * @param metric it is scored by
   */
  public record Protocol(
      String benchmark, List<String> tasks, String horizon, String windows, String metric) {}
}
