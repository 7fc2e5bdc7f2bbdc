package io.lookalike.search;

import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import io.lookalike.hashing.BinaryCode;
import io.lookalike.search.RandomIndex.Kind;
import io.lookalike.search.RandomIndex.Shape;
import io.lookalike.search.frame.Helpers;
import io.lookalike.search.frame.Slicing;
import io.lookalike.vectors.Metric;
import io.lookalike.vectors.Normalization;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnByteVectorField;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.MultiReader;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.tests.search.QueryUtils;
import org.apache.lucene.tests.util.TestUtil;
import org.elasticsearch.search.internal.ContextIndexSearcher;
import org.elasticsearch.tasks.TaskCancelledException;
import org.elasticsearch.test.ESTestCase;
import org.junit.After;

@ThreadLeakScope(ThreadLeakScope.Scope.NONE)
public class HashKnnQueryTests extends ESTestCase {
    private static final SearchLimits WIDE = new SearchLimits(10, 10_000, 0, Float.NEGATIVE_INFINITY);

    /** Documents with another fingerprint are left out with a warning, in most of these searches. */
    @Override
    protected boolean enableWarningsCheck() {
        return false;
    }

    private final ExecutorService threads = Executors.newFixedThreadPool(3);

    @After
    public void endThreads() throws InterruptedException {
        threads.shutdown();
        assertTrue(threads.awaitTermination(10, TimeUnit.SECONDS));
    }

    /** Helpers that run at any time, before the search goes on, beside it or after it, or never. */
    private Helpers helpers() {
        return new Helpers(
                randomIntBetween(1, 5),
                task -> {
                    switch (random().nextInt(4)) {
                        case 0 -> task.run();
                        case 1 -> {}
                        default -> threads.execute(task);
                    }
                },
                () -> 1);
    }

    private Directory directory() throws IOException {
        return randomBoolean() ? new ByteBuffersDirectory() : new MMapDirectory(createTempDir());
    }

    private RandomIndex index(Directory directory, Shape shape) throws IOException {
        // Lucene's own codec has codes in mapped memory; those of its test framework hide it
        RandomIndex index =
                new RandomIndex(random(), directory, randomBoolean() ? TestUtil.getDefaultCodec() : null, shape);
        for (int s = randomIntBetween(1, 4); s > 0; s--) {
            index.addSegment(randomIntBetween(1, 120));
        }
        if (randomBoolean()) {
            index.deleteSome(randomIntBetween(2, 10));
        }
        return index;
    }

    /** Small whole numbers, which are stored unchanged. */
    private static float[] projections(int bits) {
        float[] projections = new float[bits];
        for (int i = 0; i < bits; i++) {
            projections[i] = i < 2 ? -31 + 63 * i : randomIntBetween(-31, 32);
        }
        return projections;
    }

    /** The candidates of the documents, or parents, that an estimate finds nearest. */
    private static List<Truth.Doc> estimated(
            RandomIndex index, List<Truth.Doc> within, float[] projections, double scale, boolean norms, int most)
            throws IOException {
        TreeMap<Integer, Float> least = new TreeMap<>();
        for (Truth.Doc doc : within) {
            double sum = 0;
            for (int i = 0; i < projections.length; i++) {
                sum += (doc.code()[i / 8] >> (7 - i % 8) & 1) == 1 ? projections[i] : -projections[i];
            }
            double norm = norms ? RandomIndex.norm(index.idOf(doc.doc())) : 1;
            double estimate = Double.isNaN(norm) ? Double.NEGATIVE_INFINITY : norm * norm - 2 * scale * norm * sum;
            least.merge(doc.parent(), (float) estimate, Math::min);
        }
        List<Integer> best = new ArrayList<>(least.keySet());
        best.sort(Comparator.comparing(least::get));
        List<Integer> kept = best.subList(0, Math.min(most, best.size()));
        return within.stream().filter(doc -> kept.contains(doc.parent())).toList();
    }

    /** The default number of candidates, from the live documents that were sent with a vector. */
    private static int byDocuments(RandomIndex index, int bits, int k) throws IOException {
        long documents = index.docs(s -> s.vector() != null).stream()
                .filter(Truth.Doc::accepted)
                .count();
        return DefaultCandidates.of(documents, bits, index.shape.dims(), k);
    }

    /** One search with its expected answer. */
    private record Asked(Query query, List<Truth.Hit> expected, double tolerance, boolean exact) {}

