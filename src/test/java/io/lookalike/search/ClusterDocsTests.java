package io.lookalike.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnByteVectorField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.elasticsearch.search.internal.ContextIndexSearcher;
import org.elasticsearch.tasks.TaskCancelledException;
import org.elasticsearch.test.ESTestCase;

public class ClusterDocsTests extends ESTestCase {
    private static final String FIELD = "c";
    private static final String HASH = "h";
    private static final int DOCS = 150_000;
    private static final int CLUSTERS = 30;

    /** The body of a test. */
    private interface Look {
        void at(List<Set<Integer>> documents, LeafReader reader, IndexSearcher searcher) throws IOException;
    }

    /** Some clusters lie in long runs, so that windows are skipped; others are everywhere. */
    private static void index(Look look) throws IOException {
        List<Set<Integer>> documents = new ArrayList<>();
        try (Directory directory = new ByteBuffersDirectory()) {
            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
                for (int i = 0; i < DOCS; i++) {
                    Set<Integer> clusters = new TreeSet<>();
                    if (randomInt(9) > 0) {
                        clusters.add(i / 20_000);
                    }
                    if (randomInt(99) == 0) {
                        clusters.add(10 + randomInt(CLUSTERS - 11));
                    }
                    documents.add(clusters);
                    Document document = new Document();
                    clusters.forEach(cluster -> document.add(new StringField(FIELD, "" + cluster, Field.Store.NO)));
                    document.add(new StringField("odd", "" + i % 2, Field.Store.NO));
                    if (i % 100 < 3) {
                        document.add(new KnnByteVectorField(HASH, new byte[1]));
                    }
                    writer.addDocument(document);
                }
                writer.forceMerge(1);
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                look.at(documents, reader.leaves().get(0).reader(), new IndexSearcher(reader));
            }
        }
    }

    private static int[] order() {
        List<Integer> order = new ArrayList<>();
        for (int cluster = 0; cluster < CLUSTERS; cluster++) {
            order.add(randomInt(order.size()), cluster);
        }
        return order.stream().mapToInt(Integer::intValue).toArray();
    }

    private static boolean in(Set<Integer> clusters, int[] order, int probed) {
        for (int i = 0; i < probed; i++) {
            if (clusters.contains(order[i])) {
                return true;
            }
        }
        return false;
    }

    public void testDocumentsAreThoseOfALoop() throws IOException {
        index((documents, reader, searcher) -> {
            for (int i = 0; i < 20; i++) {
                int[] order = order();
                int probed = randomIntBetween(1, CLUSTERS);
                ClusterDocs docs = new QueryClusters(FIELD, order, 1).docs(reader, probed, searcher);
                int doc = 0;
                int found = 0;
                long within = 0;
                // in small and large steps, and from the last answer
                int step = randomFrom(1, 3, 1000, 70_000);
                while (docs != null && doc < DOCS) {
                    int expected = doc;
                    while (expected < DOCS && !in(documents.get(expected), order, probed)) {
                        expected++;
                    }
                    int next = docs.next(doc);
                    assertEquals(expected == DOCS ? DocIdSetIterator.NO_MORE_DOCS : expected, next);
                    found++;
                    doc = randomBoolean() ? expected + 1 : doc + randomIntBetween(1, step);
                }
                for (Set<Integer> clusters : documents) {
                    for (int p = 0; p < probed; p++) {
                        within += clusters.contains(order[p]) ? 1 : 0;
                    }
                }
                assertEquals(within, docs == null ? 0 : docs.documents());
                assertEquals(within > 0, found > 0);
            }
        });
    }

    public void testThoseThatAFilterMatchesToo() throws IOException {
        index((documents, reader, searcher) -> {
            for (int i = 0; i < 10; i++) {
                int[] order = order();
                int probed = randomIntBetween(8, CLUSTERS);
                int last = randomInt(7);
                Query filter = randomBoolean()
                        ? new TermQuery(new Term(FIELD, "" + last))
                        : new BooleanQuery.Builder()
                                .add(new TermQuery(new Term(FIELD, "" + last)), BooleanClause.Occur.MUST)
                                .add(new TermQuery(new Term("odd", "1")), BooleanClause.Occur.MUST)
                                .build();
                boolean odd = filter instanceof BooleanQuery;
                int without = randomInt(9);
                Query excluded = new TermQuery(new Term(FIELD, "" + without));
                EligibleDocs.Walk walk = new EligibleDocs(HASH, filter, excluded, null)
                        .on(searcher, false)
                        .leaves()[0]
                        .walk(randomFrom(1L, 1000L, EligibleDocs.Leaf.ALL));
                ClusterDocs docs = new QueryClusters(FIELD, order, 1).docs(reader, probed, searcher);
                int doc = 0;
                while (docs != null && doc < DOCS) {
                    int expected = doc;
                    while (expected < DOCS
                            && !(in(documents.get(expected), order, probed)
                                    && documents.get(expected).contains(last)
                                    && !documents.get(expected).contains(without)
                                    && (!odd || expected % 2 == 1))) {
                        expected++;
                    }
                    assertEquals(expected == DOCS ? DocIdSetIterator.NO_MORE_DOCS : expected, docs.next(doc, walk));
                    doc = randomBoolean() ? expected + 1 : doc + randomIntBetween(1, 10_000);
                }
            }
        });
    }

    public void testSegmentWithoutAnyOfTheClusters() throws IOException {
        index((documents, reader, searcher) -> {
            assertNull(new QueryClusters(FIELD, new int[] {CLUSTERS, 0}, 1).docs(reader, 1, searcher));
            assertNotNull(new QueryClusters(FIELD, new int[] {CLUSTERS, 0}, 1).docs(reader, 2, searcher));
            assertNull(new QueryClusters("other", new int[] {0}, 1).docs(reader, 1, searcher));
        });
    }

    public void testPlaceOfADocument() throws IOException {
        index((documents, reader, searcher) -> {
            for (int i = 0; i < 200; i++) {
                int[] order = order();
                int doc = randomInt(DOCS - 1);
                int place = 0;
                for (int p = CLUSTERS; p > 0; p--) {
                    place = documents.get(doc).contains(order[p - 1]) ? p : place;
                }
                assertEquals(place, new QueryClusters(FIELD, order, 1).place(reader, doc));
            }
            assertEquals(0, new QueryClusters("other", new int[] {0}, 1).place(reader, 0));
        });
    }

    public void testCancellation() throws IOException {
        index((documents, reader, searcher) -> {
            ContextIndexSearcher cancelled = new ContextIndexSearcher(
                    searcher.getIndexReader(),
                    IndexSearcher.getDefaultSimilarity(),
                    null,
                    IndexSearcher.getDefaultQueryCachingPolicy(),
                    true);
            AtomicInteger looks = new AtomicInteger();
            cancelled.addQueryCancellation(() -> {
                if (looks.incrementAndGet() == 2) {
                    throw new TaskCancelledException("enough");
                }
            });
            ClusterDocs docs = new QueryClusters(FIELD, order(), 1).docs(reader, CLUSTERS, cancelled);
            int first = docs.next(0);
            expectThrows(TaskCancelledException.class, () -> docs.next(first + ClusterDocs.WINDOW));
        });
    }
}
