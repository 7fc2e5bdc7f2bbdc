package io.lookalike.task;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.TreeSet;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.action.NoShardAvailableActionException;
import org.elasticsearch.action.search.SearchPhaseExecutionException;
import org.elasticsearch.action.search.ShardSearchFailure;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.search.SearchContextMissingException;
import org.elasticsearch.tasks.TaskCancelledException;
import org.elasticsearch.transport.ConnectTransportException;

/** Replaces failures caused by nodes that left the cluster by a message that names them. Stateless. */
public final class LostNodes {
    private LostNodes() {}

    /**
     * A failure that names the lost nodes if they caused this one, else this one.
     *
     * @param nodes of the cluster at the start
     * @param outcome what the failure left undone, for the message
     */
    public static Exception explain(DiscoveryNodes nodes, String outcome, Exception failure) {
        Set<String> lost = new TreeSet<>();
        boolean gone = false;
        Deque<Throwable> next = new ArrayDeque<>();
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        next.add(failure);
        while (!next.isEmpty()) {
            Throwable each = next.remove();
            if (!seen.add(each)) {
                continue;
            }
            if (each instanceof TaskCancelledException) {
                return failure;
            }
            gone |= isGone(each);
            if (each instanceof SearchPhaseExecutionException phase) {
                for (ShardSearchFailure shard : phase.shardFailures()) {
                    if (isGone(shard.getCause()) && shard.shard() != null) {
                        lost.add(name(nodes, shard.shard().getNodeId()));
                    }
                    next.add(shard.getCause());
                }
            }
            if (each.getCause() != null) {
                next.add(each.getCause());
            }
        }
        if (!gone) {
            return failure;
        }
        return new ElasticsearchStatusException(
                "{} left while documents were read, or an index is not available; {}: start it again when GET "
                        + "_cluster/health shows all primary shards",
                RestStatus.SERVICE_UNAVAILABLE,
                failure,
                lost.isEmpty() ? "a node" : "node " + lost,
                outcome);
    }

    private static boolean isGone(Throwable cause) {
        return cause instanceof ConnectTransportException
                || cause instanceof NoShardAvailableActionException
                || cause instanceof SearchContextMissingException;
    }

    private static String name(DiscoveryNodes nodes, String id) {
        DiscoveryNode node = id == null ? null : nodes.get(id);
        return node == null ? String.valueOf(id) : node.getName();
    }
}
