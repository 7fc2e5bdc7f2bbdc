package io.lookalike.admin;

import io.lookalike.encoder.WireVersion;
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

/** Asks every node of the cluster; each answers with the fields of a JSON object. */
public abstract class NodesAction extends ActionType<NodesAction.Response> {
    private static final WireVersion REQUEST = new WireVersion("a request to each node", 1);
    private static final WireVersion ANSWER = new WireVersion("the answer of a node", 1);

    NodesAction(String name) {
        super(name);
    }

    /** A request to all nodes. */
    public static final class Request extends BaseNodesRequest {
        final String argument;

        /** @param argument null for none */
        Request(String argument) {
            super(new String[0]);
            this.argument = argument;
        }
    }

    /** The request as one node gets it. */
    static final class NodeRequest extends AbstractTransportRequest {
        final String argument;

        NodeRequest(String argument) {
            this.argument = argument;
        }

        NodeRequest(StreamInput in) throws IOException {
            super(in);
            REQUEST.readFrom(in);
            argument = in.readOptionalString();
        }

        @Override
        public void writeTo(StreamOutput out) throws IOException {
            super.writeTo(out);
            REQUEST.writeTo(out);
            out.writeOptionalString(argument);
        }
    }

    /** The answer of one node. */
    public static final class NodeFields extends BaseNodeResponse {
        private final Map<String, Object> fields;

        NodeFields(DiscoveryNode node, Map<String, Object> fields) {
            super(node);
            this.fields = fields;
        }

        NodeFields(StreamInput in) throws IOException {
            super(in);
            ANSWER.readFrom(in);
            fields = in.readGenericMap();
        }

        @Override
        public void writeTo(StreamOutput out) throws IOException {
            super.writeTo(out);
            ANSWER.writeTo(out);
            out.writeGenericMap(fields);
        }

        public Map<String, Object> fields() {
            return fields;
        }
    }

    /** The answers of all nodes. */
    public static final class Response extends BaseNodesResponse<NodeFields> {
        Response(ClusterName name, List<NodeFields> nodes, List<FailedNodeException> failures) {
            super(name, nodes, failures);
        }

        @Override
        protected List<NodeFields> readNodesFrom(StreamInput in) throws IOException {
            return in.readCollectionAsList(NodeFields::new);
        }

        @Override
        protected void writeNodesTo(StreamOutput out, List<NodeFields> nodes) throws IOException {
            out.writeCollection(nodes);
        }
    }
}
