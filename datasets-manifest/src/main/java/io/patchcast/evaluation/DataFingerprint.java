package io.patchcast.evaluation;

import io.patchcast.datasets.DatasetSeries;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;

/** SHA-256 of what was evaluated, so that two results can be known to speak of the same data. */
public final class DataFingerprint {
  private static final int SHOWN_DIGITS = 16;

  private DataFingerprint() {}

  /** Of the ids and values of series, in their order, as sixteen hexadecimal digits. */
  public static String of(List<DatasetSeries> series) {
    MessageDigest digest = digest();
    for (DatasetSeries one : series) {
      digest.update(one.id().getBytes(StandardCharsets.UTF_8));
      ByteBuffer bytes = ByteBuffer.allocate(Double.BYTES * one.values().length + 1);
      for (double value : one.values()) {
        bytes.putDouble(value);
      }
      digest.update(bytes.array());
    }
    return shown(digest);
  }

  /** Of texts, in their order. */
  public static String ofTexts(Collection<String> texts) {
    MessageDigest digest = digest();
    texts.forEach(one -> digest.update(one.getBytes(StandardCharsets.UTF_8)));
    return shown(digest);
  }

  private static String shown(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest()).substring(0, SHOWN_DIGITS);
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
