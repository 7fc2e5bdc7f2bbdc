package io.lookalike.search;

import static io.lookalike.query.QueryParsing.knn;
import static io.lookalike.query.QueryParsing.overTheWire;
import static io.lookalike.query.QueryParsing.radius;
import static io.lookalike.query.QueryParsing.resolved;

import io.lookalike.LookalikePlugin;
import io.lookalike.query.HashRadiusQueryBuilder;
import io.lookalike.query.QueryParsing;
import io.lookalike.query.ResolvedInput;
import io.lookalike.vectors.Metric;
import io.lookalike.vectors.Normalization;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.join.ScoreMode;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.elasticsearch.common.lucene.index.ElasticsearchDirectoryReader;
import org.elasticsearch.index.mapper.MapperService;
import org.elasticsearch.index.mapper.MapperServiceTestCase;
import org.elasticsearch.index.query.NestedQueryBuilder;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.QueryBuilders;
import org.elasticsearch.index.query.QueryShardException;
import org.elasticsearch.index.query.SearchExecutionContext;
import org.elasticsearch.index.shard.ShardId;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.xcontent.XContentBuilder;

/** Queries over documents that Elasticsearch's own mappers wrote. */
public class MappedFieldsTests extends MapperServiceTestCase {
    private static final int DIMS = 6;

    @Override
    protected Collection<? extends Plugin> getPlugins() {
        return List.of(new LookalikePlugin());
    }

    /** The body of a test: gets an index. */
    private interface Work {
        void on(IndexSearcher searcher, SearchExecutionContext context) throws IOException;
    }

    /** One document's fields. */
    private interface Source {
        void write(XContentBuilder source, int doc) throws IOException;
    }

