package io.patchcast.serving.http;

import io.patchcast.serving.ProblemCode;
import io.patchcast.serving.ProblemException;
import java.util.Locale;

/** The media types of requests and answers. */
enum MediaTypes {
  JSON("application/json"),
  ARROW("application/vnd.apache.arrow.stream");

  static final String PROBLEM = "application/problem+json";

  private final String type;

  MediaTypes(String type) {
    this.type = type;
  }

  String type() {
    return type;
  }

  /** What the body is, by its {@code Content-Type}. */
  static MediaTypes ofBody(String contentType, String contentEncoding) {
    if (contentEncoding != null && !contentEncoding.equalsIgnoreCase("identity")) {
      throw new ProblemException(
          ProblemCode.UNSUPPORTED_MEDIA_TYPE,
          "expected a body without Content-Encoding, found '" + contentEncoding + "'");
    }
    String[] parts = contentType == null ? new String[] {""} : contentType.split(";", -1);
    for (MediaTypes known : values()) {
      if (parts[0].strip().equalsIgnoreCase(known.type)) {
        for (int i = 1; i < parts.length; i++) {
          String parameter = parts[i].strip().toLowerCase(Locale.ROOT).replace("\"", "");
          if (parameter.startsWith("charset=") && !parameter.equals("charset=utf-8")) {
            throw new ProblemException(
                ProblemCode.UNSUPPORTED_MEDIA_TYPE, "expected UTF-8, found '" + contentType + "'");
          }
        }
        return known;
      }
    }
    throw new ProblemException(
        ProblemCode.UNSUPPORTED_MEDIA_TYPE,
        "expected the Content-Type "
            + JSON.type
            + " or "
            + ARROW.type
            + ", found "
            + (contentType == null ? "none" : "'" + contentType + "'"));
  }

  /** What the answer shall be, by {@code Accept}: the one liked most, else the one named first. */
  static MediaTypes ofAnswer(String accept) {
    if (accept == null || accept.isBlank()) {
      return JSON;
    }
    MediaTypes best = null;
    double bestQuality = 0;
    for (String range : accept.split(",", -1)) {
      String[] parts = range.strip().split("\\s*;\\s*", -1);
      double quality = 1;
      for (int i = 1; i < parts.length; i++) {
        if (parts[i].matches("q=[01](\\.\\d{0,3})?")) {
          quality = Double.parseDouble(parts[i].substring(2));
        }
      }
      MediaTypes found =
          switch (parts[0].toLowerCase(Locale.ROOT)) {
            case "*/*", "application/*", "application/json" -> JSON;
            case "application/vnd.apache.arrow.stream" -> ARROW;
            default -> null;
          };
      if (found != null && quality > bestQuality) {
        best = found;
        bestQuality = quality;
      }
    }
    if (best == null) {
      throw new ProblemException(
          ProblemCode.NOT_ACCEPTABLE,
          "expected "
              + JSON.type
              + " or "
              + ARROW.type
              + " to be accepted, found '"
              + accept
              + "'");
    }
    return best;
  }
}
