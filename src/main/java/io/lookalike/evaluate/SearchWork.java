package io.lookalike.evaluate;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.search.profile.ProfileResult;
import org.elasticsearch.search.profile.SearchProfileShardResult;
import org.elasticsearch.search.profile.query.QueryProfileShardResult;

/**
 * The amount of data that searches read, from their profiles: figures of the stages of {@code hash_knn}, and counts of
 * stock knn.
 */
final class SearchWork {
    private static final Pattern CODES = Pattern.compile("candidates\\[.*?\\b(?:codes|postings)=(\\d+).*");
    private static final Pattern VISITED = Pattern.compile("candidates\\[.*?\\bvisited=(\\d+).*");
    private static final Pattern SHARE = Pattern.compile("candidates\\[.*?\\bdocuments=(\\d+),of=(\\d+).*");
    private static final Pattern VECTORS = Pattern.compile("score\\[.*?\\bvectors=(\\d+).*");

    private long codes;
    private long documents;
    private long all;
    private long vectors;
    private boolean anyCodes;
    private boolean anyVectors;
    private int searches;

    void add(SearchResponse response) {
        searches++;
        for (SearchProfileShardResult shard :
                response.getSearchProfileResults().getShardResults().values()) {
            shard.getQueryProfileResults().forEach(this::add);
            if (shard.getSearchProfileDfsPhaseResult() != null
                    && shard.getSearchProfileDfsPhaseResult().getQueryProfileShardResult() != null) {
                shard.getSearchProfileDfsPhaseResult()
                        .getQueryProfileShardResult()
                        .forEach(this::add);
            }
        }
    }

    private void add(QueryProfileShardResult query) {
        if (query.getVectorOperationsCount() != null && query.getVectorOperationsCount() > 0) {
            vectors += query.getVectorOperationsCount();
            anyVectors = true;
        }
        add(query.getQueryResults());
    }

    private void add(List<ProfileResult> results) {
        for (ProfileResult result : results) {
            String figures = result.getLuceneDescription();
            Matcher looked = CODES.matcher(figures);
            if (looked.matches()) {
                codes += Long.parseLong(looked.group(1));
                anyCodes = true;
                Matcher visited = VISITED.matcher(figures);
                codes += visited.matches() ? Long.parseLong(visited.group(1)) : 0;
            }
            Matcher share = SHARE.matcher(figures);
            if (share.matches()) {
                documents += Long.parseLong(share.group(1));
                all += Long.parseLong(share.group(2));
            }
            Matcher scored = VECTORS.matcher(figures);
            if (scored.matches()) {
                vectors += Long.parseLong(scored.group(1));
                anyVectors = true;
            }
            add(result.getProfiledChildren());
        }
    }

    /** Codes that a search looked at, on average; NaN if unknown. */
    double codes() {
        return anyCodes ? (double) codes / searches : Double.NaN;
    }

    /** Share of the documents with codes or buckets that was looked at; both include deleted ones; NaN if unknown. */
    double share() {
        return all == 0 ? Double.NaN : (double) documents / all;
    }

    /** Vectors that a search read, on average; NaN if unknown. */
    double vectors() {
        return anyVectors ? (double) vectors / searches : Double.NaN;
    }
}
