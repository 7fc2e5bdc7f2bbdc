package io.lookalike.search;

import io.lookalike.image.Symmetry;
import io.lookalike.search.RandomIndex.Kind;
import io.lookalike.search.RandomIndex.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.tests.search.QueryUtils;
import org.apache.lucene.tests.util.TestUtil;
import org.elasticsearch.test.ESTestCase;

public class HashRadiusQueryTests extends ESTestCase {
    private Directory directory() throws IOException {
        return randomBoolean() ? new ByteBuffersDirectory() : new MMapDirectory(createTempDir());
    }

    private RandomIndex index(Directory directory, int codeBytes, int mostInSegment) throws IOException {
        Shape shape = new Shape(Kind.FLOATS, 2, codeBytes, true, true, randomInt(3) == 0, randomFrom(0.0, 0.1, 0.5));
        RandomIndex index =
                new RandomIndex(random(), directory, randomBoolean() ? TestUtil.getDefaultCodec() : null, shape);
        for (int s = randomIntBetween(1, 4); s > 0; s--) {
            index.addSegment(randomIntBetween(1, mostInSegment));
        }
        if (randomBoolean()) {
            index.deleteSome(randomIntBetween(2, 10));
        }
        return index;
    }

    private static List<String> expected(RandomIndex index, byte[] code, int radius, RandomIndex.Rule rule)
            throws IOException {
        List<String> expected = new ArrayList<>();
        for (Truth.Doc doc : index.docs(rule)) {
            if (doc.accepted() && doc.code() != null && Truth.hamming(code, doc.code()) <= radius) {
                int bits = 8 * code.length;
                expected.add(doc.doc() + "=" + (bits - Truth.hamming(code, doc.code())) / (float) bits);
            }
        }
        return expected;
    }

    private static List<String> answer(Query query, IndexSearcher searcher) throws IOException {
        ScoreDoc[] hits = searcher.search(query, 1_000_000).scoreDocs;
        for (int i = 1; i < hits.length; i++) {
            assertTrue(hits[i - 1].score >= hits[i].score);
        }
        List<ScoreDoc> byDoc = new ArrayList<>(List.of(hits));
        byDoc.sort((a, b) -> Integer.compare(a.doc, b.doc));
        List<String> answer = new ArrayList<>();
        for (ScoreDoc hit : byDoc) {
            answer.add(hit.doc + "=" + hit.score);
        }
        return answer;
    }

