package io.patchcast.weights;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A safetensors file: eight bytes little-endian length of the header, the header as JSON, the data.
 *
 * <p>The header maps each tensor's name to {@code {"dtype": "F32", "shape": [out, in],
 * "data_offsets": [begin, end]}}, offsets in bytes from the end of the header; the name {@code
 * __metadata__} maps strings to strings. Header and tensors fill the file without overlap and
 * without a gap. Everything is checked when the file is opened; no tensor is read before it is
 * asked for.
 */
public final class SafetensorsFile {
  private static final long MAX_HEADER_BYTES = 100_000_000;
  private static final String METADATA = "__metadata__";
  private static final int LENGTH_BYTES = 8;

  private final ByteSource source;
  private final Map<String, Tensor> tensors;
  private final Map<String, String> metadata;

  private SafetensorsFile(
      ByteSource source, Map<String, Tensor> tensors, Map<String, String> metadata) {
    this.source = source;
    this.tensors = tensors;
    this.metadata = metadata;
  }

  /** Opens a file; its bytes are mapped as they are needed. */
  public static SafetensorsFile open(Path file) {
    return read(ByteSource.mapped(file));
  }

  static SafetensorsFile read(ByteSource source) {
    long size = source.size();
    if (size < LENGTH_BYTES) {
      throw new CheckpointFormatException(
          source.name(), 0, "expected 8 bytes of header length, found a file of " + size);
    }
    long headerBytes = source.slice(0, LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES) {
      throw new CheckpointFormatException(
          source.name(),
          0,
          "expected a header of 2 to " + MAX_HEADER_BYTES + " bytes, found " + headerBytes);
    }
    if (headerBytes > size - LENGTH_BYTES) {
      throw new CheckpointFormatException(
          source.name(),
          0,
          "truncated: expected a header of "
              + headerBytes
              + " bytes, found "
              + (size - LENGTH_BYTES));
    }
    return new HeaderReader(source, (int) headerBytes).read();
  }

  /** The tensor of this name, or null. */
  public Tensor tensor(String name) {
    return tensors.get(name);
  }

  /** All tensors, in the order of the header. */
  public Collection<Tensor> tensors() {
    return Collections.unmodifiableCollection(tensors.values());
  }

