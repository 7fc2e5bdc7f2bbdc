package io.lookalike.bench;

import io.lookalike.query.LocalKnn;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnByteVectorField;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Weight;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;

/**
 * An index of vectors, codes and clusters, written like {@link MixtureIndex}, with clusters as in a keyword field,
 * searched without a node. For one caller.
 */
final class ClusterIndex implements Closeable {
    private static final String CLUSTER = "photo.cluster";
    private static final Pattern CODES = Pattern.compile("candidates\\[.*\\bcodes=(\\d+).*");

    private final DirectoryReader reader;
    private final Searcher searcher;
    private final LocalKnn knn;

    /** The stored values of a document. */
    interface Documents {
        float[] vector(int document);

        byte[] code(int document);

        int[] clusters(int document);
    }

    /** Writes documents 0 to {@code count}, exclusive, into one segment, in this order. */
    static void write(Path folder, int count, Documents documents) throws IOException {
        try (Directory directory = new MMapDirectory(folder);
                IndexWriter writer = new IndexWriter(directory, MixtureIndex.config())) {
            for (int i = 0; i < count; i++) {
                Document document = new Document();
                document.add(new KnnFloatVectorField(
                        MixtureIndex.VECTOR, documents.vector(i), VectorSimilarityFunction.EUCLIDEAN));
                document.add(new KnnByteVectorField(
                        MixtureIndex.CODE, documents.code(i), VectorSimilarityFunction.EUCLIDEAN));
                for (int cluster : documents.clusters(i)) {
                    document.add(new StringField(CLUSTER, Integer.toString(cluster), Field.Store.NO));
                }
                writer.addDocument(document);
            }
            writer.forceMerge(1);
        }
    }

    /** @param executor searches together with the caller's thread */
    ClusterIndex(Path folder, Executor executor) throws IOException {
        this.reader = MixtureIndex.open(folder);
        this.searcher = new Searcher(reader, executor);
        this.knn = LocalKnn.onTwo(executor);
    }

    /**
     * The result of a search.
     *
     * @param documents nearest first
     * @param codes how many codes were read
     */
    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    record Found(int[] documents, long codes) {}

    /** The k nearest by L2 distance among the {@code numCandidates} nearest by code of all. */
    Found hamming(float[] vector, byte[] code, int k, int numCandidates) throws IOException {
        return search(knn.hamming(MixtureIndex.VECTOR, vector, MixtureIndex.CODE, code, k, numCandidates, null), k);
    }

    /**
     * The same among the documents in the clusters nearest to the query.
     *
     * @param order the numbers of all clusters, nearest first
     */
    Found clusters(float[] vector, byte[] code, int[] order, int probes, int k, int numCandidates) throws IOException {
        return search(
                knn.clusters(
                        MixtureIndex.VECTOR, vector, MixtureIndex.CODE, code, CLUSTER, order, probes, k, numCandidates),
                k);
    }

    private Found search(Query query, int k) throws IOException {
        ScoreDoc[] hits = searcher.search(query, k).scoreDocs;
        return new Found(Arrays.stream(hits).mapToInt(hit -> hit.doc).toArray(), searcher.codes);
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }

    /** Reads the figures of the stage that chooses candidates, as a profile shows them. */
    private static final class Searcher extends IndexSearcher {
        private long codes;

        Searcher(DirectoryReader reader, Executor executor) {
            super(reader, executor);
            setQueryCache(null);
        }

        @Override
        public Weight createWeight(Query query, ScoreMode scoreMode, float boost) throws IOException {
            Weight weight = super.createWeight(query, scoreMode, boost);
            Matcher figures = CODES.matcher(query.toString());
            if (figures.matches()) {
                codes = Long.parseLong(figures.group(1));
            }
            return weight;
        }
    }
}
