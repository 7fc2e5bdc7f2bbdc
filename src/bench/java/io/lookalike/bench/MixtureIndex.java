package io.lookalike.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnByteVectorField;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.MMapDirectory;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.index.codec.vectors.es93.ES93FlatVectorFormat;
import org.elasticsearch.index.mapper.vectors.DenseVectorFieldMapper.ElementType;

/**
 * An index of the first documents of a {@link Mixture}, written with the formats that a node uses for fields of type
 * dense_vector with {@code index_options} flat: no graph.
 *
 * <p>Two threads write segments, which are then merged into one. Costs some 6 µs a document and thread, and 544 bytes
 * on disk, twice as many during the merge. Stateless.
 */
final class MixtureIndex {
    static final String VECTOR = "photo.vector";
    static final String CODE = "photo.hash";
    /** Holds a term for each share of the documents that the document belongs to. */
    static final String KEPT = "kept";

    private static final int THREADS = 2;
    private static final int BLOCK = 10_000;
    private static final int BUFFER_MB = 128;

    static {
        // the formats' classes need it before they are loaded
        LogConfigurator.configureESLogging();
    }

    private MixtureIndex() {}

    /** The term of {@link #KEPT} for a share of the documents. */
    static String term(double share) {
        return Double.toString(share);
    }

    /**
     * Writes an index of one segment.
     *
     * @param folder does not exist yet, or is empty
     * @param say receives a line with the seconds that it took
     * @param shares to each of which documents belong at random
     */
    static void write(Path folder, Mixture mixture, int documents, Consumer<String> say, double... shares)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        try (Directory directory = new Unsynced(folder);
                IndexWriter writer = new IndexWriter(directory, config());
                ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            AtomicInteger next = new AtomicInteger();
            List<Callable<Void>> writing = new ArrayList<>();
            for (int t = 0; t < THREADS; t++) {
                writing.add(() -> {
                    Entry entry = new Entry(mixture, shares);
                    for (int from = next.getAndAdd(BLOCK); from < documents; from = next.getAndAdd(BLOCK)) {
                        for (int i = from; i < Math.min(documents, from + BLOCK); i++) {
                            writer.addDocument(entry.of(i));
                        }
                    }
                    return null;
                });
            }
            for (Future<Void> written : threads.invokeAll(writing)) {
                written.get();
            }
            writer.forceMerge(1);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
        say.accept(String.format(
                Locale.ROOT, "%,d documents written in %.0f s", documents, (System.nanoTime() - start) / 1e9));
    }

    static IndexWriterConfig config() {
        LogDocMergePolicy onlyAtTheEnd = new LogDocMergePolicy();
        onlyAtTheEnd.setMergeFactor(1 << 20);
        KnnVectorsFormat floats = new ES93FlatVectorFormat(ElementType.FLOAT);
        KnnVectorsFormat bits = new ES93FlatVectorFormat(ElementType.BIT);
        return new IndexWriterConfig()
                .setCodec(new Lucene104Codec() {
                    @Override
                    public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                        return field.startsWith(CODE) ? bits : floats;
                    }
                })
                .setRAMBufferSizeMB(BUFFER_MB)
                .setUseCompoundFile(false)
                .setMergePolicy(onlyAtTheEnd)
                .setMergeScheduler(new SerialMergeScheduler());
    }

    /** Opens it in mapped memory. */
    static DirectoryReader open(Path folder) throws IOException {
        return DirectoryReader.open(new MMapDirectory(folder));
    }

    /** One document, reused for each number. For one thread. */
    private static final class Entry {
        private final Mixture mixture;
        private final double[] shares;
        private final Document document = new Document();
        private final KnnFloatVectorField vector =
                new KnnFloatVectorField(VECTOR, new float[Mixture.DIMS], VectorSimilarityFunction.EUCLIDEAN);
        private final KnnByteVectorField code =
                new KnnByteVectorField(CODE, new byte[Mixture.BITS / Byte.SIZE], VectorSimilarityFunction.EUCLIDEAN);

        Entry(Mixture mixture, double[] shares) {
            this.mixture = mixture;
            this.shares = shares;
        }

        Document of(int number) {
            float[] values = mixture.vector(number);
            vector.setVectorValue(values);
            code.setVectorValue(mixture.code(values));
            document.clear();
            document.add(vector);
            document.add(code);
            SplittableRandom lots = new SplittableRandom(number);
            for (double share : shares) {
                if (lots.nextDouble() < share) {
                    document.add(new StringField(KEPT, term(share), Field.Store.NO));
                }
            }
            return document;
        }
    }

    /** Skips fsync, because the index is not needed after a crash. */
    private static final class Unsynced extends FilterDirectory {
        Unsynced(Path folder) throws IOException {
            super(new MMapDirectory(folder));
        }

        @Override
        public void sync(Collection<String> names) {}

        @Override
        public void syncMetaData() {}
    }
}
