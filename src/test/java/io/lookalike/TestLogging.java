package io.lookalike;

import org.elasticsearch.common.logging.LogConfigurator;

/** Elasticsearch's classes want their logging before they are first touched; without a node nobody else sets it up. */
public final class TestLogging {
    private TestLogging() {}

    static {
        LogConfigurator.configureESLogging();
    }

    /** Sets it up once. */
    public static void start() {}
}
