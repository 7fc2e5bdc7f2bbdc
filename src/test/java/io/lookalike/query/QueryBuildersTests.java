package io.lookalike.query;

import static io.lookalike.query.QueryParsing.json;
import static io.lookalike.query.QueryParsing.knn;
import static io.lookalike.query.QueryParsing.overTheWire;
import static io.lookalike.query.QueryParsing.parse;
import static io.lookalike.query.QueryParsing.radius;
import static io.lookalike.query.QueryParsing.resolved;
import static io.lookalike.query.QueryParsing.vectorBuilder;

import io.lookalike.search.CandidateMethod;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.test.ESTestCase;
import org.junit.function.ThrowingRunnable;

/** Parsing, comparing and sending of both queries. */
public class QueryBuildersTests extends ESTestCase {
    private static final String PICTURE = "c2VjcmV0IHBpY3R1cmUgYnl0ZXM=";

    /** Random parameters of a query, without a picture. */
    private static String randomKnn() {
        List<String> parts = new ArrayList<>();
        parts.add("'field':'" + randomFrom("photo.vector", "v") + "'");
        CandidateMethod candidates = randomFrom(CandidateMethod.values());
        parts.add("'candidates':'" + candidates + "'");
        if (randomBoolean()) {
            parts.add("'query_vector':[1,-2.5,3e-3]");
            if (randomBoolean()) {
                parts.add("'query_hash':'00ff80'");
            }
        } else {
            parts.add("'like':{'id':'" + randomAlphaOfLength(3) + "'"
                    + (randomBoolean() ? ",'index':'i','path':'p.v','routing':'r'" : "") + "}");
            parts.add("'include_self':" + randomBoolean());
        }
        if (randomBoolean()) {
            parts.add("'hash_field':'codes'");
        }
        if (randomBoolean()) {
            parts.add("'encoder':'photos'");
        }
        if (randomBoolean()) {
            parts.add("'k':" + randomIntBetween(1, 20));
        }
        if (randomBoolean()) {
            parts.add("'num_candidates':" + randomIntBetween(20, 10_000));
        }
        if (candidates.byCode() && randomBoolean()) {
            parts.add("'max_distance':" + randomIntBetween(0, 100));
        }
        if (candidates == CandidateMethod.LSH && randomBoolean()) {
            parts.add("'min_tables':" + randomIntBetween(1, 256));
        }
        if (candidates == CandidateMethod.CLUSTERS && randomBoolean()) {
            parts.add("'probes':" + randomIntBetween(1, 65_536));
        }
        if (randomBoolean()) {
            parts.add("'cluster_field':'kinds'");
        }
        if (randomBoolean()) {
            parts.add("'buckets_field':'terms'");
        }
        if (randomBoolean()) {
            parts.add("'metric':'" + randomFrom("l2_norm", "l1", "cosine", "correlation", "hamming", "tables") + "'");
        } else if (candidates.byCode() && randomBoolean()) {
            parts.add("'num_exact':20");
        }
        if (randomBoolean()) {
            parts.add("'norm_field':'lengths'");
        }
        if (randomBoolean()) {
            parts.add("'normalize_vectors':'" + randomFrom("none", "l2", "sum") + "'");
        }
        if (randomBoolean()) {
            parts.add("'similarity':" + randomIntBetween(0, 10) / 10f);
        }
        if (randomBoolean()) {
            parts.add("'filter':[{'term':{'a':{'value':'" + randomAlphaOfLength(2) + "'}}},{'match_all':{}}]");
        }
        if (randomBoolean()) {
            parts.add("'boost':2.5,'_name':'mine'");
        }
        return String.join(",", parts);
    }

    private static String randomRadius() {
        List<String> parts = new ArrayList<>();
        parts.add("'field':'" + randomFrom("photo.phash", "h") + "'");
        parts.add("'max_distance':" + randomInt(20));
        parts.add(
                randomBoolean()
                        ? "'query_hash':'" + randomFrom("00ff80", "12") + "'"
                        : "'like':{'id':'" + randomAlphaOfLength(3) + "'}");
        if (randomBoolean()) {
            parts.add("'encoder':'photos'");
        }
        if (randomBoolean()) {
            parts.add("'boost':0.5,'_name':'mine'");
        }
        return String.join(",", parts);
    }

