package io.lookalike.task;

import io.lookalike.encoder.Messages;
import io.lookalike.inference.Encoder;
import io.lookalike.query.StoredValues;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
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
import org.elasticsearch.search.aggregations.AggregationBuilder;
import org.elasticsearch.search.aggregations.AggregationBuilders;
import org.elasticsearch.search.aggregations.InternalAggregation;
import org.elasticsearch.search.aggregations.InternalAggregations;
import org.elasticsearch.search.aggregations.bucket.InternalSingleBucketAggregation;
import org.elasticsearch.search.aggregations.metrics.Cardinality;
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
    private static final String AGGREGATION = "counted";
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
    private final LabelField labels;
    private final Encoder encoder;
    private final int wanted;
    private final long seed;
    private final Map<String, String> texts = new HashMap<>();

    /**
     * @param query null for all documents
     * @param labels null to read no labels; otherwise documents without one are left out
     */
    public Sampling(
            TaskClient client,
            ComputePool pool,
            LongTask task,
            List<String> indices,
            QueryBuilder query,
            VectorField field,
            LabelField labels,
            Encoder encoder,
            int wanted,
            long seed) {
        this.client = client;
        this.pool = pool;
        this.task = task;
        this.indices = indices;
        this.query = query;
        this.field = field;
        this.labels = labels;
        this.encoder = encoder;
        this.wanted = wanted;
        this.seed = seed;
    }

    /**
     * Numbers of documents.
     *
     * @param all with a vector
     * @param made with a vector of the encoder and, if labels are read, a label
     * @param vectors upper bound of the vectors of those; a nested field may have several in a document
     * @param leftOut with a vector that the encoder did not make; a nested field may have both
     * @param lacking that name the encoder but have no vector
     * @param unlabelled with vectors of the encoder but no label, in no nested object; 0 if none are read
     * @param labels about how many different labels there are; 0 if none are read
     */
    public record Counts(long all, long made, long vectors, long leftOut, long lacking, long unlabelled, long labels) {}

    /**
     * A sample.
     *
     * @param vectors {@code [n][dims]}
     * @param labels of each; empty if none are read
     */
    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    public record Sample(float[][] vectors, List<List<String>> labels) {}

    public void count(ActionListener<Counts> listener) {
        long[] counts = new long[7];
        AsyncSteps.<Void>first(l -> count(matching().filter(field.exists()), counts, 0, l))
                .<Void>then((l, v) -> count(made(), counts, 1, l))
                .<Void>then((l, v) -> {
                    counts[2] = counts[1];
                    if (field.nested() == null) {
                        l.onResponse(null);
                    } else {
                        aggregate(AggregationBuilders.nested(AGGREGATION, field.nested()), counts, 2, l);
                    }
                })
                .<Void>then((l, v) -> count(matching().filter(field.leftOut(encoder.fingerprint())), counts, 3, l))
                .<Void>then((l, v) -> count(matching().filter(field.lacking(encoder.fingerprint())), counts, 4, l))
                .<Void>then((l, v) -> {
                    if (labels == null) {
                        l.onResponse(null);
                    } else {
                        count(ofEncoder().mustNot(labels.exists()), counts, 5, l);
                    }
                })
                .<Void>then((l, v) -> {
                    if (labels == null) {
                        l.onResponse(null);
                    } else {
                        aggregate(labels.cardinality(AGGREGATION), counts, 6, l);
                    }
                })
                .<Void>then((l, v) -> requireDims(l))
                .to(AsyncSteps.map(
                        listener,
                        v -> new Counts(counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], counts[6])));
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

    private void count(QueryBuilder counted, long[] counts, int at, ActionListener<Void> listener) {
        SearchRequest request = new SearchRequest(indices.toArray(String[]::new))
                .indicesOptions(OPTIONS)
                .allowPartialSearchResults(false)
                .source(new SearchSourceBuilder().query(counted).size(0).trackTotalHits(true));
        client.search(request, AsyncSteps.map(listener, found -> {
            counts[at] = found.getHits().getTotalHits().value();
            return null;
        }));
    }

    /** Counts within the documents of {@link #made}. */
    private void aggregate(AggregationBuilder aggregation, long[] counts, int at, ActionListener<Void> listener) {
        SearchRequest request = new SearchRequest(indices.toArray(String[]::new))
                .indicesOptions(OPTIONS)
                .allowPartialSearchResults(false)
                .source(new SearchSourceBuilder().query(made()).size(0).aggregation(aggregation));
        client.search(request, AsyncSteps.map(listener, found -> {
            counts[at] = value(found.getAggregations());
            return null;
        }));
    }

    private static long value(InternalAggregations aggregations) {
        InternalAggregation found = aggregations.get(AGGREGATION);
        if (found instanceof Cardinality cardinality) {
            return cardinality.getValue();
        }
        InternalSingleBucketAggregation bucket = (InternalSingleBucketAggregation) found;
        return bucket.getAggregations().asList().isEmpty() ? bucket.getDocCount() : value(bucket.getAggregations());
    }

    private BoolQueryBuilder matching() {
        BoolQueryBuilder bool = QueryBuilders.boolQuery();
        return query == null ? bool : bool.filter(query);
    }

    private BoolQueryBuilder ofEncoder() {
        return matching().filter(field.exists()).filter(field.madeBy(encoder.fingerprint()));
    }

    private QueryBuilder made() {
        return labels == null ? ofEncoder() : ofEncoder().filter(labels.exists());
    }

    /** The most vectors that a sample has. */
    public static long rows(Counts counts, int wanted) {
        return Math.min(counts.vectors(), wanted);
    }

    /**
     * Draws the sample and tells the listener on a thread of {@link ComputePool#executor}. The order of the vectors
     * depends only on the documents and the seed.
     */
    public void draw(Counts counts, ActionListener<Sample> listener) {
        double share = (wanted + SURPLUS * Math.sqrt(wanted)) / Math.max(1, counts.made());
        if (share > WORTH_PICKING) {
            read(made(), listener);
            return;
        }
        QueryBuilder picked = QueryBuilders.functionScoreQuery(
                        made(), new RandomScoreFunctionBuilder().seed(seed).setField(SEQ_NO))
                .boostMode(CombineFunction.REPLACE)
                .setMinScore((float) (1 - share));
        read(picked, AsyncSteps.after(listener, (next, sample) -> {
            if (sample.vectors.length < wanted) {
                // the documents have no sequence numbers, or a chance of one in millions
                read(made(), next);
            } else {
                next.onResponse(sample);
            }
        }));
    }

    private void read(QueryBuilder documents, ActionListener<Sample> listener) {
        Reservoir reservoir = new Reservoir(wanted, seed);
        Documents.Selection selection = new Documents.Selection(
                indices,
                OPTIONS,
                documents,
                Stream.of(field.name(), field.encoderField(), labels == null ? null : labels.name())
                        .filter(Objects::nonNull)
                        .toList(),
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
                List<String> own = labels == null ? List.of() : labels(document, i);
                if (labels == null || !own.isEmpty()) {
                    reservoir.offer(
                            document.index(), document.id(), i, floats(vector, document.index(), document.id()), own);
                }
            }
        }
    }

    /** Equal labels share their text, as few are different. */
    private List<String> labels(Documents.Document document, int entry) {
        return labels.of(document, field.nested(), entry).stream()
                .map(label -> texts.computeIfAbsent(label, text -> text))
                .toList();
    }

    private boolean isMade(Object fingerprints) {
        return fingerprints instanceof List<?> list && list.contains(encoder.fingerprint());
    }

    private float[] floats(Object vector, String index, String id) {
        if (vector instanceof float[] floats && floats.length == encoder.dims()) {
            return floats;
        }
        throw new IllegalArgumentException(
                "field [" + field.name() + "] of document [" + Messages.cut(id) + "] of index [" + index
                        + "] holds "
                        + (vector instanceof float[] other ? "[" + other.length + "] dims" : "a code")
                        + " but encoder [" + encoder.id() + "] makes vectors of [" + encoder.dims()
                        + "]; name the field of its vectors in [field]");
    }
}