  /** The file's free-form metadata. */
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(metadata);
  }

  /** The file, as the user knows it. */
  String name() {
    return source.name();
  }

  ByteSource source() {
    return source;
  }

  /** Reads and checks one header. */
  private static final class HeaderReader {
    private final ByteSource source;
    private final int headerBytes;
    private final long dataStart;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final List<Extent> extents = new ArrayList<>();

    /** Where a tensor lies, in bytes from the start of the data. */
    private record Extent(String name, long begin, long end) {}

    HeaderReader(ByteSource source, int headerBytes) {
      this.source = source;
      this.headerBytes = headerBytes;
      this.dataStart = LENGTH_BYTES + (long) headerBytes;
    }

    SafetensorsFile read() {
      ByteBuffer bytes = source.slice(LENGTH_BYTES, headerBytes);
      String text;
      try {
        text =
            StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .decode(bytes)
                .toString();
      } catch (CharacterCodingException e) {
        throw damaged("header: expected UTF-8, found other bytes");
      }
      try (JsonReader json = new JsonReader(new StringReader(text))) {
        json.beginObject();
        while (json.hasNext()) {
          String name = json.nextName();
          if (name.equals(METADATA)) {
            readMetadata(json);
          } else {
            readTensor(json, name);
          }
        }
        json.endObject();
        if (json.peek() != JsonToken.END_DOCUMENT) {
          throw damaged("header: expected one JSON object, found more after it");
        }
      } catch (IOException | IllegalStateException | NumberFormatException e) {
        throw damaged("header: expected a JSON object of tensors, found: " + e.getMessage());
      }
      checkLayout();
      return new SafetensorsFile(source, tensors, metadata);
    }

    private void readMetadata(JsonReader json) throws IOException {
      json.beginObject();
      while (json.hasNext()) {
        metadata.put(json.nextName(), json.nextString());
      }
      json.endObject();
    }

    private void readTensor(JsonReader json, String name) throws IOException {
      String dtype = null;
      long[] shape = null;
      long[] offsets = null;
      json.beginObject();
      while (json.hasNext()) {
        switch (json.nextName()) {
          case "dtype" -> dtype = json.nextString();
          case "shape" -> shape = readLongs(json);
          case "data_offsets" -> offsets = readLongs(json);
          default -> json.skipValue();
        }
      }
      json.endObject();
      if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
        throw damaged(
            "tensor " + name + ": expected dtype, shape and two data_offsets, found some missing");
      }
      TensorType type = typeOf(name, dtype);
      long expectedBytes = type.byteSize();
      try {
        for (long extent : shape) {
          if (extent < 0) {
            throw damaged("tensor " + name + ": expected extents of 0 or more, found " + extent);
          }
          expectedBytes = Math.multiplyExact(expectedBytes, extent);
        }
      } catch (ArithmeticException e) {
        throw damaged("tensor " + name + ": expected a size below 2^63 bytes, found more");
      }
      long dataBytes = source.size() - dataStart;
      if (offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] > dataBytes) {
        throw damaged(
            String.format(
                Locale.ROOT,
                "tensor %s: expected data_offsets within 0..%d (file truncated?), found %d..%d",
                name,
                dataBytes,
                offsets[0],
                offsets[1]));
      }
      if (offsets[1] - offsets[0] != expectedBytes) {
        throw damaged(
            String.format(
                Locale.ROOT,
                "tensor %s: expected %d bytes for its shape and dtype, found %d",
                name,
                expectedBytes,
                offsets[1] - offsets[0]));
      }
      if (tensors.put(name, new Tensor(source, name, type, shape, dataStart + offsets[0]))
          != null) {
        throw damaged("tensor " + name + ": expected once, found twice");
      }
      extents.add(new Extent(name, offsets[0], offsets[1]));
    }

    private TensorType typeOf(String name, String dtype) {
      for (TensorType type : TensorType.values()) {
        if (type.name().equals(dtype)) {
          return type;
        }
      }
      throw damaged(
          "tensor "
              + name
              + ": expected dtype "
              + List.of(TensorType.values())
              + ", found "
              + dtype);
    }

    private static long[] readLongs(JsonReader json) throws IOException {
      List<Long> values = new ArrayList<>();
      json.beginArray();
      while (json.hasNext()) {
        values.add(json.nextLong());
      }
      json.endArray();
      return values.stream().mapToLong(Long::longValue).toArray();
    }

    /** The tensors must tile the data: no overlap, no bytes that belong to none. */
    private void checkLayout() {
      extents.sort(Comparator.comparingLong(Extent::begin).thenComparingLong(Extent::end));
      long end = 0;
      String previous = "the header";
      for (Extent extent : extents) {
        if (extent.begin() != end) {
          throw new CheckpointFormatException(
              source.name(),
              dataStart + extent.begin(),
              String.format(
                  Locale.ROOT,
                  "tensor %s: expected to begin where %s ends (data offset %d), found %d (%s)",
                  extent.name(),
                  previous,
                  end,
                  extent.begin(),
                  extent.begin() < end ? "overlap" : "gap"));
        }
        end = extent.end();
        previous = extent.name();
      }
      if (dataStart + end != source.size()) {
        throw new CheckpointFormatException(
            source.name(),
            dataStart + end,
            "expected the file to end after the last tensor, found "
                + (source.size() - dataStart - end)
                + " more bytes");
      }
    }

    private CheckpointFormatException damaged(String reason) {
      return new CheckpointFormatException(source.name(), LENGTH_BYTES, reason);
    }
  }
}
