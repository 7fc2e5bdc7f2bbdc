package io.lookalike.bench;

import io.lookalike.hashing.BinaryCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnByteVectorField;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.SortedNumericDocValuesField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.RescoreTopNQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.NumericUtils;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;

/**
 * An index of vectors, and of their codes if there are any, made by Lucene alone: one segment in a mapped directory,
 * whose documents have the ordinals of the vectors as their numbers.
 *
 * <p>Indexing takes one thread. Searches may come from several.
 */
final class SearchLucene implements AutoCloseable {
    static final String VECTOR = "vector";
    static final String CODE = "code";
    static final String NORM = "norm";

    /** How Lucene stores the vectors. */
    @SuppressWarnings("ImmutableEnumChecker") // Lucene's formats are immutable, but not annotated so
    enum Format {
        /** Flat vectors, and codes: the threshold for a graph is above any segment. */
        FLAT(new Lucene99HnswVectorsFormat(
                Lucene99HnswVectorsFormat.DEFAULT_MAX_CONN,
                Lucene99HnswVectorsFormat.DEFAULT_BEAM_WIDTH,
                1,
                null,
                Integer.MAX_VALUE)),
        /** A graph with the defaults: 16 links, 100 candidates when building. */
        HNSW(new Lucene99HnswVectorsFormat()),
        /** The same with one byte a component, which Elasticsearch calls int8. */
        INT8_HNSW(new Lucene104HnswScalarQuantizedVectorsFormat(
                ScalarEncoding.SEVEN_BIT,
                Lucene99HnswVectorsFormat.DEFAULT_MAX_CONN,
                Lucene99HnswVectorsFormat.DEFAULT_BEAM_WIDTH));

        private final KnnVectorsFormat vectors;

        Format(KnnVectorsFormat vectors) {
            this.vectors = vectors;
        }
    }

    private static final double BUFFER_MB = 1024;

    final SearchWay.Cost cost;

    private final MMapDirectory directory;
    private final DirectoryReader reader;
    private final IndexSearcher searcher;

    /** @param code of the vectors, whose learning counts as indexing; null for none */
    SearchLucene(Path folder, Format format, float[][] vectors, SearchPlanes code) throws IOException {
        directory = new MMapDirectory(folder);
        long start = System.nanoTime();
        IndexWriterConfig config =
                new IndexWriterConfig().setRAMBufferSizeMB(BUFFER_MB).setUseCompoundFile(false);
        config.setCodec(new Lucene104Codec() {
            @Override
            public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                return format.vectors;
            }
        });
        BinaryCode planes = code == null ? null : code.planes();
        try (IndexWriter writer = new IndexWriter(directory, config)) {
            for (float[] vector : vectors) {
                Document document = new Document();
                document.add(new KnnFloatVectorField(VECTOR, vector, VectorSimilarityFunction.EUCLIDEAN));
                if (planes != null) {
                    document.add(new KnnByteVectorField(CODE, planes.hash(vector), VectorSimilarityFunction.EUCLIDEAN));
                    document.add(new SortedNumericDocValuesField(
                            NORM, NumericUtils.floatToSortableInt(planes.norm(vector))));
                }
                writer.addDocument(document);
            }
            writer.forceMerge(1);
        }
        double seconds = (System.nanoTime() - start) / 1e9 + (code == null ? 0 : code.seconds());
        long bytes = 0;
        for (String file : directory.listAll()) {
            bytes += directory.fileLength(file);
        }
        cost = new SearchWay.Cost(seconds, bytes / 1e6);
        reader = DirectoryReader.open(directory);
        searcher = searcher(null);
    }

    /** A searcher that runs on an executor, or on the caller's thread alone. */
    IndexSearcher searcher(Executor executor) {
        IndexSearcher made = executor == null ? new IndexSearcher(reader) : new IndexSearcher(reader, executor);
        made.setQueryCache(null);
        return made;
    }

    static int[] top(IndexSearcher searcher, Query query, int k) throws IOException {
        return Arrays.stream(searcher.search(query, k).scoreDocs)
                .mapToInt((ScoreDoc hit) -> hit.doc)
                .toArray();
    }

    /**
     * Searches of the graph.
     *
     * @param rescored how many of the best get their exact distance from the full vectors; 0 for none
     */
    SearchWay graph(String name, float[][] queries, int k, int numCandidates, int rescored) {
        return new SearchWay(
                name,
                SearchWay.PROCESS,
                k,
                "num_candidates=" + numCandidates + (rescored == 0 ? "" : " rescored=" + rescored),
                queries.length,
                cost,
                SearchWay.timed(q -> {
                    Query query = new KnnFloatVectorQuery(VECTOR, queries[q], numCandidates);
                    if (rescored > 0) {
                        query = RescoreTopNQuery.createFullPrecisionRescorerQuery(query, queries[q], VECTOR, rescored);
                    }
                    return top(searcher, query, k);
                }));
    }

    /** Searches of the graph with every setting of a grid, best of twice k rescored or none. */
    List<SearchWay> graphs(String name, float[][] queries, SearchGrid grid, boolean rescore) {
        List<SearchWay> ways = new ArrayList<>();
        for (int k : grid.ks()) {
            for (int numCandidates : grid.graph(k)) {
                ways.add(graph(name, queries, k, numCandidates, rescore ? Math.min(2 * k, numCandidates) : 0));
            }
        }
        return ways;
    }

    @Override
    public void close() throws IOException {
        reader.close();
        directory.close();
    }
}
