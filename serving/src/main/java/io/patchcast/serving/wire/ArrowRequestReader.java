package io.patchcast.serving.wire;

import io.patchcast.serving.ForecastCall;
import io.patchcast.serving.ForecastParameters;
import io.patchcast.serving.ProblemCode;
import io.patchcast.serving.ProblemException;
import io.patchcast.serving.RequestLimits;
import io.patchcast.serving.RequestedSeries.Shape;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ReadChannel;
import org.apache.arrow.vector.ipc.message.MessageChannelReader;
import org.apache.arrow.vector.ipc.message.MessageResult;

/**
 * Reads a request from an Arrow stream, a table in long format: one row for each series and time.
 *
 * <table>
 *   <caption>Columns, in any order</caption>
 *   <tr><td>{@code item_id}</td><td>utf8 or large_utf8, also in a dictionary; never null</td></tr>
 *   <tr><td>{@code timestamp}</td><td>timestamp of any unit (UTC where it has no zone), or int64:
 *       milliseconds since the epoch</td></tr>
 *   <tr><td>{@code target}, or those that the parameter {@code target} names</td><td>float64,
 *       float32, int64 or int32; null and NaN are gaps</td></tr>
 *   <tr><td>those that the parameter {@code known_covariates} names</td><td>likewise</td></tr>
 * </table>
 *
 * <p>All else is in the query string: the parameters of JSON, {@code model}, {@code step} (without
 * it, inferred) and {@code zone}.
 */
public final class ArrowRequestReader {
  private static final int LONGEST_ID_BYTES = 10_000;

  private final QueryParameters query;
  private final ForecastParameters parameters;
  private final Counter counter;
  private final List<String> targets;
  private final List<String> knownCovariates;
  private final Map<String, SeriesDraft> drafts = new LinkedHashMap<>();

  private ArrowRequestReader(QueryParameters query, RequestLimits limits) {
    this.query = query;
    this.parameters = query.parameters();
    this.counter = new Counter(limits);
    this.targets = query.names("target", List.of(SeriesDraft.LONE_TARGET));
    this.knownCovariates = query.names("known_covariates", List.of());
  }

  /**
   * Reads a request to its end.
   *
   * @param allocator for the time of the call; nothing is left in it
   * @throws ProblemException if it is not valid Arrow, not a request or asks for too much
   * @throws IOException if {@code in} fails
   */
  public static ForecastCall read(
      InputStream in,
      Map<String, List<String>> query,
      RequestLimits limits,
      BufferAllocator allocator)
      throws IOException {
    ArrowRequestReader request = new ArrowRequestReader(new QueryParameters(query), limits);
    byte[] bytes = in.readAllBytes();
    ArrowFrames.check(bytes);
    Messages messages = new Messages(bytes, allocator);
    try (ArrowStreamReader reader = new ArrowStreamReader(messages, allocator)) {
      return request.call(reader);
    } catch (OutOfMemoryException e) {
      throw ArrowFrames.invalid(
          "expected buffers within the bytes of the stream: " + e.getMessage());
    } catch (ProblemException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The bytes are in memory: whatever the reader stumbles over is in them.
      throw ArrowFrames.invalid("the stream could not be read: " + e);
    } finally {
      messages.releaseAll();
    }
  }

  private ForecastCall call(ArrowStreamReader reader) throws IOException {
    VectorSchemaRoot root = reader.getVectorSchemaRoot();
    checkColumns(root);
    while (reader.loadNextBatch()) {
      read(root, reader);
    }
    if (drafts.isEmpty()) {
      throw new ProblemException(
          ProblemCode.INVALID_REQUEST, "expected at least one row, found none");
    }
    return SeriesDraft.call(
        query.text("model"), new ArrayList<>(drafts.values()), parameters, counter);
  }

