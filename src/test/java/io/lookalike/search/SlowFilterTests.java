package io.lookalike.search;

import io.lookalike.search.frame.Helpers;
import io.lookalike.search.frame.Slicing;
import io.lookalike.vectors.Metric;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.ConstantScoreScorer;
import org.apache.lucene.search.ConstantScoreWeight;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.TwoPhaseIterator;
import org.apache.lucene.search.Weight;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.elasticsearch.search.internal.ContextIndexSearcher;
import org.elasticsearch.tasks.TaskCancelledException;
import org.elasticsearch.test.ESTestCase;

/** Filters that run code for each document, as those of runtime fields do. */
public class SlowFilterTests extends ESTestCase {
    private static final int DOCS = 3000;

    /** Matches by code, and counts how often two threads run it at once. */
    private static final class CodeFilter extends Query {
        private final IntPredicate matches;
        private final AtomicInteger running = new AtomicInteger();
        private final AtomicInteger overlaps = new AtomicInteger();
        private final AtomicInteger asked = new AtomicInteger();

        CodeFilter(IntPredicate matches) {
            this.matches = matches;
        }

        @Override
        public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost) {
            return new ConstantScoreWeight(this, boost) {
                @Override
                public ScorerSupplier scorerSupplier(LeafReaderContext context) {
                    DocIdSetIterator all = DocIdSetIterator.all(context.reader().maxDoc());
                    return new DefaultScorerSupplier(new ConstantScoreScorer(1, scoreMode, check(all)));
                }

                @Override
                public boolean isCacheable(LeafReaderContext context) {
                    return false;
                }
            };
        }

        private TwoPhaseIterator check(DocIdSetIterator all) {
            return new TwoPhaseIterator(all) {
                @Override
                public boolean matches() {
                    asked.incrementAndGet();
                    if (running.incrementAndGet() > 1) {
                        overlaps.incrementAndGet();
                    }
                    for (int i = 0; i < 200; i++) {
                        Thread.onSpinWait();
                    }
                    running.decrementAndGet();
                    return matches.test(all.docID());
                }

                @Override
                public float matchCost() {
                    return 1000;
                }
            };
        }

        @Override
        public String toString(String field) {
            return "code";
        }

        @Override
        public void visit(QueryVisitor visitor) {}

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    private static ByteBuffersDirectory index() throws IOException {
        ByteBuffersDirectory directory = new ByteBuffersDirectory();
        try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
            for (int i = 0; i < DOCS; i++) {
                Document document = new Document();
                document.add(
                        new KnnFloatVectorField("v", new float[] {i, 1, 2, 3}, VectorSimilarityFunction.EUCLIDEAN));
                writer.addDocument(document);
            }
            writer.forceMerge(1);
        }
        return directory;
    }

    private static HashKnnQuery query(Query filter, Executor helpers) {
        return new HashKnnQuery(
                TestKnn.scoring("v", new float[4], Metric.L2_NORM, null),
                TestKnn.selection(CandidateMethod.ALL, null),
                new SearchLimits(DOCS, DOCS, 0, Float.NEGATIVE_INFINITY),
                new EligibleDocs("v", filter, null, null),
                null,
                new Slicing(100, new Helpers(4, helpers, () -> 1), 1 << 12));
    }

    public void testRunsOnceAtATimeInASegment() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try (ByteBuffersDirectory directory = index();
                DirectoryReader reader = DirectoryReader.open(directory)) {
            CodeFilter filter = new CodeFilter(doc -> doc % 3 == 0);
            assertEquals(DOCS / 3, new IndexSearcher(reader).count(query(filter, threads)));
            assertTrue("asked " + filter.asked.get(), filter.asked.get() >= DOCS);
            assertEquals(0, filter.overlaps.get());
        } finally {
            threads.shutdown();
            assertTrue(threads.awaitTermination(10, TimeUnit.SECONDS));
        }
    }

    public void testIsCancelledThoughNothingMatches() throws IOException {
        try (ByteBuffersDirectory directory = index();
                DirectoryReader reader = DirectoryReader.open(directory)) {
            ContextIndexSearcher searcher = new ContextIndexSearcher(
                    reader,
                    IndexSearcher.getDefaultSimilarity(),
                    null,
                    IndexSearcher.getDefaultQueryCachingPolicy(),
                    true);
            CodeFilter filter = new CodeFilter(doc -> false);
            searcher.addQueryCancellation(() -> {
                if (filter.asked.get() > 0) {
                    throw new TaskCancelledException("enough");
                }
            });
            expectThrows(
                    TaskCancelledException.class,
                    () -> searcher.createWeight(query(filter, Runnable::run), ScoreMode.COMPLETE, 1));
            assertTrue("asked " + filter.asked.get(), filter.asked.get() < DOCS / 2);
        }
    }

    /**
     * Two threads want the hits of one query: the one that waits for the other's search stops when its own search is
     * cancelled.
     */
    public void testWhoWaitsForAnotherIsCancelledAlone() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CodeFilter filter = new CodeFilter(doc -> {
            started.countDown();
            try {
                return goOn.await(60, TimeUnit.SECONDS) && doc % 3 == 0;
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        HashKnnQuery query = query(filter, task -> {});
        ExecutorService threads = Executors.newFixedThreadPool(1);
        try (ByteBuffersDirectory directory = index();
                DirectoryReader reader = DirectoryReader.open(directory)) {
            Future<Integer> first = threads.submit(() -> new IndexSearcher(reader).count(query));
            assertTrue(started.await(60, TimeUnit.SECONDS));
            ContextIndexSearcher cancelled = new ContextIndexSearcher(
                    reader,
                    IndexSearcher.getDefaultSimilarity(),
                    null,
                    IndexSearcher.getDefaultQueryCachingPolicy(),
                    true);
            cancelled.addQueryCancellation(() -> {
                throw new TaskCancelledException("enough");
            });
            expectThrows(TaskCancelledException.class, () -> query.createWeight(cancelled, ScoreMode.COMPLETE, 1));
            assertFalse(first.isDone());
            goOn.countDown();
            assertEquals(DOCS / 3, (int) first.get(60, TimeUnit.SECONDS));
        } finally {
            goOn.countDown();
            threads.shutdown();
            assertTrue(threads.awaitTermination(60, TimeUnit.SECONDS));
        }
    }
}
