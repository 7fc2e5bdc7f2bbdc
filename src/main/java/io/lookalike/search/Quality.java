package io.lookalike.search;

import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Values;
import org.apache.lucene.search.Query;
import org.elasticsearch.common.logging.HeaderWarning;
import org.elasticsearch.index.mapper.MappedFieldType;
import org.elasticsearch.index.mapper.NumberFieldMapper.NumberFieldType;
import org.elasticsearch.index.query.SearchExecutionContext;

/**
 * The rule that a search by perceptual hash leaves out pictures with too little in them, all of which have nearly the
 * same hash.
 *
 * @param field the number beside the hashes; documents without a value are searched
 * @param least quality, from 1, that is not left out
 * @param below finds documents with less
 * @param shard index and shard, for the warning
 */
public record Quality(String field, int least, Query below, String shard) {
    private static final String OF_SHARD = " of shard ";
    private static final String NEAR = " are within [max_distance] but have a [";

    /**
     * Null where nothing is left out: least is 0, or no quality is mapped. A request that may warn is not answered from
     * the request cache.
     *
     * @param codes field of perceptual hashes
     * @param asked whether the user said what is least
     */
    public static Quality of(String codes, int least, boolean asked, SearchExecutionContext context) {
        String name = FieldNames.sibling(codes, FieldNames.QUALITY);
        MappedFieldType type = context.getFieldType(name);
        if (least == 0 || type == null) {
            return null;
        }
        if (!(type instanceof NumberFieldType) || !type.isSearchable()) {
            if (!asked) {
                return null;
            }
            throw new IllegalArgumentException("field [" + Values.show(name) + "] is of type [" + type.typeName()
                    + "], or not indexed; [min_quality] needs numbers there, as GET "
                    + "/_lookalike/encoder/{id}/_mapping maps them:"
                    + " leave [min_quality] out");
        }
        context.disableCache();
        return new Quality(
                type.name(),
                least,
                type.rangeQuery(null, least, true, false, null, null, null, context),
                "[" + Values.show(context.getFullyQualifiedIndex().getName()) + "][" + context.getShardId() + "]");
    }

    /**
     * Tells the user how many documents of this shard are near but were left out, unless the coordinating node knows it
     * of all.
     */
    void warn(int leftOut) {
        if (leftOut > 0) {
            warn(leftOut, OF_SHARD + shard, field, least);
        }
    }

    /** Whether a {@code Warning} header is that of a shard of what it left out. */
    public static boolean isShards(String header) {
        return header.contains("] documents" + OF_SHARD + "[") && header.contains("]" + NEAR);
    }

    /** @param where of which documents, with a space before it, or nothing */
    public static void warn(long leftOut, String where, String field, int least) {
        HeaderWarning.addWarning(
                "{}",
                "[" + leftOut + "] documents" + where + NEAR + Values.show(field) + "] under [" + least
                        + "], too little content to tell them by, and were left out; set [min_quality] to [0] to get "
                        + "them");
    }
}