    public void testJsonRoundTrip() throws IOException {
        for (int i = 0; i < 200; i++) {
            QueryBuilder query = randomBoolean() ? knn(randomKnn()) : radius(randomRadius());
            QueryBuilder again = parse(json(query));
            assertEquals(query, again);
            assertEquals(query.hashCode(), again.hashCode());
            assertEquals(json(query), json(again));
            assertEquals(query.boost(), again.boost(), 0);
            assertEquals(query.queryName(), again.queryName());
        }
    }

    /** Longer than any field: refused before the whole list is read. */
    public void testVectorsAndCodesThatNoFieldCanHold() {
        String vector = "0,".repeat(4096) + "0";
        assertEquals(
                "[query_vector] has more than [4096] dims, the most that a field can have",
                cause(() -> knn("'field':'v','query_vector':[" + vector + "]")));
        assertEquals(
                "[query_hash] has [8194] digits; a code has at most [32768] bits, [8192] digits",
                cause(() -> radius("'field':'h','max_distance':1,'query_hash':'" + "0".repeat(8194) + "'")));
    }

    /** Lists of bytes, as GET of a document shows them. */
    public void testCodesAsLists() throws IOException {
        String rest = "'field':'h','max_distance':1,'query_hash':";
        assertEquals(json(radius(rest + "'00ff807f'")), json(radius(rest + "[0,-1,-128,127.0]")));
        String knn = "'field':'v','query_vector':[1],'query_hash':";
        assertEquals(json(knn(knn + "'01'")), json(knn(knn + "[1]")));
        String bytes = "[query_hash] must be hex, or a list of bytes, each a whole number from [-128] to [127]; got ";
        assertEquals(bytes + "[128] at [1]", cause(() -> radius(rest + "[1,128]")));
        assertEquals(bytes + "[-129] at [0]", cause(() -> radius(rest + "[-129]")));
        assertEquals(bytes + "[0.5] at [0]", cause(() -> radius(rest + "[0.5]")));
        assertEquals(bytes + "[VALUE_STRING] at [0]", cause(() -> radius(rest + "['00']")));
        assertEquals(bytes + "[START_ARRAY] at [0]", cause(() -> radius(rest + "[[0]]")));
        assertEquals(
                "[query_hash] must be hex, or a list of bytes, each from [-128] to [127]; got [VALUE_NUMBER]",
                cause(() -> radius(rest + "12")));
        assertEquals(
                "[query_hash] has more than [4096] bytes, the most of a code",
                cause(() -> radius(rest + "[" + "0,".repeat(4096) + "0]")));
    }

    public void testAPictureIsATextOrBinary() {
        assertEquals(
                "[query_image] must hold a picture as base64, a data: URL or binary; got [VALUE_NUMBER]",
                cause(() -> knn("'field':'v','query_image':7")));
        assertEquals(
                "[image] must hold a picture as base64, a data: URL or binary; got [VALUE_NULL]",
                cause(() -> vectorBuilder("{'image':null}", null)));
    }

    public void testLongNamesAreCutInMessages() {
        String name = "n".repeat(300);
        assertEquals(
                "[candidates] must be one of [hamming, hnsw, lsh, clusters, all]; got [a text of 300]",
                cause(() -> knn("'field':'v','query_vector':[1],'candidates':'" + name + "'")));
    }

    private static String cause(ThrowingRunnable parsing) {
        Throwable cause = expectThrows(Exception.class, parsing);
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage();
    }

