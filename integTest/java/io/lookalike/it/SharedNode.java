package io.lookalike.it;

import io.lookalike.node.RealNode;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests one node for all of them, started when the first asks for it and stopped after the last: as a
 * {@link RealNode}, or as an {@link Http} to it.
 */
final class SharedNode implements ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(SharedNode.class);

    /** A node and the way to it, closed by JUnit at the end of the run. */
    private record Running(RealNode node, Http http) implements AutoCloseable {
        static Running start() {
            RealNode node =
                    RealNode.builder().heap("1g").setting("node.name", "shared").start();
            return new Running(node, new Http(node.uri()));
        }

        @Override
        public void close() {
            http.close();
            node.close();
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == Http.class || type == RealNode.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Running running = context.getRoot()
                .getStore(NAMESPACE)
                .computeIfAbsent(Running.class, key -> Running.start(), Running.class);
        return parameter.getParameter().getType() == Http.class ? running.http : running.node;
    }
}
