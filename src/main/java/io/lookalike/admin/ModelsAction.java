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

/** What models each node has, with inputs, outputs and hash. */
public final class ModelsAction extends ActionType<ModelsAction.Response> {
    public static final ModelsAction INSTANCE = new ModelsAction();
    public static final String NAME = "cluster:monitor/lookalike/models";

    private ModelsAction() {
        super(NAME);
    }

    /** Asks every node; one model, or all when the id is null. */
    public static final class Request extends BaseNodesRequest {
        final String model;

        public Request(String model) {
            super(new String[0]);
            this.model = model;
        }
    }

    /** The question as one node gets it. */
    static final class NodeRequest extends AbstractTransportRequest {
        final String model;

        NodeRequest(String model) {
            this.model = model;
        }

        NodeRequest(StreamInput in) throws IOException {
            super(in);
            model = in.readOptionalString();
        }

        @Override
        public void writeTo(StreamOutput out) throws IOException {
            super.writeTo(out);
            out.writeOptionalString(model);
        }
    }

    /** One node's models, each as the fields of its JSON. */
    public static final class NodeModels extends BaseNodeResponse {
        private final List<Map<String, Object>> models;

        NodeModels(DiscoveryNode node, List<Map<String, Object>> models) {
            super(node);
            this.models = models;
        }

        NodeModels(StreamInput in) throws IOException {
            super(in);
            models = in.readCollectionAsList(StreamInput::readGenericMap);
        }

        @Override
        public void writeTo(StreamOutput out) throws IOException {
            super.writeTo(out);
            out.writeCollection(models, StreamOutput::writeGenericMap);
        }

        public List<Map<String, Object>> models() {
            return models;
        }
    }

    /** All nodes' models. */
    public static final class Response extends BaseNodesResponse<NodeModels> {
        Response(ClusterName name, List<NodeModels> nodes, List<FailedNodeException> failures) {
            super(name, nodes, failures);
        }

        @Override
        protected List<NodeModels> readNodesFrom(StreamInput in) throws IOException {
            return in.readCollectionAsList(NodeModels::new);
        }

        @Override
        protected void writeNodesTo(StreamOutput out, List<NodeModels> nodes) throws IOException {
            out.writeCollection(nodes);
        }
    }
}