    public void testWireRoundTrip() throws IOException {
        for (int i = 0; i < 200; i++) {
            String fingerprint = randomBoolean() ? null : "f1";
            boolean like = randomBoolean();
            ResolvedInput input = new ResolvedInput(
                    new float[] {1, randomInt(9)},
                    randomBoolean() ? null : new byte[] {1, -1},
                    randomBoolean() ? null : randomFrom(List.<String>of(), List.of("0_1f"), List.of("0_1f", "1_0")),
                    new ResolvedInput.Encoded(
                            randomBoolean() ? null : new float[] {1, -1, randomInt(9)},
                            randomInt(3) / 4.0,
                            randomBoolean() ? null : randomFrom(new int[] {3}, new int[] {2, 0, 70_000})),
                    new ResolvedInput.Liked(
                            like ? new Like("i", "1", null, "r") : null, like ? "i" : null, randomBoolean()),
                    randomBoolean() ? null : "photos",
                    fingerprint,
                    randomBoolean());
            QueryBuilder query = knn(randomKnn()).withInput(input);
            QueryBuilder again = overTheWire(query);
            assertEquals(query, again);
            assertEquals(query.hashCode(), again.hashCode());
            assertEquals(json(query), json(again));
            HashRadiusQueryBuilder turned = radius(
                    "'field':'photo.phash','query_image':'" + PICTURE + "','max_distance':3,'transforms':'dihedral'");
            HashRadiusQueryBuilder withCodes =
                    turned.withInput(resolved(null, randomByteArrayOfLength(64), fingerprint));
            assertEquals(withCodes, overTheWire(withCodes));
            assertEquals(withCodes.hashCode(), overTheWire(withCodes).hashCode());
            assertTrue(json(withCodes), json(overTheWire(withCodes)).contains("\"transforms\":\"dihedral\""));
            ResolvedInput codes = resolved(null, new byte[] {1, (byte) randomInt(9)}, fingerprint);
            QueryBuilder near = radius(randomRadius()).withInput(codes);
            assertEquals(near, overTheWire(near));
        }
    }

    public void testWhatIsNotResolvedDoesNotTravel() throws IOException {
        for (QueryBuilder query : List.of(
                knn("'field':'v','query_image':'" + PICTURE + "'"),
                knn("'field':'v','like':{'id':'1'}"),
                knn("'field':'v','query_vector':[1]"),
                radius("'field':'h','query_hash':'00','max_distance':1"))) {
            IllegalStateException e = expectThrows(IllegalStateException.class, () -> overTheWire(query));
            assertEquals("a query by picture, vector or document travels only after its rewrite", e.getMessage());
        }
    }

    public void testDifferentQueriesDiffer() throws IOException {
        String base = "'field':'v','query_vector':[1,2],'query_hash':'00'";
        HashKnnQueryBuilder query = knn(base);
        for (String other : List.of(
                "'field':'w','query_vector':[1,2],'query_hash':'00'",
                "'field':'v','query_vector':[1,3],'query_hash':'00'",
                "'field':'v','query_vector':[1,2],'query_hash':'01'",
                "'field':'v','query_vector':[1,2]",
                base + ",'hash_field':'x'",
                base + ",'encoder':'x'",
                base + ",'k':3",
                base + ",'num_candidates':30",
                base + ",'num_exact':30",
                base + ",'norm_field':'lengths'",
                base + ",'candidates':'all'",
                base + ",'max_distance':3",
                base + ",'metric':'l1'",
                base + ",'metric':'tables'",
                base + ",'normalize_vectors':'l2'",
                base + ",'normalize_vectors':'sum'",
                base + ",'candidates':'hnsw'",
                base + ",'candidates':'lsh'",
                base + ",'candidates':'lsh','min_tables':2",
                base + ",'buckets_field':'x'",
                base + ",'candidates':'clusters'",
                base + ",'candidates':'clusters','probes':16",
                base + ",'candidates':'clusters','probes':17",
                base + ",'cluster_field':'x'",
                base + ",'similarity':0.5",
                base + ",'filter':{'match_all':{}}",
                base + ",'include_self':true",
                base + ",'boost':2",
                base + ",'_name':'x'")) {
            assertFalse(other, query.equals(knn(other)));
        }
        HashRadiusQueryBuilder near = radius("'field':'h','query_hash':'00','max_distance':3");
        for (String other : List.of(
                "'field':'g','query_hash':'00','max_distance':3",
                "'field':'h','query_hash':'01','max_distance':3",
                "'field':'h','query_hash':'00','max_distance':4",
                "'field':'h','query_hash':'00','max_distance':3,'encoder':'x'",
                "'field':'h','like':{'id':'00'},'max_distance':3")) {
            assertFalse(other, near.equals(radius(other)));
        }
        assertFalse(knn(base)
                .withInput(resolved(new float[] {1, 2}, null, "a"))
                .equals(knn(base).withInput(resolved(new float[] {1, 2}, null, "b"))));
        ResolvedInput input = resolved(new float[] {1, 2}, null, "a");
        assertFalse(knn(base)
                .withInput(QueryParsing.inBuckets(input, "0_1"))
                .equals(knn(base).withInput(QueryParsing.inBuckets(input, "0_2"))));
        assertFalse(knn(base)
                .withInput(QueryParsing.near(input, 0, 1))
                .equals(knn(base).withInput(QueryParsing.near(input, 1, 0))));
        assertFalse(near.withInput(resolved(null, null, "a")).equals(HashRadiusQueryBuilder.leftOut("h", "a", null)));
    }

