package io.lookalike.query;

import io.lookalike.encoder.ConfigReader;
import io.lookalike.encoder.FieldNames;
import io.lookalike.inference.Encoders;
import io.lookalike.search.CandidateMethod;
import io.lookalike.search.DefaultCandidates;
import io.lookalike.search.SearchLimits;
import io.lookalike.vectors.Metric;
import io.lookalike.vectors.Normalization;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.io.stream.Writeable;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.xcontent.ObjectParser;
import org.elasticsearch.xcontent.ParseField;
import org.elasticsearch.xcontent.ToXContentFragment;
import org.elasticsearch.xcontent.XContentBuilder;

/**
 * The parameters of {@code hash_knn} other than its input and its filters, their ranges and their defaults. A parameter
 * that the user left out is null, unless it has a default of its own. Immutable.
 *
 * @param field the field of the vectors
 * @param siblings the fields beside it
 */
public record HashKnnParameters(
        String field,
        Siblings siblings,
        Integer k,
        Integer numCandidates,
        Integer numExact,
        CandidateMethod candidates,
        Integer maxDistance,
        Integer bits,
        Integer tables,
        Integer minTables,
        Integer probes,
        Metric metric,
        Normalization normalization,
        Float similarity)
        implements Writeable, ToXContentFragment {
    /** The most hits and candidates of a search on one shard. */
    public static final int MAX_CANDIDATES = DefaultCandidates.MOST;

    private static final int DEFAULT_K = 10;
    private static final int MAX_PROBES = 1 << 16;
    private static final int DEFAULT_PROBES = 16;
    private static final int DEFAULT_MIN_TABLES = 1;

    private static final ParseField FIELD = new ParseField("field");
    private static final ParseField HASH_FIELD = new ParseField("hash_field");
    private static final ParseField BUCKETS_FIELD = new ParseField("buckets_field");
    private static final ParseField CLUSTER_FIELD = new ParseField("cluster_field");
    private static final ParseField NORM_FIELD = new ParseField("norm_field");
    private static final ParseField K = new ParseField("k");
    private static final ParseField NUM_CANDIDATES = new ParseField("num_candidates");
    private static final ParseField NUM_EXACT = new ParseField("num_exact");
    private static final ParseField CANDIDATES = new ParseField("candidates");
    private static final ParseField MAX_DISTANCE = new ParseField("max_distance");
    private static final ParseField BITS = new ParseField("bits");
    private static final ParseField TABLES = new ParseField("tables");
    private static final ParseField MIN_TABLES = new ParseField("min_tables");
    private static final ParseField PROBES = new ParseField("probes");
    private static final ParseField METRIC = new ParseField("metric");
    private static final ParseField NORMALIZE_VECTORS = new ParseField("normalize_vectors");
    private static final ParseField SIMILARITY = new ParseField("similarity");

    /** The fields beside the one of the vectors; as the user named them, those that were not named are null. */
    record Siblings(String hash, String buckets, String cluster, String norm) {
        /** With the default, a field beside the vectors, in the place of each that is null. */
        Siblings orBeside(String field) {
            return new Siblings(
                    or(hash, field, FieldNames.HASH),
                    or(buckets, field, FieldNames.BUCKETS),
                    or(cluster, field, FieldNames.CLUSTER),
                    or(norm, field, FieldNames.NORM));
        }

        private static String or(String named, String field, String name) {
            return named == null ? FieldNames.sibling(field, name) : named;
        }
    }

    /** Parameters and an input that are being parsed; those that are not set were not given. */
    static final class Draft extends UserInput.Draft {
        final List<QueryBuilder> filters = new ArrayList<>();
        String field;
        String hashField;
        String bucketsField;
        String clusterField;
        String normField;
        Integer k;
        Integer numCandidates;
        Integer numExact;
        String candidates = CandidateMethod.HAMMING.toString();
        Integer maxDistance;
        Integer bits;
        Integer tables;
        Integer minTables;
        Integer probes;
        String metric;
        String normalization = Normalization.NONE.toString();
        Float similarity;

        /** The fields beside the vectors that the user named. */
        Siblings named() {
            return new Siblings(hashField, bucketsField, clusterField, normField);
        }

        /** @throws IllegalArgumentException where a parameter is out of range, or does not fit the others */
        HashKnnParameters parameters() {
            if (field == null) {
                throw new IllegalArgumentException(
                        "[hash_knn] needs [field], the field of the vectors, such as [photo.vector]");
            }
            HashKnnParameters parameters = new HashKnnParameters(
                    field,
                    named().orBeside(field),
                    k,
                    numCandidates,
                    numExact,
                    ConfigReader.constant(CANDIDATES.getPreferredName(), candidates, CandidateMethod.class),
                    maxDistance,
                    bits,
                    tables,
                    minTables,
                    probes,
                    metric == null ? null : ConfigReader.constant(METRIC.getPreferredName(), metric, Metric.class),
                    ConfigReader.constant(NORMALIZE_VECTORS.getPreferredName(), normalization, Normalization.class),
                    similarity);
            parameters.check();
            return parameters;
        }
    }

    /** Declares all parameters on a query's parser. */
    static void declare(ObjectParser<Draft, Encoders> parser) {
        parser.declareString((d, v) -> d.field = v, FIELD);
        parser.declareString((d, v) -> d.hashField = v, HASH_FIELD);
        parser.declareString((d, v) -> d.bucketsField = v, BUCKETS_FIELD);
        parser.declareString((d, v) -> d.clusterField = v, CLUSTER_FIELD);
        parser.declareString((d, v) -> d.normField = v, NORM_FIELD);
        UserInput.declareWhole(parser, (d, v) -> d.k = v, K);
        UserInput.declareWhole(parser, (d, v) -> d.numCandidates = v, NUM_CANDIDATES);
        UserInput.declareWhole(parser, (d, v) -> d.numExact = v, NUM_EXACT);
        parser.declareString((d, v) -> d.candidates = v, CANDIDATES);
        UserInput.declareWhole(parser, (d, v) -> d.maxDistance = v, MAX_DISTANCE);
        UserInput.declareWhole(parser, (d, v) -> d.bits = v, BITS);
        UserInput.declareWhole(parser, (d, v) -> d.tables = v, TABLES);
        UserInput.declareWhole(parser, (d, v) -> d.minTables = v, MIN_TABLES);
        UserInput.declareWhole(parser, (d, v) -> d.probes = v, PROBES);
        parser.declareString((d, v) -> d.metric = v, METRIC);
        parser.declareString((d, v) -> d.normalization = v, NORMALIZE_VECTORS);
        parser.declareFloat((d, v) -> d.similarity = v, SIMILARITY);
    }

    static HashKnnParameters readFrom(StreamInput in) throws IOException {
        return new HashKnnParameters(
                in.readString(),
                new Siblings(in.readString(), in.readString(), in.readString(), in.readString()),
                in.readOptionalVInt(),
                in.readOptionalVInt(),
                in.readOptionalVInt(),
                in.readEnum(CandidateMethod.class),
                in.readOptionalVInt(),
                in.readOptionalVInt(),
                in.readOptionalVInt(),
                in.readOptionalVInt(),
                in.readOptionalVInt(),
                in.readOptionalEnum(Metric.class),
                in.readEnum(Normalization.class),
                in.readOptionalFloat());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeString(field);
        out.writeString(siblings.hash);
        out.writeString(siblings.buckets);
        out.writeString(siblings.cluster);
        out.writeString(siblings.norm);
        out.writeOptionalVInt(k);
        out.writeOptionalVInt(numCandidates);
        out.writeOptionalVInt(numExact);
        out.writeEnum(candidates);
        out.writeOptionalVInt(maxDistance);
        out.writeOptionalVInt(bits);
        out.writeOptionalVInt(tables);
        out.writeOptionalVInt(minTables);
        out.writeOptionalVInt(probes);
        out.writeOptionalEnum(metric);
        out.writeEnum(normalization);
        out.writeOptionalFloat(similarity);
    }

    /** The same for another field; the fields beside it move along, but for those that the user named. */
    HashKnnParameters withField(String newField, Siblings named) {
        return new HashKnnParameters(
                newField,
                named.orBeside(newField),
                k,
                numCandidates,
                numExact,
                candidates,
                maxDistance,
                bits,
                tables,
                minTables,
                probes,
                metric,
                normalization,
                similarity);
    }

    /**
     * How many hits a shard returns.
     *
     * @param size of the search; null, or less than 1, where it does not say
     */
    int hits(Integer size) {
        int asked = size == null || size < 1 ? DEFAULT_K : size;
        return k != null ? k : Math.min(asked, numCandidates != null ? numCandidates : MAX_CANDIDATES);
    }

    int candidatesOrDefault() {
        return numCandidates == null ? SearchLimits.BY_DOCUMENTS : numCandidates;
    }

    int probesOrDefault() {
        return probes == null ? DEFAULT_PROBES : probes;
    }

    int minTablesOrDefault() {
        return minTables == null ? DEFAULT_MIN_TABLES : minTables;
    }

    boolean needsBuckets() {
        return candidates == CandidateMethod.LSH || metric == Metric.TABLES;
    }

    private void check() {
        if (k != null && (k < 1 || k > MAX_CANDIDATES)) {
            throw new IllegalArgumentException("[k] must be from [1] to [" + MAX_CANDIDATES + "]; got [" + k + "]");
        }
        if (numCandidates != null && (numCandidates < 1 || numCandidates > MAX_CANDIDATES)) {
            throw new IllegalArgumentException(
                    "[num_candidates] must be from [1] to [" + MAX_CANDIDATES + "]; got [" + numCandidates + "]");
        }
        if (k != null && numCandidates != null && numCandidates < k) {
            throw new IllegalArgumentException("[num_candidates] must be at least [k]; got num_candidates ["
                    + numCandidates + "] and k [" + k + "]");
        }
        checkNumExact();
        if (maxDistance != null && maxDistance < 0) {
            throw new IllegalArgumentException("[max_distance] must be at least [0]; got [" + maxDistance + "]");
        }
        if (maxDistance != null && !candidates.byCode()) {
            throw new IllegalArgumentException(
                    "[max_distance] bounds the Hamming distance of candidates and does not apply to [candidates] ["
                            + candidates + "]; leave it out, or use "
                            + (candidates == CandidateMethod.LSH ? "[min_tables] or [candidates] " : "") + "[hamming]");
        }
        checkBits();
        checkTables();
        if (probes != null && (probes < 1 || probes > MAX_PROBES)) {
            throw new IllegalArgumentException(
                    "[probes] must be from [1] to [" + MAX_PROBES + "]; got [" + probes + "]");
        }
        if (probes != null && candidates != CandidateMethod.CLUSTERS) {
            throw new IllegalArgumentException(
                    "[probes] bounds the clusters that are looked into and does not apply to [candidates] ["
                            + candidates + "]; leave it out, or use [clusters]");
        }
        if (similarity != null && !(similarity >= 0)) {
            throw new IllegalArgumentException(
                    "[similarity] is the least score kept and must be at least [0]; got [" + similarity + "]");
        }
    }

    private void checkBits() {
        if (bits != null && (bits < Byte.SIZE || bits % Byte.SIZE != 0)) {
            throw new IllegalArgumentException("[bits] must be a multiple of [8], at least [8]; got [" + bits + "]");
        }
        if (bits != null && candidates != CandidateMethod.HAMMING && candidates != CandidateMethod.CLUSTERS) {
            throw new IllegalArgumentException(
                    "[bits] is how many of a code's bits candidates are chosen by and does not apply to [candidates] ["
                            + candidates + "]; leave it out, or use [hamming]");
        }
        if (bits != null && numExact != null) {
            throw new IllegalArgumentException(
                    "[num_exact] estimates by whole codes and cannot be combined with [bits]; leave one of them out");
        }
    }

    private void checkTables() {
        if (tables != null && tables < 1) {
            throw new IllegalArgumentException("[tables] must be at least [1]; got [" + tables + "]");
        }
        if (tables != null && candidates != CandidateMethod.LSH) {
            throw new IllegalArgumentException(
                    "[tables] is how many hash tables candidates are chosen by and does not apply to [candidates] ["
                            + candidates + "]; leave it out, or use [lsh]");
        }
        if (minTables != null && minTables < 1) {
            throw new IllegalArgumentException("[min_tables] must be at least [1]; got [" + minTables + "]");
        }
        if (minTables != null && candidates != CandidateMethod.LSH) {
            throw new IllegalArgumentException(
                    "[min_tables] bounds the hash tables that agree and does not apply to [candidates] [" + candidates
                            + "]; leave it out, or use [lsh]");
        }
    }

    private void checkNumExact() {
        if (numExact == null) {
            return;
        }
        int least = k == null ? 1 : k;
        int most = numCandidates == null ? MAX_CANDIDATES : numCandidates;
        if (numExact < least || numExact > most) {
            throw new IllegalArgumentException("[num_exact] must be from [" + least + "]"
                    + (k == null ? " " : ", [k], ") + "to [" + most + "]"
                    + (numCandidates == null ? "" : ", [num_candidates]") + "; got [" + numExact + "]");
        }
        if (!candidates.byCode()) {
            throw new IllegalArgumentException(
                    "[num_exact] chooses among candidates by their codes and does not apply to [candidates] ["
                            + candidates + "]; leave it out, or use [hamming]");
        }
        if (metric == Metric.HAMMING || metric == Metric.TABLES) {
            throw new IllegalArgumentException("[num_exact] bounds the vectors that are read, and [metric] [" + metric
                    + "] reads none; leave it out, or use another metric");
        }
    }

    /** Writes the fields, which stand before the input. */
    void fieldsToXContent(XContentBuilder builder) throws IOException {
        builder.field(FIELD.getPreferredName(), field);
        builder.field(HASH_FIELD.getPreferredName(), siblings.hash);
        builder.field(BUCKETS_FIELD.getPreferredName(), siblings.buckets);
        builder.field(CLUSTER_FIELD.getPreferredName(), siblings.cluster);
        builder.field(NORM_FIELD.getPreferredName(), siblings.norm);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        given(builder, K, k);
        given(builder, NUM_CANDIDATES, numCandidates);
        given(builder, NUM_EXACT, numExact);
        given(builder, CANDIDATES, candidates.toString());
        given(builder, MAX_DISTANCE, maxDistance);
        given(builder, BITS, bits);
        given(builder, TABLES, tables);
        given(builder, MIN_TABLES, minTables);
        given(builder, PROBES, probes);
        given(builder, METRIC, metric == null ? null : metric.toString());
        given(builder, NORMALIZE_VECTORS, normalization == Normalization.NONE ? null : normalization.toString());
        given(builder, SIMILARITY, similarity);
        return builder;
    }

    private static void given(XContentBuilder builder, ParseField field, Object value) throws IOException {
        if (value != null) {
            builder.field(field.getPreferredName(), value);
        }
    }
}
