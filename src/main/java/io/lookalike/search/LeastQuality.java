package io.lookalike.search;

import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Messages;
import org.apache.lucene.search.Query;
import org.elasticsearch.common.logging.HeaderWarning;
import org.elasticsearch.index.mapper.MappedFieldType;
import org.elasticsearch.index.mapper.NumberFieldMapper.NumberFieldType;
import org.elasticsearch.index.query.SearchExecutionContext;

/**
 * The rule that a search by perceptual hash leaves out pictures with too little content, because all of these have
 * nearly the same hash.
 *
 * @param field of the quality, beside the hashes; documents without a value are found
 * @param least the least quality that is found, at least 1
 * @param below matches documents of less quality
 * @param shard index and shard, for the warning
 */
public record LeastQuality(String field, int least, Query below, String shard) {
    private static final String OF_SHARD = " of shard ";
    private static final String NEAR = " are within [max_distance] but have a [";

    /**
     * Null if least is 0 or no quality is mapped: then nothing is left out. A request that may cause a warning is not
     * cached.
     *
     * @param codes the field of perceptual hashes
     * @param asked whether the user set {@code least}
     */
    public static LeastQuality of(String codes, int least, boolean asked, SearchExecutionContext context) {
        String name = FieldNames.sibling(codes, FieldNames.QUALITY);
        MappedFieldType type = context.getFieldType(name);
        if (least == 0 || type == null) {
            return null;
        }
        if (!(type instanceof NumberFieldType) || !type.isSearchable()) {
            if (!asked) {
                return null;
            }
            throw new IllegalArgumentException("field [" + Messages.show(name) + "] is of type [" + type.typeName()
                    + "], or not indexed; [min_quality] needs numbers there, as GET "
                    + "/_lookalike/encoder/{id}/_mapping maps them:"
                    + " leave [min_quality] out");
        }
        context.disableCache();
        return new LeastQuality(
                type.name(),
                least,
                type.rangeQuery(null, least, true, false, null, null, null, context),
                "[" + Messages.show(context.getFullyQualifiedIndex().getName()) + "][" + context.getShardId() + "]");
    }

    /** Warns the user how many near documents of this shard were left out. */
    void warn(int leftOut) {
        if (leftOut > 0) {
            warn(leftOut, OF_SHARD + shard, field, least);
        }
    }

    /** Whether a {@code Warning} header is a single shard's warning of what it left out. */
    public static boolean isShards(String header) {
        return header.contains("] documents" + OF_SHARD + "[") && header.contains("]" + NEAR);
    }

    /** @param where the documents are, with a space before it, or empty */
    public static void warn(long leftOut, String where, String field, int least) {
        HeaderWarning.addWarning(
                "{}",
                "[" + leftOut + "] documents" + where + NEAR + Messages.show(field) + "] under [" + least
                        + "], too little content to tell them by, and were left out; set [min_quality] to [0] to get "
                        + "them");
    }
}
