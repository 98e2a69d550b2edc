// Writes the files beside this one: node polars.js, with nodejs-polars 0.25.2.
// They are what another implementation of Arrow and Parquet makes of the layouts of GIFT-Eval and fev-bench.
const pl = require('nodejs-polars');
const time = (text) => new Date(text);

const gift = pl.DataFrame([
  pl.Series('item_id', ['T1', 'T2', 'T3']),
  pl.Series('start', [time('2016-07-01T00:00:00Z'), time('2016-07-02T12:30:00Z'), time('2020-02-29T00:00:00Z')], pl.Datetime('ms')),
  pl.Series('freq', ['15T', 'W-SUN', 'MS']),
  pl.Series('target', [[1.5, null, 3.25], [], [4.0, 5.0]], pl.List(pl.Float32)),
]);
const variates = pl.DataFrame([
  pl.Series('item_id', ['ds-0-T', 'ds-0-T']),
  pl.Series('start', ['2024-01-01 00:00:00', '2024-01-01 00:00:00']),
  pl.Series('freq', ['T', 'T']),
  pl.Series('target', [[1, 2, 3], [4, null, 6]], pl.List(pl.Float64)),
]).groupBy(['item_id', 'start', 'freq'], true).agg(pl.col('target'));
// 240 kB, in which later blocks of LZ4 refer to earlier ones.
const long = pl.DataFrame([
  pl.Series('item_id', ['L']),
  pl.Series('start', [time('2016-07-01T00:00:00Z')], pl.Datetime('ms')),
  pl.Series('freq', ['10S']),
  pl.Series('target', [Array.from({length: 30000}, (_, i) => (i % 1000) / 8)], pl.List(pl.Float64)),
]);
const fev = pl.DataFrame([
  pl.Series('id', ['a', 'a', 'b']),
  pl.Series('city', ['Berlin', 'Berlin', null]),
  pl.Series('timestamp', [time('2024-01-01T00:00:00Z'), time('2024-01-02T00:00:00Z'), time('2024-03-31T00:00:00Z')], pl.Datetime('ms')),
  pl.Series('load', [1.0, null, 7.0], pl.Float32),
  pl.Series('holiday', [0, 1, 0], pl.Int64),
]).groupBy(['id', 'city'], true).agg(pl.col('timestamp'), pl.col('load'), pl.col('holiday')).sort('id');

gift.writeIPCStream('gift.arrow', {compression: 'uncompressed'});
gift.writeIPC('gift-lz4.arrow', {compression: 'lz4'});
gift.writeIPCStream('gift-zstd.arrow', {compression: 'zstd'});
gift.writeParquet('gift.parquet', {compression: 'zstd'});
variates.writeIPC('variates.arrow', {compression: 'uncompressed'});
variates.writeParquet('variates.parquet', {compression: 'snappy'});
long.writeIPC('long-lz4.arrow', {compression: 'lz4'});
long.writeIPCStream('long-zstd.arrow', {compression: 'zstd'});
fev.writeIPCStream('fev.arrow', {compression: 'uncompressed'});
fev.writeParquet('fev.parquet', {compression: 'snappy'});
