/**
 * Released checkpoints by name: {@link io.patchcast.hub.ModelHub} turns {@code
 * Datadog/Toto-2.0-22m} into a local checkpoint directory, downloading it once if needed.
 *
 * <p>Nothing here touches the network unless a model is asked for by name and is not in the cache
 * already. The transfer survives cut connections and killed processes, every file is checked before
 * it gets its final name, and any number of threads and processes may share one cache.
 *
 * <h2>Layout of the cache</h2>
 *
 * <pre>
 * &lt;cache&gt;/hub/&lt;owner&gt;--&lt;name&gt;/
 *   &lt;commit&gt;/                 one directory per revision, named by its full commit
 *     config.json
 *     model.safetensors         or, if the weights come in shards:
 *     model.safetensors.index.json, model-00001-of-00002.safetensors …
 *     patchcast.json            written last: the directory is complete
 *     *.part, *.part.etag       a download under way or broken off, and its validator
 *   &lt;commit&gt;.lock             held while that revision is being downloaded; never deleted
 *   refs/&lt;revision&gt;           the commit that a branch or tag meant when last asked
 * </pre>
 *
 * <p>{@code patchcast.json} is an object with {@code format} (1), {@code repository}, {@code
 * revision} (the commit), {@code endpoint}, {@code fetchedAt} (ISO-8601) and {@code files}, each
 * with {@code name}, {@code bytes}, {@code sha256} and {@code check} (what the hash was compared
 * with, see {@link io.patchcast.hub.CachedFile.Check}). A directory without it, or with a file that
 * is missing or has another size than it says, counts as not cached.
 *
 * <p>Complete directories are only ever read, so a cache may be copied to another machine or
 * mounted read-only.
 */
package io.patchcast.hub;