    public void testAPictureIsNeverPrinted() throws IOException {
        QueryBuilder vectorBuilder = knn("'field':'v','query_vector_builder':{'image_embedding':{'image':'" + PICTURE
                + "','encoder':'photos'}}");
        for (QueryBuilder query : List.of(
                knn("'field':'v','query_image':'" + PICTURE + "'"),
                radius("'field':'h','query_image':'" + PICTURE + "','max_distance':1"),
                vectorBuilder)) {
            assertFalse(json(query), json(query).contains("c2VjcmV0"));
            assertTrue(json(query), json(query).contains("… [28] characters"));
            assertFalse(query.toString().contains("c2VjcmV0"));
        }
    }

    private static void refused(String expected, String query) {
        Exception e = expectThrows(IllegalArgumentException.class, () -> parse(query));
        StringBuilder messages = new StringBuilder();
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (expected.equals(t.getMessage())) {
                return;
            }
            messages.append(t).append('\n');
        }
        fail("no [" + expected + "] among " + messages);
    }

    private static void knnRefused(String expected, String body) {
        refused(expected, "{'hash_knn':{" + body + "}}");
    }

    public void testMistakesInHashKnn() {
        knnRefused("[hash_knn] needs [field], the field of the vectors, such as [photo.vector]", "'query_vector':[1]");
        String one = "[hash_knn] needs exactly one of [query_image], [query_vector], [query_vector_builder] and [like]";
        knnRefused(one, "'field':'v'");
        knnRefused(one, "'field':'v','query_vector':[1],'query_image':'x'");
        knnRefused(one, "'field':'v','query_vector':[1],'like':{'id':'1'}");
        knnRefused(one, "'field':'v','query_image':'x','query_hash':'00'");
        knnRefused(
                "[hash_knn] has [query_hash] alone and cannot score; add [query_vector], or use [hash_radius]",
                "'field':'v','query_hash':'00'");
        knnRefused(
                "[query_hash] must be hex, two digits a byte; got [0g]",
                "'field':'v','query_vector':[1],'query_hash':'0g'");
        knnRefused(
                "[query_hash] must be hex, two digits a byte; got [000]",
                "'field':'v','query_vector':[1],'query_hash':'000'");
        knnRefused(
                "[query_hash] must be hex, two digits a byte; got [" + "z".repeat(40) + "…]",
                "'field':'v','query_vector':[1],'query_hash':'" + "z".repeat(1000) + "'");
        String ok = "'field':'v','query_vector':[1],";
        knnRefused("[k] must be from [1] to [10000]; got [0]", ok + "'k':0");
        knnRefused("[k] must be from [1] to [10000]; got [10001]", ok + "'k':10001");
        knnRefused("[num_candidates] must be from [1] to [10000]; got [0]", ok + "'num_candidates':0");
        knnRefused("[num_candidates] must be from [1] to [10000]; got [10001]", ok + "'num_candidates':10001");
        knnRefused(
                "[num_candidates] must be at least [k]; got num_candidates [5] and k [10]",
                ok + "'k':10,'num_candidates':5");
        knnRefused("[num_exact] must be from [1] to [10000]; got [0]", ok + "'num_exact':0");
        knnRefused(
                "[num_exact] must be from [10], [k], to [50], [num_candidates]; got [9]",
                ok + "'k':10,'num_candidates':50,'num_exact':9");
        knnRefused(
                "[num_exact] must be from [1] to [50], [num_candidates]; got [51]",
                ok + "'num_candidates':50,'num_exact':51");
        knnRefused(
                "[num_exact] chooses among candidates by their codes and does not apply to [candidates] [lsh]; "
                        + "leave it out, or use [hamming]",
                ok + "'candidates':'lsh','num_exact':50");
        knnRefused(
                "[num_exact] bounds the vectors that are read, and [metric] [hamming] reads none; leave it out, or "
                        + "use another metric",
                ok + "'metric':'hamming','num_exact':50");
        knnRefused("[max_distance] must be at least [0]; got [-1]", ok + "'max_distance':-1");
        knnRefused(
                "[max_distance] bounds the Hamming distance of candidates and does not apply to [candidates] [all]; "
                        + "leave it out, or use [hamming]",
                ok + "'candidates':'all','max_distance':1");
        knnRefused(
                "[max_distance] bounds the Hamming distance of candidates and does not apply to [candidates] [lsh]; "
                        + "leave it out, or use [min_tables] or [candidates] [hamming]",
                ok + "'candidates':'lsh','max_distance':1");
        knnRefused("[bits] must be a multiple of [8], at least [8]; got [12]", ok + "'bits':12");
        knnRefused("[bits] must be a multiple of [8], at least [8]; got [0]", ok + "'bits':0");
        knnRefused("[tables] must be at least [1]; got [0]", ok + "'candidates':'lsh','tables':0");
        knnRefused(
                "[num_exact] estimates by whole codes and cannot be combined with [bits]; leave one of them out",
                ok + "'num_exact':50,'bits':32");
        for (String other : List.of("hnsw", "lsh", "all")) {
            knnRefused(
                    "[bits] is how many of a code's bits candidates are chosen by and does not apply to [candidates] ["
                            + other + "]; leave it out, or use [hamming]",
                    ok + "'candidates':'" + other + "','bits':32");
        }
        knnRefused(
                "[tables] is how many hash tables candidates are chosen by and does not apply to [candidates] "
                        + "[hamming]; leave it out, or use [lsh]",
                ok + "'tables':2");
        for (String other : List.of("hamming", "hnsw", "lsh", "all")) {
            knnRefused(
                    "[probes] bounds the clusters that are looked into and does not apply to [candidates] [" + other
                            + "]; leave it out, or use [clusters]",
                    ok + "'candidates':'" + other + "','probes':1");
        }
        for (int probes : new int[] {0, -1, 65_537}) {
            knnRefused(
                    "[probes] must be from [1] to [65536]; got [" + probes + "]",
                    ok + "'candidates':'clusters','probes':" + probes);
        }
        for (String other : List.of("hamming", "hnsw", "clusters", "all")) {
            knnRefused(
                    "[min_tables] bounds the hash tables that agree and does not apply to [candidates] [" + other
                            + "]; leave it out, or use [lsh]",
                    ok + "'candidates':'" + other + "','min_tables':1");
        }
        knnRefused("[min_tables] must be at least [1]; got [0]", ok + "'candidates':'lsh','min_tables':0");
        knnRefused(
                "[candidates] must be one of [hamming, hnsw, lsh, clusters, all]; got [best]",
                ok + "'candidates':'best'");
        knnRefused(
                "[metric] must be one of [l2_norm, l1, cosine, dot_product, correlation, chi_squared, hamming, "
                        + "tables]; got [l3]",
                ok + "'metric':'l3'");
        knnRefused("[normalize_vectors] must be one of [none, l2, sum]; got [l1]", ok + "'normalize_vectors':'l1'");
        knnRefused(
                "[similarity] is the least score kept and must be at least [0]; got [-0.5]", ok + "'similarity':-0.5");
        knnRefused(
                "[query_vector] has [-1.0] at [1]; [chi_squared] takes no negative components",
                "'field':'v','query_vector':[1,-1],'metric':'chi_squared'");
        knnRefused(
                "[query_vector] has [Infinity] at [1]; all values must be finite",
                "'field':'v','query_vector':[1,1e99]");
    }

    public void testMistakesInHashRadius() {
        refused(
                "[hash_radius] needs [field], a field of codes, such as [photo.phash]",
                "{'hash_radius':{'query_hash':'00','max_distance':1}}");
        refused(
                "[hash_radius] needs exactly one of [query_image], [query_hash] and [like]",
                "{'hash_radius':{'field':'h','max_distance':1}}");
        refused(
                "[hash_radius] needs exactly one of [query_image], [query_hash] and [like]",
                "{'hash_radius':{'field':'h','query_hash':'00','like':{'id':'1'},'max_distance':1}}");
        refused(
                "[max_distance] must be at least [0]; got [-1]; [10] of [64] bits is usual for near-duplicates",
                "{'hash_radius':{'field':'h','query_hash':'00','max_distance':-1}}");
    }

    public void testMistakesInTransforms() {
        refused(
                "[transforms] must be one of [none, dihedral]; got [rotate]",
                "{'hash_radius':{'field':'phash','query_image':'x','max_distance':1,'transforms':'rotate'}}");
        refused(
                "[transforms] of [dihedral] turns and mirrors the query's picture and needs [query_image]; got "
                        + "[query_hash], a code that cannot be turned; give the picture, or leave [transforms] out",
                "{'hash_radius':{'field':'phash','query_hash':'0011223344556677','max_distance':1,"
                        + "'transforms':'dihedral'}}");
        refused(
                "[transforms] of [dihedral] turns and mirrors the query's picture and needs [query_image]; got "
                        + "[like], a code that cannot be turned; give the picture, or leave [transforms] out",
                "{'hash_radius':{'field':'phash','like':{'id':'1'},'max_distance':1,'transforms':'dihedral'}}");
    }

    public void testMistakesInQuality() {
        for (int wrong : new int[] {-1, 101}) {
            refused(
                    "[min_quality] must be within [0..100]; got [" + wrong + "]",
                    "{'hash_radius':{'field':'phash','query_hash':'0011223344556677','max_distance':1,'min_quality':"
                            + wrong + "}}");
        }
    }

    public void testQualityMakesADifference() throws IOException {
        String base = "'field':'phash','query_hash':'0011223344556677','max_distance':1";
        HashRadiusQueryBuilder plain = radius(base);
        HashRadiusQueryBuilder asked = radius(base + ",'min_quality':30");
        assertFalse(plain.equals(asked));
        assertFalse(plain.hashCode() == asked.hashCode());
        assertEquals(json(asked), json(parse(json(asked))));
        QueryBuilder sent = asked.withInput(resolved(null, new byte[8], null));
        assertEquals(sent, overTheWire(sent));
    }

    public void testTransformsMakeADifference() throws IOException {
        String base = "'field':'phash','query_image':'" + PICTURE + "','max_distance':1";
        QueryBuilder plain = radius(base);
        assertEquals(plain, radius(base + ",'transforms':'none'"));
        QueryBuilder turned = radius(base + ",'transforms':'dihedral'");
        assertFalse(plain.equals(turned));
        assertFalse(plain.hashCode() == turned.hashCode());
        assertEquals(json(turned), json(parse(json(turned).replaceAll("… .28. characters", PICTURE))));
    }

    public void testDefaultFieldsOfCodesAndBucketsAreSiblings() throws IOException {
        assertTrue(
                json(knn("'field':'a.photo.vector','query_vector':[1]")).contains("\"hash_field\":\"a.photo.hash\""));
        assertTrue(json(knn("'field':'vector','query_vector':[1]")).contains("\"hash_field\":\"hash\""));
        assertTrue(json(knn("'field':'a.photo.vector','query_vector':[1]"))
                .contains("\"buckets_field\":\"a.photo.buckets\""));
        assertTrue(json(knn("'field':'vector','buckets_field':'mine','query_vector':[1]"))
                .contains("\"buckets_field\":\"mine\""));
    }
}
