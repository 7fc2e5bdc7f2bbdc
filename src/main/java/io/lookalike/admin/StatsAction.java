package io.lookalike.admin;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.FailedNodeException;
import org.elasticsearch.action.support.nodes.BaseNodeResponse;
import org.elasticsearch.action.support.nodes.BaseNodesRequest;
import org.elasticsearch.action.support.nodes.BaseNodesResponse;
import org.elasticsearch.cluster.ClusterName;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.transport.AbstractTransportRequest;

/** What happened to pictures on each node since it started. */
public final class StatsAction extends ActionType<StatsAction.Response> {
    public static final StatsAction INSTANCE = new StatsAction();
    public static final String NAME = "cluster:monitor/lookalike/stats";

    private StatsAction() {
        super(NAME);
    }

    /** Asks every node. */
    public static final class Request extends BaseNodesRequest {
        public Request() {
            super(new String[0]);
        }
    }

    /** The question as one node gets it. */
    static final class NodeRequest extends AbstractTransportRequest {
        NodeRequest() {}

        NodeRequest(StreamInput in) throws IOException {
            super(in);
        }
    }

    /** One node's figures as the fields of its JSON. */
    public static final class NodeStats extends BaseNodeResponse {
        private final Map<String, Object> stats;

        NodeStats(DiscoveryNode node, Map<String, Object> stats) {
            super(node);
            this.stats = stats;
        }

        NodeStats(StreamInput in) throws IOException {
            super(in);
            stats = in.readGenericMap();
        }

        @Override
        public void writeTo(StreamOutput out) throws IOException {
            super.writeTo(out);
            out.writeGenericMap(stats);
        }

        public Map<String, Object> stats() {
            return stats;
        }
    }

    /** All nodes' figures. */
    public static final class Response extends BaseNodesResponse<NodeStats> {
        Response(ClusterName name, List<NodeStats> nodes, List<FailedNodeException> failures) {
            super(name, nodes, failures);
        }

        @Override
        protected List<NodeStats> readNodesFrom(StreamInput in) throws IOException {
            return in.readCollectionAsList(NodeStats::new);
        }

        @Override
        protected void writeNodesTo(StreamOutput out, List<NodeStats> nodes) throws IOException {
            out.writeCollection(nodes);
        }
    }
}
