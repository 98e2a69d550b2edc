package io.patchcast.table;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/** Writes Parquet files as other programs do: with Parquet's own writer and Hadoop's codecs. */
public final class ParquetFiles {
  private ParquetFiles() {}

  /** Writes one row per element. */
  public static <T> Path write(
      Path file,
      CompressionCodecName codec,
      String schema,
      List<T> rows,
      BiConsumer<T, Group> filler)
      throws IOException {
    MessageType type = MessageTypeParser.parseMessageType(schema);
    SimpleGroupFactory groups = new SimpleGroupFactory(type);
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new LocalOutputFile(file))
            .withConf(new PlainParquetConfiguration())
            .withType(type)
            .withCompressionCodec(codec)
            .withRowGroupRowCountLimit(1000)
            .withPageRowCountLimit(100)
            .build()) {
      for (T row : rows) {
        Group group = groups.newGroup();
        filler.accept(row, group);
        writer.write(group);
      }
    }
    return file;
  }
}