    public void testEveryDocumentWithinTheRadius() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (int i = 0; i < 60; i++) {
                try (Directory directory = directory();
                        RandomIndex index = index(directory, randomFrom(1, 4, 8, 9, 32), 200)) {
                    byte[] code = index.code();
                    int radius = randomIntBetween(0, 8 * code.length);
                    QueryCode searched = new QueryCode(RandomIndex.HASH, code);
                    Query query = new HashRadiusQuery(List.of(searched), radius, null, null);
                    IndexSearcher searcher = new IndexSearcher(index.reader);
                    List<String> expected = expected(index, code, radius, s -> true);
                    assertEquals(expected, answer(query, searcher));
                    assertEquals(expected, answer(query, new IndexSearcher(index.reader, threads)));
                    assertEquals(expected.size(), searcher.count(query));

                    Query withTag = new BooleanQuery.Builder()
                            .add(query, BooleanClause.Occur.MUST)
                            .add(new TermQuery(new Term("tag", "7")), BooleanClause.Occur.FILTER)
                            .build();
                    assertEquals(expected(index, code, radius, s -> s.tag() == 7), answer(withTag, searcher));
                }
            }
        } finally {
            threads.shutdown();
            assertTrue(threads.awaitTermination(10, TimeUnit.SECONDS));
        }
    }

    /** With several codes, such as those of a picture and its turned copies, the nearest counts. */
    public void testTheNearestOfSeveralCodes() throws IOException {
        for (int i = 0; i < 10; i++) {
            try (Directory directory = directory();
                    RandomIndex index = index(directory, 8, 60)) {
                List<QueryCode> codes = new ArrayList<>();
                for (int c = 0; c < 8; c++) {
                    codes.add(new QueryCode(RandomIndex.HASH, index.code()));
                }
                int radius = randomIntBetween(20, 40);
                Query query = new HashRadiusQuery(codes, radius, null, null);
                IndexSearcher searcher = new IndexSearcher(index.reader);
                List<String> expected = new ArrayList<>();
                for (Truth.Doc doc : index.docs(s -> true)) {
                    if (doc.accepted() && doc.code() != null) {
                        int nearest = 64;
                        int which = 0;
                        for (int c = 0; c < 8; c++) {
                            int distance = Truth.hamming(codes.get(c).bytes(), doc.code());
                            which = distance < nearest ? c : which;
                            nearest = Math.min(nearest, distance);
                        }
                        String explained = searcher.explain(query, doc.doc()).toString();
                        assertTrue(
                                explained,
                                explained.contains(nearest + " = hamming distance of [" + RandomIndex.HASH
                                        + "] to the query's code of the picture [" + Symmetry.ALL.get(which)
                                        + "], of 64 bits; at most [" + radius + "] match"));
                        if (nearest <= radius) {
                            expected.add(doc.doc() + "=" + (64 - nearest) / 64f);
                        }
                    }
                }
                assertEquals(expected, answer(query, searcher));
                assertEquals(
                        "hash_radius[" + RandomIndex.HASH + ",max_distance=" + radius + ",transforms=dihedral]",
                        query.toString());
                assertEquals(query, new HashRadiusQuery(List.copyOf(codes), radius, null, null));
                assertFalse(query.equals(new HashRadiusQuery(codes.subList(0, 1), radius, null, null)));
            }
        }
    }

    public void testFingerprint() throws IOException {
        FingerprintRule mine = new FingerprintRule(RandomIndex.ENCODER, RandomIndex.MINE, "photos", "[i][0]", null);
        for (int i = 0; i < 10; i++) {
            try (Directory directory = directory();
                    RandomIndex index = index(directory, 2, 100)) {
                byte[] code = index.code();
                Query query = new HashRadiusQuery(List.of(new QueryCode(RandomIndex.HASH, code)), 16, mine, null);
                assertEquals(
                        expected(index, code, 16, s -> RandomIndex.MINE.equals(s.fingerprint())),
                        answer(query, new IndexSearcher(index.reader)));
                long others = index.docs(s -> !RandomIndex.MINE.equals(s.fingerprint())).stream()
                        .filter(d -> d.accepted() && d.code() != null)
                        .count();
                List<String> warnings = new ArrayList<>();
                if (others > 0) {
                    warnings.add("[" + others
                            + "] documents of shard [i][0] carry another fingerprint, or none, in [photo.encoder] "
                            + "than encoder"
                            + " [photos] has and were left out; index them again through its pipeline, or name their"
                            + " encoder");
                }
                long lacking = lacking(index);
                if (lacking > 0) {
                    warnings.add("[" + lacking
                            + "] documents of shard [i][0] name the encoder in [photo.encoder] but have no ["
                            + RandomIndex.HASH
                            + "], and are not found by this search; index them again through a pipeline");
                }
                if (!warnings.isEmpty()) {
                    assertWarnings(warnings.toArray(String[]::new));
                }
            }
        }
    }

    private static long lacking(RandomIndex index) throws IOException {
        return index.docs(s -> RandomIndex.MINE.equals(s.fingerprint())).stream()
                .filter(d -> d.accepted() && d.code() == null)
                .count();
    }

    /**
     * Near documents of low quality are left out, counted and explained; those of other fingerprints, or farther away,
     * are not counted.
     */
    public void testQuality() throws IOException {
        Query poor = new TermQuery(new Term("tag", "7"));
        LeastQuality quality = new LeastQuality("photo.quality", 20, poor, "[i][0]");
        for (int i = 0; i < 20; i++) {
            try (Directory directory = directory();
                    RandomIndex index = index(directory, 2, 100)) {
                byte[] code = index.code();
                int radius = randomIntBetween(2, 12);
                HashRadiusQuery query =
                        new HashRadiusQuery(List.of(new QueryCode(RandomIndex.HASH, code)), radius, null, quality);
                IndexSearcher searcher = new IndexSearcher(index.reader);
                assertEquals(
                        expected(index, code, radius, s -> s.tag() == 7).size(),
                        searcher.count(query.withoutContent()));
                assertEquals(expected(index, code, radius, s -> s.tag() != 7), answer(query, searcher));
                int leftOut = expected(index, code, radius, s -> s.tag() == 7).size();
                for (Truth.Doc doc : index.docs(s -> s.tag() == 7)) {
                    if (doc.accepted() && doc.code() != null && Truth.hamming(code, doc.code()) <= radius) {
                        String explained = searcher.explain(query, doc.doc()).toString();
                        assertTrue(explained, explained.contains("[photo.quality] is under [min_quality] [20]"));
                    }
                }
                if (leftOut > 0) {
                    assertWarnings("[" + leftOut
                            + "] documents of shard [i][0] are within [max_distance] but have a "
                            + "[photo.quality] under [20], too little content to tell them by, and "
                            + "were left out; set [min_quality] to [0] to get them");
                }
                assertEquals(
                        "hash_radius[" + RandomIndex.HASH + ",max_distance=" + radius + ",min_quality=20]",
                        query.toString());
                assertFalse(query.equals(
                        new HashRadiusQuery(List.of(new QueryCode(RandomIndex.HASH, code)), radius, null, null)));
            }
        }
    }

    /** More codes than a block, so that other clauses skip blocks and continue in the middle of one. */
    public void testManyCodes() throws IOException {
        try (Directory directory = directory();
                RandomIndex index = new RandomIndex(
                        random(),
                        directory,
                        TestUtil.getDefaultCodec(),
                        new Shape(Kind.FLOATS, 1, 2, true, true, false, 0.05))) {
            index.addSegment(randomIntBetween(9_000, 13_000));
            byte[] code = index.code();
            for (int radius : new int[] {0, 3, 8, 16}) {
                Query query = new HashRadiusQuery(List.of(new QueryCode(RandomIndex.HASH, code)), radius, null, null);
                IndexSearcher searcher = new IndexSearcher(index.reader);
                assertEquals(expected(index, code, radius, s -> true), answer(query, searcher));
                BooleanQuery.Builder few = new BooleanQuery.Builder();
                List<Integer> ids = new ArrayList<>();
                for (int i = 0; i < 30; i++) {
                    ids.add(randomInt(index.size() - 1));
                    few.add(new TermQuery(new Term("key", "" + ids.get(i))), BooleanClause.Occur.SHOULD);
                }
                Query both = new BooleanQuery.Builder()
                        .add(query, BooleanClause.Occur.MUST)
                        .add(few.build(), BooleanClause.Occur.FILTER)
                        .build();
                assertEquals(expected(index, code, radius, s -> ids.contains(s.id())), answer(both, searcher));
            }
        }
    }

    public void testContractOfQueries() throws IOException {
        for (int i = 0; i < 10; i++) {
            try (Directory directory = directory();
                    RandomIndex index = index(directory, 2, 100)) {
                index.forceMerge(); // this check knows no deletes
                Query query = new HashRadiusQuery(
                        List.of(new QueryCode(RandomIndex.HASH, index.code())), randomIntBetween(0, 16), null, null);
                QueryUtils.check(random(), query, new IndexSearcher(index.reader));
            }
        }
    }
}
