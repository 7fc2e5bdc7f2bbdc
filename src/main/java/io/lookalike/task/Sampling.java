package io.lookalike.task;

import io.lookalike.encoder.Values;
import io.lookalike.inference.Encoder;
import io.lookalike.query.StoredValues;
import java.util.List;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.support.IndicesOptions;
import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.common.lucene.search.function.CombineFunction;
import org.elasticsearch.index.query.BoolQueryBuilder;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.QueryBuilders;
import org.elasticsearch.index.query.functionscore.RandomScoreFunctionBuilder;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.aggregations.AggregationBuilders;
import org.elasticsearch.search.aggregations.bucket.InternalSingleBucketAggregation;
import org.elasticsearch.search.builder.SearchSourceBuilder;

/**
 * Draws a uniform random sample of the vectors that an encoder made in some indices.
 *
 * <p>If there are many more documents than wanted, the shards pick some by {@code random_score}, a hash of the seed and
 * a document's sequence number, so that few vectors are read that are not used. Of those, a {@link Reservoir} keeps as
 * many as wanted. The same index and seed give the same sample, on any node, replica and set of segments.
 */
public final class Sampling {
    public static final IndicesOptions OPTIONS = IndicesOptions.strictExpandOpenAndForbidClosed();

    private static final String SEQ_NO = "_seq_no";
    private static final String NESTED = "vectors";
    /**
     * How many more documents to pick, in standard deviations of the number picked; it is off by more than 5 once in
     * three million.
     */
    private static final double SURPLUS = 5;

    private static final double WORTH_PICKING = .9;

    private final TaskClient client;
    private final ComputePool pool;
    private final LongTask task;
    private final List<String> indices;
    private final QueryBuilder query;
    private final VectorField field;
    private final Encoder encoder;
    private final int wanted;
    private final long seed;

    /** @param query null for all documents */
    public Sampling(
            TaskClient client,
            ComputePool pool,
            LongTask task,
            List<String> indices,
            QueryBuilder query,
            VectorField field,
            Encoder encoder,
            int wanted,
            long seed) {
        this.client = client;
        this.pool = pool;
        this.task = task;
        this.indices = indices;
        this.query = query;
        this.field = field;
        this.encoder = encoder;
        this.wanted = wanted;
        this.seed = seed;
    }

    /**
     * Numbers of documents.
     *
     * @param all with a vector
     * @param made with a vector of the encoder
     * @param vectors upper bound of the vectors of those; a nested field may have several in a document
     * @param leftOut with a vector that the encoder did not make; a nested field may have both
     * @param lacking that name the encoder but have no vector
     */
    public record Counts(long all, long made, long vectors, long leftOut, long lacking) {}

    public void count(ActionListener<Counts> listener) {
        AsyncSteps.<Long>first(l -> count(matching().filter(field.exists()), l))
                .<Counts>then((l, all) -> count(made(), AsyncSteps.map(l, made -> new Counts(all, made, made, 0, 0))))
                .<Counts>then((l, counts) -> {
                    if (field.nested() == null) {
                        l.onResponse(counts);
                    } else {
                        countNested(AsyncSteps.map(l, vectors -> new Counts(counts.all, counts.made, vectors, 0, 0)));
                    }
                })
                .<Counts>then((l, counts) -> count(
                        matching().filter(field.leftOut(encoder.fingerprint())),
                        AsyncSteps.map(l, leftOut -> new Counts(counts.all, counts.made, counts.vectors, leftOut, 0))))
                .<Counts>then((l, counts) -> count(
                        matching().filter(field.lacking(encoder.fingerprint())),
                        AsyncSteps.map(
                                l,
                                lacking ->
                                        new Counts(counts.all, counts.made, counts.vectors, counts.leftOut, lacking))))
                .<Counts>then((l, counts) -> requireDims(AsyncSteps.map(l, done -> counts)))
                .to(listener);
    }

    /** Checks the dims of one document, so that a wrong field is refused before anything is sampled. */
    private void requireDims(ActionListener<Void> listener) {
        SearchRequest request = new SearchRequest(indices.toArray(String[]::new))
                .indicesOptions(OPTIONS)
                .allowPartialSearchResults(false)
                .source(new SearchSourceBuilder()
                        .query(made())
                        .size(1)
                        .trackTotalHits(false)
                        .fetchSource(false)
                        .ext(List.of(new StoredValues(List.of(field.name())))));
        client.search(request, AsyncSteps.map(listener, found -> {
            for (SearchHit hit : found.getHits().getHits()) {
                DocumentField vectors = hit.field(field.name());
                for (Object vector : vectors == null ? List.of() : vectors.getValues()) {
                    if (vector != null) {
                        floats(vector, hit.getIndex(), hit.getId());
                    }
                }
            }
            return null;
        }));
    }