    private Asked random(RandomIndex index) throws IOException {
        Shape shape = index.shape;
        Metric metric = randomFrom(Metric.values());
        CandidateMethod candidates = randomFrom(CandidateMethod.values());
        float[] vector = index.vector();
        Normalization normalization = randomFrom(Normalization.values());
        QueryCode code = candidates.byCode() || randomBoolean() ? new QueryCode(RandomIndex.HASH, index.code()) : null;
        QueryBuckets buckets = candidates == CandidateMethod.LSH || metric == Metric.TABLES || randomBoolean()
                ? new QueryBuckets(RandomIndex.BUCKETS, index.buckets())
                : null;
        int bits = shape.codeBytes() * 8;
        int k = randomFrom(1, 3, 10, 10_000);
        // a graph finds everything only where everything is wanted
        int limit = candidates == CandidateMethod.HNSW
                ? 10_000
                : randomBoolean() ? SearchLimits.BY_DOCUMENTS : Math.max(k, randomFrom(1, 5, 50, 10_000));
        int farthest = candidates == CandidateMethod.LSH ? RandomIndex.TABLES - 1 : bits;
        int maxDistance = randomBoolean() ? farthest : randomIntBetween(0, farthest);
        boolean fingerprinted = randomBoolean();
        Query filter = null;
        RandomIndex.Rule filterRule = s -> true;
        switch (randomIntBetween(0, 6)) {
            case 0 -> {
                filter = new TermQuery(new Term("tag", "3"));
                filterRule = s -> s.tag() == 3;
            }
            case 1 -> {
                filter = new BooleanQuery.Builder()
                        .add(new TermQuery(new Term("child", "yes")), BooleanClause.Occur.MUST)
                        .add(new TermQuery(new Term("tag", "4")), BooleanClause.Occur.MUST_NOT)
                        .build();
                filterRule = s -> s.tag() != 4;
            }
            case 2 -> {
                filter = new TermQuery(new Term("tag", "none"));
                filterRule = s -> false;
            }
            case 3 -> {
                // checked one by one
                int from = randomIntBetween(0, index.size());
                int to = from + randomIntBetween(0, index.size());
                filter = NumericDocValuesField.newSlowRangeQuery("id", from, to);
                filterRule = s -> s.id() >= from && s.id() <= to;
            }
            case 4 -> {
                // leads
                int one = randomIntBetween(0, index.size());
                filter = new TermQuery(new Term("key", "" + one));
                filterRule = s -> s.id() == one;
            }
            default -> {}
        }
        int out = randomBoolean() ? randomIntBetween(0, index.size()) : -1;
        RandomIndex.Rule inFilter = filterRule;
        List<Truth.Doc> docs = index.docs(s ->
                inFilter.accepts(s) && s.id() != out && (!fingerprinted || RandomIndex.MINE.equals(s.fingerprint())));
        boolean byCode = metric == Metric.HAMMING && code != null;
        double dims = shape.dims();
        ToDoubleFunction<Truth.Doc> score = d -> {
            if (byCode) {
                return d.code() == null ? Double.NaN : (bits - Truth.hamming(code.bytes(), d.code())) / (double) bits;
            }
            if (metric == Metric.TABLES) {
                return d.buckets() == null
                        ? Double.NaN
                        : Truth.agreeing(buckets.terms(), d.buckets()) / (double) RandomIndex.TABLES;
            }
            if (metric == Metric.DOT_PRODUCT && shape.kind() == Kind.BYTES && normalization == Normalization.NONE) {
                double cosine = 2 * Truth.score(Metric.COSINE, vector, d.vector()) - 1;
                return 0.5 + cosine * length(vector) * length(d.vector()) / (dims * 32768);
            }
            return Truth.score(metric, Truth.scaled(normalization, vector), Truth.scaled(normalization, d.vector()));
        };
        ToIntFunction<Truth.Doc> distance = d -> {
            boolean scored = metric == Metric.TABLES
                    ? d.buckets() != null
                    : metric != Metric.HAMMING || code == null || d.code() != null;
            if (candidates == CandidateMethod.LSH) {
                return !scored || d.buckets() == null
                        ? Integer.MAX_VALUE
                        : RandomIndex.TABLES - Truth.agreeing(buckets.terms(), d.buckets());
            }
            return !scored || d.code() == null ? Integer.MAX_VALUE : Truth.hamming(code.bytes(), d.code());
        };
        QueryClusters clusters = candidates == CandidateMethod.CLUSTERS
                ? new QueryClusters(RandomIndex.CLUSTER, index.order(), randomIntBetween(1, RandomIndex.CLUSTERS + 1))
                : null;
        List<Truth.Doc> inClusters = clusters == null
                ? docs
                : Truth.inClusters(
                        docs, clusters.order(), Truth.probed(docs, distance, clusters.order(), clusters.probes(), k));
        int wanted = limit == SearchLimits.BY_DOCUMENTS && candidates != CandidateMethod.ALL
                ? byDocuments(index, candidates == CandidateMethod.LSH ? 4 * buckets.tables() : bits, k)
                : limit;
        List<Truth.Doc> within =
                candidates == CandidateMethod.ALL ? docs : Truth.candidates(inClusters, distance, wanted, maxDistance);
        boolean estimates =
                candidates.byCode() && metric != Metric.HAMMING && metric != Metric.TABLES && randomBoolean();
        int most = Math.max(k, randomFrom(1, 4, 40));
        float[] projections = projections(bits);
        double scale = randomFrom(BinaryCode.randomScale(bits), .125, 3.0);
        boolean norms = randomBoolean();
        List<Truth.Doc> chosen = estimates ? estimated(index, within, projections, scale, norms, most) : within;
        // similarity lies between two scores, so that rounding does not matter
        double similarity = randomBoolean() ? Float.NEGATIVE_INFINITY : between(chosen, score);
        Query query = new HashKnnQuery(
                new Scoring(
                        RandomIndex.VECTOR,
                        vector,
                        shape.kind() == Kind.UNIT,
                        metric,
                        shape.kind() == Kind.BYTES ? Scoring.Formula.PRODUCT_OF_BYTES : Scoring.Formula.METRIC,
                        code,
                        buckets,
                        normalization),
                new CandidateSelection(
                        candidates,
                        code,
                        buckets,
                        clusters,
                        estimates
                                ? new Estimation(code, projections, scale, norms ? RandomIndex.NORM : null, most)
                                : null),
                new SearchLimits(k, limit, maxDistance, (float) similarity),
                new EligibleDocs(
                        RandomIndex.VECTOR,
                        filter,
                        out < 0 ? null : new TermQuery(new Term("key", "" + out)),
                        fingerprinted
                                ? new FingerprintRule(RandomIndex.ENCODER, RandomIndex.MINE, null, "[i][0]", null)
                                : null),
                shape.nested() ? RandomIndex.PARENTS : null,
                randomBoolean()
                        ? TestKnn.SLICING
                        : new Slicing(randomIntBetween(1, 300), helpers(), randomIntBetween(1, 40)));
        boolean exact = shape.integers()
                && shape.kind() == Kind.FLOATS
                && normalization == Normalization.NONE
                && (metric == Metric.L2_NORM || metric == Metric.L1 || metric == Metric.DOT_PRODUCT);
        double tolerance = metric == Metric.DOT_PRODUCT
                ? 1e-6 * (1 + dims * 100)
                : metric == Metric.CORRELATION || metric == Metric.COSINE ? 1e-5 : 2e-6;
        return new Asked(
                query,
                Truth.best(chosen, score, similarity, k),
                tolerance,
                exact || metric == Metric.HAMMING || metric == Metric.TABLES);
    }

