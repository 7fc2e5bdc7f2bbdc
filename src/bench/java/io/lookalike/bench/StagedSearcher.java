package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.query.LocalKnn;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Weight;

/**
 * Searches on the calling thread and one of an executor, and measures each stage of the plugin's query.
 *
 * <p>A stage is the creation of a weight for a query whose text begins with the stage's name and a bracket, as in a
 * profile. No query is cached. For one caller.
 */
final class StagedSearcher extends IndexSearcher {
    static final String P50 = "p50";

    /** Milliseconds by stage, since the last reset. */
    private final Map<String, Double> stages = new TreeMap<>();

    private final LocalKnn knn;

    StagedSearcher(IndexReader reader, Executor executor) {
        super(reader, executor);
        knn = LocalKnn.onTwo(executor);
        setQueryCache(null);
    }

    @Override
    public Weight createWeight(Query query, ScoreMode scoreMode, float boost) throws IOException {
        long start = System.nanoTime();
        Weight weight = super.createWeight(query, scoreMode, boost);
        long end = System.nanoTime();
        String text = query.toString();
        if (text.indexOf('[') > 0) {
            stages.merge(text.substring(0, text.indexOf('[')), (end - start) / 1e6, Double::sum);
        }
        return weight;
    }

    /** Makes queries for this searcher. */
    LocalKnn knn() {
        return knn;
    }

    /** Work between the searches of a round. */
    interface Between {
        void run(int search) throws IOException;
    }

    /**
     * Searches with each probe once.
     *
     * @param share as for {@link Probe#query}
     * @return medians in milliseconds: of the whole search as {@link #P50}, and of each stage by its name
     */
    ObjectNode round(Probe[] probes, Double share, Between between) throws IOException {
        Map<String, double[]> millis = new TreeMap<>();
        for (int i = 0; i < probes.length; i++) {
            between.run(i);
            stages.clear();
            long start = System.nanoTime();
            search(probes[i].query(knn, share), Probe.K);
            stages.put(P50, (System.nanoTime() - start) / 1e6);
            for (Map.Entry<String, Double> stage : stages.entrySet()) {
                millis.computeIfAbsent(stage.getKey(), name -> new double[probes.length])[i] = stage.getValue();
            }
        }
        ObjectNode medians = JsonNodeFactory.instance.objectNode();
        millis.forEach((stage, times) -> medians.put(stage, Spread.median(times)));
        return medians;
    }
}