  private void checkColumns(VectorSchemaRoot root) {
    List<String> expected = new ArrayList<>(List.of("item_id", "timestamp"));
    expected.addAll(targets);
    expected.addAll(knownCovariates);
    if (targets.isEmpty() || new TreeSet<>(expected).size() < expected.size()) {
      throw new ProblemException(
          ProblemCode.INVALID_REQUEST,
          "expected at least one target and columns of different names, found " + expected);
    }
    List<String> found = root.getFieldVectors().stream().map(FieldVector::getName).toList();
    Set<String> unknown = new TreeSet<>(found);
    expected.forEach(unknown::remove);
    if (!unknown.isEmpty() || found.size() != expected.size()) {
      throw new ProblemException(
          unknown.isEmpty() ? ProblemCode.INVALID_REQUEST : ProblemCode.UNKNOWN_FIELD,
          "expected the columns " + expected + ", found " + found);
    }
  }

  private void read(VectorSchemaRoot root, ArrowStreamReader reader) throws IOException {
    int rowCount = root.getRowCount();
    counter.points((long) rowCount * (1 + targets.size() + knownCovariates.size()));
    ArrowColumns.Texts ids =
        ArrowColumns.texts(root.getVector("item_id"), reader, LONGEST_ID_BYTES);
    ArrowColumns.Instants times = ArrowColumns.instants(root.getVector("timestamp"));
    List<ArrowColumns.Numbers> numbers = new ArrayList<>();
    for (String name : targets) {
      numbers.add(ArrowColumns.numbers(root.getVector(name)));
    }
    for (String name : knownCovariates) {
      numbers.add(ArrowColumns.numbers(root.getVector(name)));
    }
    SeriesDraft draft = null;
    Doubles[] columns = null;
    for (int row = 0; row < rowCount; row++) {
      if (draft == null || !ids.sameAsBefore(row)) {
        draft = draft(ids.text(row));
        columns = columns(draft);
      }
      if (times.isNull(row)) {
        draft.fault("expected a timestamp in each row, found null");
        continue;
      }
      draft.timestamps.add(times.epochMillis(row));
      for (int i = 0; i < columns.length; i++) {
        columns[i].add(numbers.get(i).value(row));
      }
    }
  }

  private SeriesDraft draft(String id) {
    SeriesDraft known = drafts.get(id);
    if (known != null) {
      return known;
    }
    counter.series();
    SeriesDraft draft = new SeriesDraft();
    draft.id = id;
    draft.step = query.text("step");
    draft.zone = query.text("zone");
    draft.timestamps = new Times();
    draft.shape = targets.size() == 1 ? Shape.UNIVARIATE : Shape.MULTIVARIATE;
    draft.targets = new LinkedHashMap<>();
    targets.forEach(name -> draft.targets.put(name, new Doubles()));
    draft.knownCovariates = new LinkedHashMap<>();
    knownCovariates.forEach(name -> draft.knownCovariates.put(name, new Doubles()));
    drafts.put(id, draft);
    return draft;
  }

  /** Targets, then known covariates. */
  private static Doubles[] columns(SeriesDraft draft) {
    List<Doubles> columns = new ArrayList<>(draft.targets.values());
    columns.addAll(draft.knownCovariates.values());
    return columns.toArray(new Doubles[0]);
  }

  /**
   * The messages of a stream, whose bodies are released at the end whatever happened: a reader that
   * stumbles in the middle of one leaves it behind.
   */
  private static final class Messages extends MessageChannelReader {
    private final List<ArrowBuf> bodies = new ArrayList<>();

    Messages(byte[] stream, BufferAllocator allocator) {
      super(new ReadChannel(Channels.newChannel(new ByteArrayInputStream(stream))), allocator);
    }

    @Override
    public MessageResult readNext() throws IOException {
      MessageResult message = super.readNext();
      if (message != null && message.getBodyBuffer() != null) {
        bodies.add(message.getBodyBuffer());
      }
      return message;
    }

    void releaseAll() {
      for (ArrowBuf body : bodies) {
        int left = body.refCnt();
        if (left > 0) {
          body.getReferenceManager().release(left);
        }
      }
    }
  }
}