    private static double length(float[] vector) {
        double squares = 0;
        for (float v : vector) {
            squares += (double) v * v;
        }
        return Math.sqrt(squares);
    }

    private double between(List<Truth.Doc> docs, ToDoubleFunction<Truth.Doc> score) {
        List<Truth.Hit> all = Truth.best(docs, score, Double.NEGATIVE_INFINITY, Integer.MAX_VALUE);
        for (int i = all.size() / 2; i + 1 < all.size(); i++) {
            if (all.get(i).score() - all.get(i + 1).score() > 1e-3) {
                return (all.get(i).score() + all.get(i + 1).score()) / 2;
            }
        }
        return Float.NEGATIVE_INFINITY;
    }

    private static void check(Asked asked, IndexSearcher searcher) throws IOException {
        ScoreDoc[] hits = searcher.search(asked.query, 100_000).scoreDocs;
        String what = asked.query.toString();
        assertEquals(what, asked.expected.size(), hits.length);
        assertEquals(what, hits.length, searcher.count(asked.query));
        for (int i = 0; i < hits.length; i++) {
            Truth.Hit expected = asked.expected.get(i);
            double tolerance = asked.tolerance * Math.max(1, Math.abs(expected.score()));
            assertEquals(what + " at " + i, expected.score(), hits[i].score, tolerance);
            if (asked.exact) {
                assertEquals(what + " at " + i, expected.doc(), hits[i].doc);
            }
            Explanation explained = searcher.explain(asked.query, hits[i].doc);
            assertTrue(what, explained.isMatch());
            assertEquals(what, hits[i].score, explained.getValue().floatValue(), 0);
        }
    }

