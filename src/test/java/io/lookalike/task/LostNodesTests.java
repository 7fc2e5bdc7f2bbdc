package io.lookalike.task;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.elasticsearch.ElasticsearchException;
import org.elasticsearch.action.search.SearchPhaseExecutionException;
import org.elasticsearch.action.search.ShardSearchFailure;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodeUtils;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.transport.TransportAddress;
import org.elasticsearch.index.shard.ShardId;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.search.SearchShardTarget;
import org.elasticsearch.tasks.TaskCancelledException;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.transport.NodeDisconnectedException;

public class LostNodesTests extends ESTestCase {
    private static final DiscoveryNode NODE = DiscoveryNodeUtils.builder("id-1")
            .name("data-1")
            .address(new TransportAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 9300)))
            .build();
    private static final DiscoveryNodes NODES =
            DiscoveryNodes.builder().add(NODE).build();

    private static Exception search(Exception cause) {
        SearchShardTarget target = new SearchShardTarget("id-1", new ShardId("pics", "uuid", 0), null);
        return new ElasticsearchException(
                "outer", new SearchPhaseExecutionException("query", "Partial shards failure", new ShardSearchFailure[] {
                    new ShardSearchFailure(cause, target)
                }));
    }

    public void testLostNodeIsNamed() {
        Exception failure = search(new NodeDisconnectedException(NODE, "read"));
        ElasticsearchException said = (ElasticsearchException) LostNodes.explain(NODES, "nothing was done", failure);
        assertEquals(
                "node [data-1] left while documents were read, or an index is not available; nothing was done: start "
                        + "it again when GET _cluster/health shows all primary shards",
                said.getMessage());
        assertEquals(RestStatus.SERVICE_UNAVAILABLE, said.status());
        assertSame(failure, said.getCause());
    }

    public void testOtherFailuresStayAsTheyAre() {
        Exception wrong = search(new IllegalArgumentException("a wrong query"));
        assertSame(wrong, LostNodes.explain(NODES, "nothing was done", wrong));
        Exception cancelled = search(new TaskCancelledException("it"));
        assertSame(cancelled, LostNodes.explain(NODES, "nothing was done", cancelled));
        Exception plain = new IllegalStateException("plain");
        assertSame(plain, LostNodes.explain(NODES, "nothing was done", plain));
    }
}