    private void index(String mapping, int documents, Source source, Work work) throws IOException {
        MapperService mappers = createMapperService(("{'_doc':{'properties':{" + mapping + "}}}").replace('\'', '"'));
        try (ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
            // Lucene's own codec: that of Elasticsearch compresses with a native library
            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
                for (int i = 0; i < documents; i++) {
                    int doc = i;
                    writer.addDocuments(mappers.documentMapper()
                            .parse(source("" + i, b -> source.write(b, doc), null))
                            .docs());
                    if (rarely()) {
                        writer.flush();
                    }
                }
            }
            try (DirectoryReader reader = ElasticsearchDirectoryReader.wrap(
                    DirectoryReader.open(directory), new ShardId(mappers.index(), 0))) {
                IndexSearcher searcher = new IndexSearcher(reader);
                work.on(searcher, createSearchExecutionContext(mappers, searcher));
            }
        }
    }

    private static String vectors(String elementType, String similarity) {
        return "'v':{'type':'dense_vector','dims':" + DIMS + ",'element_type':'" + elementType + "','similarity':'"
                + similarity + "','index_options':{'type':'flat'}}";
    }

    private static List<float[]> random(int count, boolean whole) {
        List<float[]> vectors = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            float[] vector = new float[DIMS];
            for (int d = 0; d < DIMS; d++) {
                vector[d] = whole ? randomIntBetween(-100, 100) : (float) random().nextGaussian() * 10;
            }
            vector[randomInt(DIMS - 1)] = 3;
            vectors.add(vector);
        }
        return vectors;
    }

    private void checkAll(String elementType, String similarity, Metric metric, Metric expected) throws IOException {
        checkAll(elementType, similarity, metric, expected, Normalization.NONE);
    }

    private void checkAll(
            String elementType, String similarity, Metric metric, Metric expected, Normalization normalization)
            throws IOException {
        List<float[]> sent = random(randomIntBetween(5, 60), elementType.equals("byte"));
        if (!elementType.equals("byte")) {
            // of length 1: kept without a magnitude
            sent.get(2)[0] = 1;
            Arrays.fill(sent.get(2), 1, DIMS, 0);
        }
        if (similarity.equals("dot_product") && !elementType.equals("byte")) {
            sent.replaceAll(vector -> Truth.scaled(Normalization.L2, vector)); // all that this mapping takes
        }
        float[] query = random(1, false).get(0);
        index(
                vectors(elementType, similarity),
                sent.size(),
                (b, i) -> {
                    if (elementType.equals("byte")) {
                        int[] whole = new int[DIMS];
                        for (int d = 0; d < DIMS; d++) {
                            whole[d] = (int) sent.get(i)[d];
                        }
                        b.array("v", whole);
                    } else {
                        b.array("v", sent.get(i));
                    }
                },
                (searcher, context) -> {
                    String body = "'field':'v','query_vector':[0],'candidates':'all','k':1000,'num_candidates':1000"
                            + (metric == null ? "" : ",'metric':'" + metric + "'")
                            + (randomBoolean() && normalization == Normalization.NONE
                                    ? ""
                                    : ",'normalize_vectors':'" + normalization + "'");
                    ScoreDoc[] hits = searcher.search(
                                    knn(body)
                                            .withInput(resolved(query, null, null))
                                            .toQuery(context),
                                    1000)
                            .scoreDocs;
                    assertEquals(sent.size(), hits.length);
                    for (ScoreDoc hit : hits) {
                        double score = expected == null
                                ? maxInnerProduct(query, sent.get(hit.doc))
                                : Truth.score(
                                        expected,
                                        Truth.scaled(normalization, query),
                                        Truth.scaled(normalization, sent.get(hit.doc)));
                        // products that cancel out leave the rounding of each
                        double rounding = expected == null ? 1e-7 * absoluteProducts(query, sent.get(hit.doc)) : 0;
                        assertEquals(score, hit.score, 2e-5 * Math.max(1, score) + rounding);
                    }
                });
    }

    private static double absoluteProducts(float[] a, float[] b) {
        double sum = 0;
        for (int d = 0; d < a.length; d++) {
            sum += Math.abs((double) a[d] * b[d]);
        }
        return sum;
    }

    private static double maxInnerProduct(float[] a, float[] b) {
        double dot = 0;
        for (int d = 0; d < DIMS; d++) {
            dot += (double) a[d] * b[d];
        }
        return dot < 0 ? 1 / (1 - dot) : dot + 1;
    }

    public void testDistancesAreThoseOfTheVectorsThatWereSent() throws IOException {
        for (Metric metric :
                new Metric[] {Metric.L2_NORM, Metric.L1, Metric.COSINE, Metric.CORRELATION, Metric.HAMMING}) {
            checkAll("float", "cosine", metric, metric);
            checkAll("float", "l2_norm", metric, metric);
            checkAll("byte", "cosine", metric, metric);
        }
    }

    public void testBothVectorsAreScaledFirst() throws IOException {
        for (Normalization normalization : new Normalization[] {Normalization.L2, Normalization.SUM}) {
            for (Metric metric : new Metric[] {
                Metric.L2_NORM, Metric.L1, Metric.COSINE, Metric.CORRELATION, Metric.DOT_PRODUCT, Metric.HAMMING
            }) {
                for (String similarity : List.of("cosine", "l2_norm", "dot_product", "max_inner_product")) {
                    checkAll("float", similarity, metric, metric, normalization);
                    checkAll("byte", similarity, metric, metric, normalization);
                }
                checkAll("bfloat16", "l2_norm", metric, metric, normalization);
            }
            // the mapping's metric, but not its formula for products of what is stored
            checkAll("byte", "dot_product", null, Metric.DOT_PRODUCT, normalization);
            checkAll("float", "max_inner_product", null, Metric.DOT_PRODUCT, normalization);
        }
    }

    public void testHistogramsAreSharesOfTheirSum() throws IOException {
        index(
                vectors("float", "cosine"),
                4,
                (b, i) -> b.array("v", new float[] {i + 1, 0, 3 * i + 3, 0, i == 3 ? 4 : 0, 0}),
                (searcher, context) -> {
                    QueryBuilder query = knn("'field':'v','query_vector':[0],'candidates':'all','metric':'chi_squared',"
                                    + "'normalize_vectors':'sum'")
                            .withInput(resolved(new float[] {25, 0, 75, 0, 0, 0}, null, null));
                    ScoreDoc[] hits = searcher.search(query.toQuery(context), 10).scoreDocs;
                    assertEquals(4, hits.length);
                    for (ScoreDoc hit : hits) {
                        // the last is {.2, 0, .6, 0, .2, 0} against {.25, 0, .75, 0, 0, 0}
                        double distance = 0.05 * 0.05 / 0.45 + 0.15 * 0.15 / 1.35 + 0.2;
                        assertEquals(hit.doc == 3 ? 1 / (1 + distance) : 1, hit.score, 1e-6);
                    }
                });
    }

    public void testDefaultMetricIsTheMappings() throws IOException {
        checkAll("float", "cosine", null, Metric.COSINE);
        checkAll("float", "l2_norm", null, Metric.L2_NORM);
        checkAll("byte", "l2_norm", null, Metric.L2_NORM);
        checkAll("float", "max_inner_product", null, null);
        checkAll("byte", "max_inner_product", null, null);
    }

    public void testProductsOfBytesScoreAsStock() throws IOException {
        List<float[]> sent = random(20, true);
        float[] query = random(1, true).get(0);
        index(
                vectors("byte", "dot_product"),
                sent.size(),
                (b, i) -> {
                    int[] whole = new int[DIMS];
                    for (int d = 0; d < DIMS; d++) {
                        whole[d] = (int) sent.get(i)[d];
                    }
                    b.array("v", whole);
                },
                (searcher, context) -> {
                    ScoreDoc[] hits = searcher.search(
                                    knn("'field':'v','query_vector':[0],'candidates':'all','k':100,"
                                                    + "'num_candidates':100")
                                            .withInput(resolved(query, null, null))
                                            .toQuery(context),
                                    100)
                            .scoreDocs;
                    assertEquals(sent.size(), hits.length);
                    for (ScoreDoc hit : hits) {
                        long dot = 0;
                        for (int d = 0; d < DIMS; d++) {
                            dot += ((long) query[d]) * ((long) sent.get(hit.doc)[d]);
                        }
                        assertEquals(0.5 + dot / (DIMS * 32768.0), hit.score, 1e-6);
                    }
                });
    }

    private static final String PHOTO = "'tag':{'type':'keyword'},'photo':{'properties':{" + vectors("float", "l2_norm")
            + ",'hash':{'type':'dense_vector','element_type':'bit','dims':16,'index_options':{'type':'flat'}}"
            + ",'encoder':{'type':'keyword'},'buckets':{'type':'keyword'},'cluster':{'type':'keyword'}}},"
            + "'other':{'type':'alias','path':'photo.v'}"
            + ",'codes':{'type':'alias','path':'photo.hash'},'unindexed':{'type':'dense_vector','dims':2,'index':false}"
            + ",'terms':{'type':'alias','path':'photo.buckets'},'kinds':{'type':'alias','path':'photo.cluster'}"
            + ",'plain':{'type':'keyword','doc_values':false},'unsearched':{'type':'keyword','index':false}"
            + ",'graph':{'type':'dense_vector','element_type':'bit','dims':16}"
            + ",'empty':{'type':'dense_vector'},'unused':{'type':'dense_vector','dims':3}"
            + ",'unused_codes':{'type':'dense_vector','element_type':'bit','dims':24}";

    private void photos(Work work) throws IOException {
        index(
                PHOTO,
                10,
                (b, i) -> {
                    b.field("tag", i < 5 ? "low" : "high");
                    b.field("graph", String.format(Locale.ROOT, "%04x", (1 << i) - 1));
                    if (i < 8) {
                        b.field("plain", i < 3 ? List.of("0_a", "1_b") : List.of("0_a", "1_c", "0_a"));
                    }
                    b.startObject("photo");
                    if (i != 9) {
                        b.array("buckets", "0_" + i % 2, "1_" + i % 3, "2_" + i % 5, "2_" + i % 5, "of another");
                        b.array("cluster", i == 6 ? new String[] {"0", "1"} : new String[] {"" + i % 3});
                    }
                    b.array("v", new float[] {i, 0, 0, 0, 0, 0});
                    b.field("hash", String.format(Locale.ROOT, "%04x", (1 << i) - 1));
                    b.field("encoder", i == 3 ? "other" : "mine");
                    b.endObject();
                },
                work);
    }

    private static List<Integer> docs(QueryBuilder query, IndexSearcher searcher, SearchExecutionContext context)
            throws IOException {
        List<Integer> docs = new ArrayList<>();
        for (ScoreDoc hit : searcher.search(query.toQuery(context), 100).scoreDocs) {
            docs.add(hit.doc);
        }
        return docs;
    }

    private static final float[] ORIGIN = new float[DIMS];

    /** Quality may be mapped as any number; documents without one, such as older documents, are searched. */
    public void testQualityBesideAPerceptualHash() throws IOException {
        String body = "'field':'photo.phash','query_hash':'0000000000000000','max_distance':10";
        ResolvedInput input = resolved(null, new byte[8], null);
        for (String type : List.of("byte", "long", "float", "keyword")) {
            index(
                    "'photo':{'properties':{'phash':{'type':'dense_vector','element_type':'bit','dims':64},"
                            + "'quality':{'type':'"
                            + type + "'}}}",
                    6,
                    (b, i) -> {
                        b.startObject("photo");
                        b.field("phash", "0000000000000000");
                        if (i > 0) {
                            b.field("quality", 10 * i);
                        }
                        b.endObject();
                    },
                    (searcher, context) -> {
                        QueryBuilder usual = radius(body).withInput(input);
                        QueryBuilder asked = radius(body + ",'min_quality':41").withInput(input);
                        QueryBuilder all = radius(body + ",'min_quality':0").withInput(input);
                        assertEquals(List.of(0, 1, 2, 3, 4, 5), docs(all, searcher, context));
                        if (type.equals("keyword")) {
                            assertEquals(List.of(0, 1, 2, 3, 4, 5), docs(usual, searcher, context));
                            assertEquals(
                                    "field [photo.quality] is of type [keyword], or not indexed; [min_quality] needs "
                                            + "numbers there, as GET /_lookalike/encoder/{id}/_mapping maps them: "
                                            + "leave [min_quality] out",
                                    expectThrows(IllegalArgumentException.class, () -> asked.toQuery(context))
                                            .getMessage());
                            return;
                        }
                        assertEquals(List.of(0, 2, 3, 4, 5), docs(usual, searcher, context));
                        assertEquals(List.of(0, 5), docs(asked, searcher, context));
                        String shard = " documents of shard ["
                                + context.getFullyQualifiedIndex().getName() + "][" + context.getShardId()
                                + "] are within [max_distance] but have a [photo.quality] under ";
                        String why =
                                ", too little content to tell them by, and were left out; set [min_quality] to [0] "
                                        + "to get them";
                        assertWarnings("[1]" + shard + "[20]" + why, "[4]" + shard + "[41]" + why);
                    });
        }
    }

    public void testFilterAndAliasFilterComeBeforeTheChoice() throws IOException {
        photos((searcher, context) -> {
            QueryBuilder all =
                    knn("'field':'photo.v','hash_field':'photo.hash','query_vector':[0],'k':2,'num_candidates':2")
                            .withInput(resolved(ORIGIN, new byte[2], null));
            QueryBuilder high = knn("'field':'photo.v','hash_field':'photo.hash','query_vector':[0],'k':2,"
                            + "'num_candidates':2,'filter':{'term':{'tag':'high'}}")
                    .withInput(resolved(ORIGIN, new byte[2], null));
            assertEquals(List.of(0, 1), docs(all, searcher, context));
            assertEquals(List.of(5, 6), docs(high, searcher, context));
            context.setAliasFilter(QueryBuilders.termQuery("tag", "high"));
            assertEquals(List.of(5, 6), docs(all, searcher, context));
        });
    }

    private static ResolvedInput inBuckets(String... terms) {
        return QueryParsing.inBuckets(resolved(ORIGIN, new byte[2], null), terms);
    }

    public void testCandidatesAreThoseThatShareBuckets() throws IOException {
        photos((searcher, context) -> {
            ResolvedInput input = inBuckets("0_1", "1_2", "2_0");
            for (String field : List.of("", ",'buckets_field':'photo.buckets'", ",'buckets_field':'terms'")) {
                String body = "'field':'photo.v','query_vector':[0],'candidates':'lsh'" + field;
                // 9 has no buckets, and shares none with 4 and 6
                assertEquals(List.of(0, 1, 2, 3, 5, 7, 8), docs(knn(body).withInput(input), searcher, context));
                assertEquals(List.of(5), docs(knn(body + ",'min_tables':2").withInput(input), searcher, context));
                assertEquals(List.of(5), docs(knn(body + ",'min_tables':3").withInput(input), searcher, context));
                // one candidate, by most tables
                assertEquals(
                        List.of(5), docs(knn(body + ",'k':1,'num_candidates':1").withInput(input), searcher, context));
                // all ties are candidates, and the metric decides
                assertEquals(
                        List.of(0, 1),
                        docs(knn(body + ",'k':2,'num_candidates':2").withInput(input), searcher, context));
                assertEquals(
                        List.of(5, 7, 8),
                        docs(knn(body + ",'filter':{'term':{'tag':'high'}}").withInput(input), searcher, context));
            }
            String shown = knn("'field':'photo.v','query_vector':[0],'candidates':'lsh','min_tables':2,"
                            + "'normalize_vectors':'l2'")
                    .withInput(input)
                    .toQuery(context)
                    .toString();
            assertEquals(
                    "hash_knn[photo.v,k=10,num_candidates=default,candidates=lsh,tables=3,min_tables=2,metric=l2_norm,"
                            + "normalize_vectors=l2]",
                    shown);
        });
    }

    private static ResolvedInput near(int... clusters) {
        return QueryParsing.near(resolved(ORIGIN, new byte[2], null), clusters);
    }

    public void testCandidatesAreThoseOfTheNearestClusters() throws IOException {
        photos((searcher, context) -> {
            ResolvedInput input = near(2, 7, 0, 1);
            for (String field : List.of("", ",'cluster_field':'photo.cluster'", ",'cluster_field':'kinds'")) {
                String body = "'field':'photo.v','query_vector':[0],'candidates':'clusters'" + field;
                String one = body + ",'probes':1,'k':";
                assertEquals(List.of(2, 5, 8), docs(knn(one + 3).withInput(input), searcher, context));
                // a cluster with nothing in it is one of two, and four are all
                assertEquals(
                        List.of(0, 1, 2, 3),
                        docs(knn(one + "4,'num_candidates':4").withInput(input), searcher, context));
                // one candidate, by its code
                assertEquals(List.of(2), docs(knn(one + "1,'num_candidates':1").withInput(input), searcher, context));
                assertEquals(
                        List.of(0, 2, 3, 5, 6, 8),
                        docs(knn(body + ",'probes':3,'k':6").withInput(input), searcher, context));
                // 9 lies in no cluster
                for (String probes : List.of("", ",'probes':4", ",'probes':60000")) {
                    assertEquals(
                            List.of(0, 1, 2, 3, 4, 5, 6, 7, 8),
                            docs(knn(body + probes).withInput(input), searcher, context));
                }
                String high = ",'filter':{'term':{'tag':'high'}}";
                assertEquals(List.of(5, 8), docs(knn(one + 2 + high).withInput(input), searcher, context));
                assertEquals(List.of(5, 6, 7), docs(knn(one + 3 + high).withInput(input), searcher, context));
                // a maximum distance leaves documents out, but the search does not continue in more clusters
                assertEquals(List.of(2), docs(knn(one + "3,'max_distance':4").withInput(input), searcher, context));
                assertEquals(
                        List.of(0, 1, 2, 3),
                        docs(knn(one + "4,'max_distance':4").withInput(input), searcher, context));
            }
            Query query = knn("'field':'photo.v','query_vector':[0],'candidates':'clusters','probes':9")
                    .withInput(input)
                    .toQuery(context);
            assertEquals(
                    "hash_knn[photo.v,k=10,num_candidates=default,candidates=clusters,probes=4,metric=l2_norm]",
                    query.toString());
            for (int[] placeOfDoc : new int[][] {{5, 1}, {3, 3}, {6, 3}, {4, 4}, {9, 0}}) {
                String explained = searcher.explain(query, placeOfDoc[0]).toString();
                assertTrue(
                        explained,
                        explained.contains(placeOfDoc[1]
                                + " = place of its nearest cluster in [photo.cluster] among the [4], the "
                                + "nearest to the query being 1, no cluster 0"));
            }
        });
    }

    public void testScoresByTables() throws IOException {
        photos((searcher, context) -> {
            ResolvedInput input = inBuckets("0_1", "1_2", "2_0");
            for (String candidates : List.of("lsh", "hamming", "all")) {
                String body = "'field':'photo.v','hash_field':'photo.hash','query_vector':[0],'metric':'tables','k':10,"
                        + "'candidates':'" + candidates + "'";
                Query query = knn(body).withInput(input).toQuery(context);
                ScoreDoc[] hits = searcher.search(query, 100).scoreDocs;
                assertEquals(candidates.equals("lsh") ? 7 : 9, hits.length);
                for (ScoreDoc hit : hits) {
                    int i = hit.doc;
                    int agreeing = (i % 2 == 1 ? 1 : 0) + (i % 3 == 2 ? 1 : 0) + (i % 5 == 0 ? 1 : 0);
                    assertEquals(agreeing / 3f, hit.score, 0);
                    String explained = searcher.explain(query, i).toString();
                    assertTrue(
                            explained,
                            explained.contains(
                                    agreeing + ".0 = tables of [photo.buckets] that agree with the query's, of 3"));
                    assertTrue(explained, explained.contains("score by tables, computed as t / tables"));
                }
                assertEquals(5, hits[0].doc);
                assertEquals(1f, hits[0].score, 0);
            }
        });
    }

    public void testExplainShowsTablesBesideTheDistance() throws IOException {
        photos((searcher, context) -> {
            Query query = knn("'field':'photo.v','hash_field':'photo.hash','query_vector':[0],'candidates':'lsh',"
                            + "'metric':'l1','normalize_vectors':'sum'")
                    .withInput(inBuckets("0_1", "1_2", "2_0"))
                    .toQuery(context);
            assertEquals(7, searcher.count(query));
            String explained = searcher.explain(query, 5).toString();
            for (String part : List.of(
                    "3 = tables of [photo.buckets] that agree with the query's, of 3",
                    "5 = hamming distance of [photo.hash] to the query's code, of 16 bits",
                    "1.0 = l1 of [photo.v] to the query's vector, both scaled by [sum]",
                    "0.5 = score by l1, computed as 1 / (1 + d), from:")) {
                assertTrue(explained, explained.contains(part));
            }
            String other = searcher.explain(query, 4).toString();
            assertTrue(other, other.contains("0 = tables of [photo.buckets] that agree with the query's, of 3"));
            assertTrue(other, other.contains("not among the [10] nearest of the candidates"));
        });
    }

    public void testBucketsWithoutDocValues() throws IOException {
        photos((searcher, context) -> {
            ResolvedInput input = inBuckets("0_a", "1_b");
            String body = "'field':'photo.v','query_vector':[0],'buckets_field':'plain','metric':'tables'";
            ScoreDoc[] hits = searcher.search(
                            knn(body + ",'candidates':'lsh'").withInput(input).toQuery(context), 100)
                    .scoreDocs;
            assertEquals(8, hits.length);
            for (ScoreDoc hit : hits) {
                assertEquals(hit.doc < 3 ? 1 : 0.5f, hit.score, 0);
            }
            ResolvedInput none = inBuckets("0_z");
            assertEquals(
                    List.of(0, 1, 2, 3, 4, 5, 6, 7),
                    docs(knn(body + ",'candidates':'all'").withInput(none), searcher, context));
        });
    }

    public void testGraphOverCodesFindsWhatTheScanFinds() throws IOException {
        photos((searcher, context) -> {
            String body = "'field':'photo.v','hash_field':'graph','query_vector':[0]";
            ResolvedInput input = resolved(ORIGIN, new byte[2], null);
            for (String more : List.of("", ",'max_distance':3", ",'k':2,'num_candidates':3")) {
                assertEquals(
                        docs(knn(body + more).withInput(input), searcher, context),
                        docs(knn(body + more + ",'candidates':'hnsw'").withInput(input), searcher, context));
            }
        });
    }

    public void testFieldAliases() throws IOException {
        photos((searcher, context) -> {
            ResolvedInput input = resolved(ORIGIN, new byte[2], "mine");
            assertEquals(
                    List.of(0, 1, 2, 4),
                    docs(
                            knn("'field':'other','hash_field':'codes','query_vector':[0],'k':4")
                                    .withInput(input),
                            searcher,
                            context));
            assertEquals(
                    List.of(0, 1, 2, 4),
                    docs(
                            radius("'field':'codes','query_hash':'00','max_distance':4")
                                    .withInput(input),
                            searcher,
                            context));
        });
        assertWarnings("[1] documents of shard [index][0] carry another fingerprint, or none, in [photo.encoder] than "
                + "encoder of the mapping has and were left out; index them again through its pipeline, or "
                + "name their encoder");
    }

    public void testLikeLeavesItsDocumentOutOfItsIndexOnly() throws IOException {
        photos((searcher, context) -> {
            for (String index : List.of("index", "elsewhere")) {
                ResolvedInput input = QueryParsing.like(resolved(ORIGIN, new byte[2], null), "1", index, false);
                List<Integer> expected = index.equals("index") ? List.of(0, 2) : List.of(0, 1, 2);
                assertEquals(
                        expected,
                        docs(
                                knn("'field':'photo.v','hash_field':'photo.hash','query_vector':[0],'max_distance':2")
                                        .withInput(input),
                                searcher,
                                context));
                assertEquals(
                        expected,
                        docs(
                                radius("'field':'photo.hash','query_hash':'00','max_distance':2")
                                        .withInput(input),
                                searcher,
                                context));
                ResolvedInput withSelf = QueryParsing.like(resolved(ORIGIN, new byte[2], null), "1", index, true);
                assertEquals(
                        List.of(0, 1, 2),
                        docs(
                                radius("'field':'photo.hash','query_hash':'00','max_distance':2")
                                        .withInput(withSelf),
                                searcher,
                                context));
            }
        });
    }

    public void testNestedWithFilterOfParentOrChild() throws IOException {
        index(
                "'tag':{'type':'keyword'},'photos':{'type':'nested','properties':{" + vectors("float", "l2_norm")
                        + ",'side':{'type':'keyword'}}}",
                8,
                (b, i) -> {
                    b.field("tag", i < 4 ? "low" : "high");
                    b.startArray("photos");
                    for (int side = 0; side < 2; side++) {
                        b.startObject();
                        b.array("v", new float[] {i + 8 * side, 0, 0, 0, 0, 0});
                        b.field("side", side == 0 ? "front" : "back");
                        b.endObject();
                    }
                    b.endArray();
                },
                (searcher, context) -> {
                    // three Lucene documents each: front, back, parent
                    assertEquals(List.of(2, 5), docs(nested(""), searcher, context));
                    assertEquals(List.of(14, 17), docs(nested(",'filter':{'term':{'tag':'high'}}"), searcher, context));
                    assertEquals(
                            List.of(2, 5),
                            docs(nested(",'filter':{'term':{'photos.side':'back'}}"), searcher, context));
                    assertEquals(List.of(2, 5), docs(nested(",'filter':{'match_all':{}}"), searcher, context));
                    context.setAliasFilter(QueryBuilders.termQuery("tag", "high"));
                    assertEquals(List.of(14, 17), docs(nested(""), searcher, context));
                    Exception e = expectThrows(
                            IllegalArgumentException.class,
                            () -> knn("'field':'photos.v','query_vector':[0],'candidates':'all'")
                                    .withInput(resolved(ORIGIN, null, null))
                                    .toQuery(context));
                    assertEquals(
                            "field [photos.v] is nested; put [hash_knn] into a [nested] query with [path] [photos]",
                            e.getMessage());
                });
    }

    private static NestedQueryBuilder nested(String more) throws IOException {
        return QueryBuilders.nestedQuery(
                "photos",
                knn("'field':'photos.v','query_vector':[0],'candidates':'all','k':2,'num_candidates':2" + more)
                        .withInput(resolved(ORIGIN, null, null)),
                ScoreMode.Max);
    }

    public void testDefaultsOfKAndNumCandidates() throws IOException {
        photos((searcher, context) -> {
            ResolvedInput input = resolved(ORIGIN, new byte[2], null);
            String fields = "'field':'photo.v','hash_field':'photo.hash','query_vector':[0]";
            assertTrue(
                    knn(fields).withInput(input).toQuery(context).toString().contains(",k=10,num_candidates=default,"));
            assertTrue(knn(fields + ",'k':9000")
                    .withInput(input)
                    .toQuery(context)
                    .toString()
                    .contains(",k=9000,num_candidates=default,"));
            assertTrue(knn(fields + ",'num_candidates':4")
                    .withInput(input)
                    .toQuery(context)
                    .toString()
                    .contains(",k=4,num_candidates=4,"));
        });
    }

    private static void refused(String expected, QueryBuilder query, SearchExecutionContext context) {
        Exception e = expectThrows(Exception.class, () -> query.toQuery(context));
        Throwable cause = e instanceof QueryShardException ? e.getCause() : e;
        assertEquals(expected, cause.getMessage());
    }

    public void testRefusals() throws IOException {
        photos((searcher, context) -> {
            String ok = "'field':'photo.v','hash_field':'photo.hash','query_vector':[0]";
            ResolvedInput input = resolved(ORIGIN, new byte[2], null);
            refused(
                    "[hash_knn] must be rewritten on the coordinating node before it runs, which does not happen "
                            + "here; use it in a search request",
                    knn(ok),
                    context);
            refused(
                    "[hash_radius] must be rewritten on the coordinating node before it runs, which does not happen "
                            + "here; use it in a search request",
                    radius("'field':'photo.hash','query_hash':'0000','max_distance':1"),
                    context);
            refused(
                    "field [photo.v] has [6] dims but [query_vector] has [1]",
                    knn(ok).withInput(resolved(new float[1], new byte[2], null)),
                    context);
            refused(
                    "field [photo.hash] has [16] bits but [query_hash] has [8]",
                    knn(ok).withInput(resolved(ORIGIN, new byte[1], null)),
                    context);
            refused(
                    "field [photo.hash] has [16] bits but [query_hash] has [8]",
                    radius("'field':'photo.hash','query_hash':'00','max_distance':1")
                            .withInput(resolved(null, new byte[1], null)),
                    context);
            refused(
                    "[candidates] [hamming] needs a code for the query; name an [encoder], give [query_hash], or use "
                            + "[candidates] [all]",
                    knn(ok).withInput(resolved(ORIGIN, null, null)),
                    context);
            ResolvedInput like = QueryParsing.like(resolved(ORIGIN, null, "mine"), "7", null, false);
            refused(
                    "[candidates] [hamming] needs a code for the query, and document [7] of [like] has none in "
                            + "[photo.hash]; index it again through a pipeline, name the field of its code in "
                            + "[hash_field], or use [candidates] [all]",
                    knn(ok).withInput(like),
                    context);
            refused(
                    "[similarity] is the least score kept, and no score by [l2_norm] is above [1]; got [40.0]; give "
                            + "a score, as hits show it, or use [max_distance], which bounds the Hamming distance of "
                            + "candidates",
                    knn(ok + ",'similarity':40").withInput(input),
                    context);
            knn(ok + ",'similarity':1").withInput(input).toQuery(context);
            knn(ok + ",'similarity':40,'metric':'dot_product'").withInput(input).toQuery(context);
            refused(
                    "[candidates] [hnsw] needs a code for the query; name an [encoder], give [query_hash], or use "
                            + "[candidates] [all]",
                    knn(ok + ",'candidates':'hnsw'").withInput(resolved(ORIGIN, null, null)),
                    context);
            refused(
                    "field [photo.hash] is mapped with index option [flat] and has no graph for [candidates] [hnsw]; "
                            + "map it as GET /_lookalike/encoder/{id}/_mapping?graph=codes answers and index again, "
                            + "or use [candidates] [hamming]",
                    knn(ok + ",'candidates':'hnsw'").withInput(input),
                    context);
            refused(
                    "[candidates] [lsh] needs buckets for the query; name an [encoder] that defines [buckets], "
                            + "search by a document in [like] that has them, or use other [candidates] or "
                            + "another [metric]",
                    knn(ok + ",'candidates':'lsh'").withInput(input),
                    context);
            refused(
                    "[metric] [tables] needs buckets for the query; name an [encoder] that defines [buckets], search "
                            + "by a document in [like] that has them, or use other [candidates] or "
                            + "another [metric]",
                    knn(ok + ",'metric':'tables'").withInput(input),
                    context);
            refused(
                    "[min_tables] must be at most [2], the hash tables of the query's buckets; got [3]",
                    knn(ok + ",'candidates':'lsh','min_tables':3").withInput(inBuckets("0_1", "1_1")),
                    context);
            refused(
                    "[buckets_field] [nowhere] is not mapped in index [index], whose [photo.v] has vectors; name the "
                            + "field of their buckets in [buckets_field], or use [candidates] [hamming] or [all] and "
                            + "a metric other than [tables]",
                    knn(ok + ",'candidates':'lsh','buckets_field':'nowhere'").withInput(inBuckets("0_1")),
                    context);
            refused(
                    "field [photo.v] is of type [dense_vector]; buckets need a [keyword] field, named in "
                            + "[buckets_field]",
                    knn(ok + ",'candidates':'lsh','buckets_field':'photo.v'").withInput(inBuckets("0_1")),
                    context);
            refused(
                    "field [unsearched] is mapped with \"index\": false and cannot be searched by bucket; map it "
                            + "with \"index\": true",
                    knn(ok + ",'metric':'tables','buckets_field':'unsearched'").withInput(inBuckets("0_1")),
                    context);
            refused(
                    "[candidates] [clusters] needs the query's clusters; name an [encoder] that has [clusters], or "
                            + "use [candidates] [hamming]",
                    knn(ok + ",'candidates':'clusters'").withInput(input),
                    context);
            refused(
                    "[candidates] [clusters] needs a code for the query; name an [encoder], give [query_hash], or "
                            + "use [candidates] [all]",
                    knn(ok + ",'candidates':'clusters'").withInput(resolved(ORIGIN, null, null)),
                    context);
            refused(
                    "[cluster_field] [nowhere] is not mapped in index [index], whose [photo.v] has vectors; name the "
                            + "field of their clusters in [cluster_field], or use [candidates] [hamming]",
                    knn(ok + ",'candidates':'clusters','cluster_field':'nowhere'")
                            .withInput(near(0)),
                    context);
            refused(
                    "field [photo.v] is of type [dense_vector]; clusters need a [keyword] field, named in "
                            + "[cluster_field]",
                    knn(ok + ",'candidates':'clusters','cluster_field':'photo.v'")
                            .withInput(near(0)),
                    context);
            refused(
                    "field [unsearched] is mapped with \"index\": false and cannot be searched by cluster; map it "
                            + "with \"index\": true",
                    knn(ok + ",'candidates':'clusters','cluster_field':'unsearched'")
                            .withInput(near(0)),
                    context);
            refused(
                    "[max_distance] must be at most [16], the bits of a code; got [17]",
                    knn(ok + ",'max_distance':17").withInput(input),
                    context);
            refused(
                    "[max_distance] must be at most [16], the bits of a code; got [17]",
                    radius("'field':'photo.hash','query_hash':'00','max_distance':17")
                            .withInput(input),
                    context);
            refused(
                    "[hash_field] [nowhere] has no codes in index [index], whose [photo.v] has vectors; name the "
                            + "field of their codes in [hash_field], or use [candidates] [all]",
                    knn("'field':'photo.v','hash_field':'nowhere','query_vector':[0]")
                            .withInput(input),
                    context);
            refused(
                    "field [photo.hash] holds codes (element_type [bit]); [field] must be a field of vectors, "
                            + "[hash_field] one of codes",
                    knn("'field':'photo.hash','query_vector':[0]").withInput(input),
                    context);
            refused(
                    "field [photo.v] has element_type [float]; codes need a dense_vector field with element_type [bit]",
                    radius("'field':'photo.v','query_hash':'00','max_distance':1")
                            .withInput(input),
                    context);
            refused(
                    "field [tag] is of type [keyword]; it must be an indexed dense_vector: create the index with the "
                            + "mapping that GET /_lookalike/encoder/{id}/_mapping answers",
                    knn("'field':'tag','query_vector':[0]").withInput(input),
                    context);
            refused(
                    "field [unindexed] is mapped with \"index\": false and cannot be searched; map it with "
                            + "\"index\": true",
                    knn("'field':'unindexed','query_vector':[0]").withInput(input),
                    context);
            refused(
                    "the query's vector has [-1.0] at [2]; [chi_squared] takes no negative components",
                    knn(ok + ",'metric':'chi_squared'")
                            .withInput(resolved(new float[] {0, 1, -1, 0, 0, 0}, new byte[2], null)),
                    context);
            refused(
                    "the query's vector is all zeros, and has the same [cosine] with every vector; "
                            + "send another vector, or use another [metric]",
                    knn(ok + ",'metric':'cosine'").withInput(input),
                    context);
        });
    }

    public void testFieldsWithoutAnything() throws IOException {
        photos((searcher, context) -> {
            ResolvedInput input = resolved(ORIGIN, new byte[2], null);
            for (String field : List.of("nowhere", "empty")) {
                QueryBuilder query = knn("'field':'" + field + "','query_vector':[0],'candidates':'all'")
                        .withInput(input);
                assertTrue(query.toQuery(context) instanceof MatchNoDocsQuery);
            }
            assertTrue(
                    radius("'field':'nowhere','query_hash':'00','max_distance':1")
                                    .withInput(input)
                                    .toQuery(context)
                            instanceof MatchNoDocsQuery);
        });
    }

    /** No segment tells the dims of such a field. */
    public void testFieldsThatNoDocumentHas() throws IOException {
        photos((searcher, context) -> {
            ResolvedInput input = resolved(ORIGIN, new byte[2], null);
            refused(
                    "field [unused] has [3] dims but [query_vector] has [6]",
                    knn("'field':'unused','query_vector':[0],'candidates':'all'")
                            .withInput(input),
                    context);
            refused(
                    "field [unused_codes] has [24] bits but [query_hash] has [16]",
                    radius("'field':'unused_codes','query_hash':'00','max_distance':1")
                            .withInput(input),
                    context);
            assertEquals(
                    List.of(),
                    docs(
                            knn("'field':'unused','query_vector':[0],'candidates':'all'")
                                    .withInput(resolved(new float[] {1, 0, 0}, null, null)),
                            searcher,
                            context));
        });
    }

    public void testWhatIsLeftOutIsCounted() throws IOException {
        photos((searcher, context) -> {
            for (String field : List.of("photo.v", "other", "photo.hash")) {
                QueryBuilder counting = HashRadiusQueryBuilder.leftOut(field, "mine", null);
                assertEquals(1, searcher.count(overTheWire(counting).toQuery(context)));
                assertEquals(List.of(3), docs(counting, searcher, context));
            }
            assertEquals(
                    0,
                    searcher.count(HashRadiusQueryBuilder.leftOut("nowhere", "mine", null)
                            .toQuery(context)));
            assertTrue("shards answer it from the request cache", context.isCacheable());
            // the coordinating node counts too, but may be late
            ResolvedInput counted = QueryParsing.counted(resolved(ORIGIN, new byte[2], "mine"), true);
            assertEquals(
                    List.of(0, 1, 2, 4),
                    docs(
                            knn("'field':'photo.v','hash_field':'photo.hash','query_vector':[0],'k':4")
                                    .withInput(counted),
                            searcher,
                            context));
            ResolvedInput none = QueryParsing.counted(resolved(ORIGIN, new byte[2], "mine"), true);
            assertEquals(
                    9,
                    searcher.count(radius("'field':'photo.hash','query_hash':'00','max_distance':16")
                            .withInput(none)
                            .toQuery(context)));
        });
        assertWarnings("[1] documents of shard [index][0] carry another fingerprint, or none, in [photo.encoder] than "
                + "encoder of the mapping has and were left out; index them again through its pipeline, or "
                + "name their encoder");
    }

    public void testNestedDocumentsThatAreLeftOutAreCountedOnce() throws IOException {
        index(
                "'photos':{'type':'nested','properties':{" + vectors("float", "l2_norm")
                        + ",'encoder':{'type':'keyword'}}}",
                6,
                (b, i) -> {
                    b.startArray("photos");
                    for (int side = 0; side < 3; side++) {
                        b.startObject();
                        b.array("v", new float[] {i, side, 0, 0, 0, 0});
                        b.field("encoder", i < 2 && side > 0 ? "other" : "mine");
                        b.endObject();
                    }
                    b.endArray();
                },
                (searcher, context) -> {
                    assertEquals(
                            2,
                            searcher.count(HashRadiusQueryBuilder.leftOut("photos.v", "mine", null)
                                    .toQuery(context)));
                });
    }

    public void testARequestThatMayHaveToWarnIsNotCached() throws IOException {
        for (boolean counted : new boolean[] {true, false}) {
            photos((searcher, context) -> {
                ResolvedInput input = QueryParsing.counted(resolved(ORIGIN, new byte[2], "mine"), counted);
                assertNotNull(knn("'field':'photo.v','hash_field':'photo.hash','query_vector':[0]")
                        .withInput(input)
                        .toQuery(context));
                assertEquals(counted, context.isCacheable());
            });
        }
    }
}