    private Shape shape(boolean nested) {
        return new Shape(
                randomFrom(Kind.values()),
                randomFrom(1, 3, 8, 17, 64),
                randomFrom(1, 2, 8, 32),
                randomBoolean(),
                randomBoolean(),
                nested,
                randomFrom(0.0, 0.1, 0.5));
    }

    public void testBruteForce() throws IOException {
        for (int i = 0; i < 60; i++) {
            try (Directory directory = directory();
                    RandomIndex index = index(directory, shape(false))) {
                for (int q = 0; q < 12; q++) {
                    check(random(index), new IndexSearcher(index.reader));
                }
            }
        }
    }

    public void testBruteForceNested() throws IOException {
        for (int i = 0; i < 40; i++) {
            try (Directory directory = directory();
                    RandomIndex index = index(directory, shape(true))) {
                for (int q = 0; q < 12; q++) {
                    check(random(index), new IndexSearcher(index.reader));
                }
            }
        }
    }

    public void testThreadsAndForceMergeChangeNothing() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (Directory directory = directory();
                    RandomIndex index = index(directory, shape(i % 4 == 3))) {
                List<Asked> asked = new ArrayList<>();
                List<List<String>> before = new ArrayList<>();
                for (int q = 0; q < 6; q++) {
                    asked.add(random(index));
                    before.add(answer(index, asked.get(q).query, new IndexSearcher(index.reader)));
                    for (int again = 0; again < 3; again++) {
                        // a query keeps its hits for a reader
                        try (MultiReader other = new MultiReader(new IndexReader[] {index.reader}, false)) {
                            IndexSearcher parallel = new IndexSearcher(other, threads);
                            assertEquals(before.get(q), answer(index, asked.get(q).query, parallel));
                        }
                    }
                }
                index.forceMerge();
                for (int q = 0; q < 6; q++) {
                    // the same query object on another reader
                    assertEquals(before.get(q), answer(index, asked.get(q).query, new IndexSearcher(index.reader)));
                }
            }
        }
    }

    private static List<String> answer(RandomIndex index, Query query, IndexSearcher searcher) throws IOException {
        List<String> answer = new ArrayList<>();
        for (ScoreDoc hit : searcher.search(query, 100_000).scoreDocs) {
            answer.add(index.idOf(hit.doc) + "=" + hit.score);
        }
        return answer;
    }

    public void testContractOfQueries() throws IOException {
        for (int i = 0; i < 10; i++) {
            try (Directory directory = directory();
                    RandomIndex index = index(directory, shape(false))) {
                index.forceMerge(); // this check knows no deletes, and searches each segment alone
                QueryUtils.check(random(), random(index).query, new IndexSearcher(index.reader));
            }
        }
    }

    public void testInBoolWithBoost() throws IOException {
        try (Directory directory = directory();
                RandomIndex index = index(directory, new Shape(Kind.FLOATS, 8, 8, true, true, false, 0))) {
            HashKnnQuery query = all(index.vector(), WIDE);
            IndexSearcher searcher = new IndexSearcher(index.reader);
            ScoreDoc[] alone = searcher.search(query, 10).scoreDocs;
            Query mixed = new BooleanQuery.Builder()
                    .add(new BoostQuery(query, 2.5f), BooleanClause.Occur.SHOULD)
                    .add(new TermQuery(new Term("tag", "none")), BooleanClause.Occur.SHOULD)
                    .build();
            ScoreDoc[] boosted = searcher.search(mixed, 10).scoreDocs;
            assertEquals(alone.length, boosted.length);
            for (int i = 0; i < alone.length; i++) {
                assertEquals(alone[i].doc, boosted[i].doc);
                assertEquals(alone[i].score * 2.5f, boosted[i].score, 1e-6f);
                assertEquals(
                        boosted[i].score,
                        searcher.explain(mixed, boosted[i].doc).getValue().floatValue(),
                        1e-6f);
            }
        }
    }

    public void testCancellationStopsEveryStageAndIsNotRemembered() throws IOException {
        for (boolean nested : new boolean[] {false, true}) {
            try (Directory directory = directory();
                    RandomIndex index = index(directory, new Shape(Kind.FLOATS, 4, 4, true, true, nested, 0.1))) {
                for (int q = 0; q < 6; q++) {
                    Asked asked = random(index);
                    int checks = 0;
                    boolean cancelled = true;
                    while (cancelled) {
                        int left = checks++;
                        ContextIndexSearcher searcher = new ContextIndexSearcher(
                                index.reader,
                                IndexSearcher.getDefaultSimilarity(),
                                null,
                                IndexSearcher.getDefaultQueryCachingPolicy(),
                                true);
                        AtomicInteger remaining = new AtomicInteger(left);
                        searcher.addQueryCancellation(() -> {
                            if (remaining.getAndDecrement() == 0) {
                                throw new TaskCancelledException("enough");
                            }
                        });
                        cancelled = false;
                        try {
                            searcher.createWeight(asked.query, ScoreMode.COMPLETE, 1);
                        } catch (TaskCancelledException e) {
                            cancelled = true;
                        }
                    }
                    // at least one check in each segment before the work starts
                    assertTrue(
                            "checks " + checks, checks > index.reader.leaves().size());
                    check(asked, new IndexSearcher(index.reader));
                }
            }
        }
    }

    private static HashKnnQuery all(float[] vector, SearchLimits bounds) {
        return TestKnn.query(
                TestKnn.scoring(RandomIndex.VECTOR, vector, Metric.L2_NORM, null),
                TestKnn.selection(CandidateMethod.ALL, null),
                bounds,
                null);
    }

    public void testRemembersOneReaderAndNoMore() throws IOException {
        try (Directory directory = directory();
                RandomIndex index = new RandomIndex(
                        random(), directory, null, new Shape(Kind.FLOATS, 4, 1, true, true, false, 0))) {
            index.addSegment(3);
            HashKnnQuery query = all(index.vector(), WIDE);
            try (DirectoryReader three = DirectoryReader.open(directory(index))) {
                IndexSearcher before = new IndexSearcher(three);
                assertEquals(3, before.count(query));
                index.addSegment(4);
                assertEquals(7, new IndexSearcher(index.reader).count(query));
                assertEquals(3, before.count(query));
            }
        }
    }

    private static Directory directory(RandomIndex index) throws IOException {
        index.commit();
        return index.reader.directory();
    }

    public void testParentsAreCountedNotChildren() throws IOException {
        // the thousand nearest pictures of one parent must not displace other parents
        try (Directory directory = new ByteBuffersDirectory()) {
            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
                for (int p = 0; p < 5; p++) {
                    List<Document> block = new ArrayList<>();
                    for (int c = 0; c < (p == 0 ? 1000 : 1); c++) {
                        Document child = new Document();
                        child.add(new KnnFloatVectorField(RandomIndex.VECTOR, new float[] {p, c / 1000f}));
                        child.add(new KnnByteVectorField(RandomIndex.HASH, new byte[] {(byte) ((1 << p) - 1)}));
                        block.add(child);
                    }
                    Document parent = new Document();
                    parent.add(new StringField("kind", "parent", Field.Store.NO));
                    block.add(parent);
                    writer.addDocuments(block);
                }
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                HashKnnQuery query = TestKnn.query(
                        TestKnn.scoring(RandomIndex.VECTOR, new float[] {0, 0}, Metric.L2_NORM, null),
                        TestKnn.selection(CandidateMethod.HAMMING, new QueryCode(RandomIndex.HASH, new byte[1])),
                        new SearchLimits(3, 3, 8, 0),
                        RandomIndex.PARENTS);
                ScoreDoc[] hits = new IndexSearcher(reader).search(query, 10).scoreDocs;
                assertEquals(3, hits.length);
                assertEquals(0, hits[0].doc);
                assertEquals(1f, hits[0].score, 0);
                assertEquals(1f / 2, hits[1].score, 0);
                assertEquals(1f / 5, hits[2].score, 0);
            }
        }
    }
}
