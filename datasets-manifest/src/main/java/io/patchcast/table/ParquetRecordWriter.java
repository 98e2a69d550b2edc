package io.patchcast.table;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;

/**
 * Writes a Parquet file, zstd, record by record.
 *
 * @param <T> what one record is made of
 */
public final class ParquetRecordWriter<T> implements Closeable {

  /**
   * Turns a record into Parquet's events, those between the start and the end of the message.
   *
   * @param <T> what one record is made of
   */
  public interface Fields<T> {
    /** Hands the fields of a record on, in the order of the schema. */
    void write(T row, RecordConsumer consumer);
  }

  private final ParquetWriter<T> writer;

  /**
   * Starts a file, over what is there.
   *
   * @param metadata key-value metadata of the file
   */
  public ParquetRecordWriter(
      Path file, MessageType schema, Map<String, String> metadata, Fields<T> fields)
      throws IOException {
    this.writer =
        new Builder<>(new LocalOutputFile(file), schema, fields)
            .withConf(new PlainParquetConfiguration())
            .withCodecFactory(new ParquetCodecs())
            .withCompressionCodec(CompressionCodecName.ZSTD)
            .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
            .withExtraMetaData(metadata)
            .build();
  }

  /** Writes a record. */
  public void write(T row) throws IOException {
    writer.write(row);
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }

  private static final class Builder<T> extends ParquetWriter.Builder<T, Builder<T>> {
    private final MessageType schema;
    private final Fields<T> fields;

    Builder(OutputFile file, MessageType schema, Fields<T> fields) {
      super(file);
      this.schema = schema;
      this.fields = fields;
    }

    @Override
    protected Builder<T> self() {
      return this;
    }

    // Deprecated, but abstract still.
    @Override
    @SuppressWarnings("deprecation")
    protected WriteSupport<T> getWriteSupport(Configuration configuration) {
      throw new UnsupportedOperationException("written without a Hadoop configuration");
    }

    @Override
    protected WriteSupport<T> getWriteSupport(ParquetConfiguration configuration) {
      return new Records<>(schema, fields);
    }
  }

  private static final class Records<T> extends WriteSupport<T> {
    private final MessageType schema;
    private final Fields<T> fields;
    private RecordConsumer consumer;

    Records(MessageType schema, Fields<T> fields) {
      this.schema = schema;
      this.fields = fields;
    }

    // Deprecated, but abstract still.
    @Override
    @SuppressWarnings("deprecation")
    public WriteContext init(Configuration configuration) {
      throw new UnsupportedOperationException("written without a Hadoop configuration");
    }

    @Override
    public WriteContext init(ParquetConfiguration configuration) {
      return new WriteContext(schema, Map.of());
    }

    @Override
    public void prepareForWrite(RecordConsumer recordConsumer) {
      this.consumer = recordConsumer;
    }

    @Override
    public void write(T row) {
      consumer.startMessage();
      fields.write(row, consumer);
      consumer.endMessage();
    }
  }
}