    private void count(QueryBuilder counted, ActionListener<Long> listener) {
        SearchRequest request = new SearchRequest(indices.toArray(String[]::new))
                .indicesOptions(OPTIONS)
                .allowPartialSearchResults(false)
                .source(new SearchSourceBuilder().query(counted).size(0).trackTotalHits(true));
        client.search(
                request,
                AsyncSteps.map(listener, found -> found.getHits().getTotalHits().value()));
    }

    private void countNested(ActionListener<Long> listener) {
        SearchRequest request = new SearchRequest(indices.toArray(String[]::new))
                .indicesOptions(OPTIONS)
                .allowPartialSearchResults(false)
                .source(new SearchSourceBuilder()
                        .query(made())
                        .size(0)
                        .aggregation(AggregationBuilders.nested(NESTED, field.nested())));
        client.search(
                request,
                AsyncSteps.map(
                        listener,
                        found -> found.getAggregations()
                                .<InternalSingleBucketAggregation>get(NESTED)
                                .getDocCount()));
    }

    private BoolQueryBuilder matching() {
        BoolQueryBuilder bool = QueryBuilders.boolQuery();
        return query == null ? bool : bool.filter(query);
    }

    private QueryBuilder made() {
        return matching().filter(field.exists()).filter(field.madeBy(encoder.fingerprint()));
    }

    /** The most vectors that a sample has. */
    public static long rows(Counts counts, int wanted) {
        return Math.min(counts.vectors(), wanted);
    }

    /**
     * Draws the sample and tells the listener on a thread of {@link ComputePool#executor}. The order of the vectors
     * depends only on the documents and the seed.
     */
    public void draw(Counts counts, ActionListener<float[][]> listener) {
        double share = (wanted + SURPLUS * Math.sqrt(wanted)) / Math.max(1, counts.made());
        if (share > WORTH_PICKING) {
            read(made(), listener);
            return;
        }
        QueryBuilder picked = QueryBuilders.functionScoreQuery(
                        made(), new RandomScoreFunctionBuilder().seed(seed).setField(SEQ_NO))
                .boostMode(CombineFunction.REPLACE)
                .setMinScore((float) (1 - share));
        read(picked, AsyncSteps.after(listener, (next, vectors) -> {
            if (vectors.length < wanted) {
                // the documents have no sequence numbers, or a chance of one in millions
                read(made(), next);
            } else {
                next.onResponse(vectors);
            }
        }));
    }

    private void read(QueryBuilder documents, ActionListener<float[][]> listener) {
        Reservoir reservoir = new Reservoir(wanted, seed);
        Documents.Selection selection = new Documents.Selection(
                indices,
                OPTIONS,
                documents,
                field.hasEncoderField() ? List.of(field.name(), field.encoderField()) : List.of(field.name()),
                List.of(),
                List.of(),
                Documents.pageSize(encoder.dims() * Float.BYTES));
        long[] read = {0};
        Documents.read(
                client,
                pool.executor(),
                selection,
                (page, total, more) -> {
                    for (Documents.Document document : page) {
                        offer(document, reservoir);
                    }
                    read[0] += page.size();
                    task.at("sample", read[0], total);
                    task.figure("documents", read[0]);
                    more.onResponse(true);
                },
                AsyncSteps.after(
                        listener,
                        (next, count) -> AsyncSteps.run(pool.executor(), next, l -> l.onResponse(reservoir.drain()))));
    }

    /** Offers the vectors that the encoder made; a nested field may have others. */
    private void offer(Documents.Document document, Reservoir reservoir) {
        DocumentField vectors = document.values().get(field.name());
        DocumentField encoders = field.hasEncoderField() ? document.values().get(field.encoderField()) : null;
        if (vectors == null || (field.hasEncoderField() && encoders == null)) {
            return;
        }
        for (int i = 0; i < vectors.getValues().size(); i++) {
            Object vector = vectors.getValues().get(i);
            if (vector != null
                    && (!field.hasEncoderField() || isMade(encoders.getValues().get(i)))) {
                reservoir.offer(document.index(), document.id(), i, floats(vector, document.index(), document.id()));
            }
        }
    }

    private boolean isMade(Object fingerprints) {
        return fingerprints instanceof List<?> list && list.contains(encoder.fingerprint());
    }

    private float[] floats(Object vector, String index, String id) {
        if (vector instanceof float[] floats && floats.length == encoder.dims()) {
            return floats;
        }
        throw new IllegalArgumentException(
                "field [" + field.name() + "] of document [" + Values.cut(id) + "] of index [" + index
                        + "] holds "
                        + (vector instanceof float[] other ? "[" + other.length + "] dims" : "a code")
                        + " but encoder [" + encoder.id() + "] makes vectors of [" + encoder.dims()
                        + "]; name the field of its vectors in [field]");
    }
}
