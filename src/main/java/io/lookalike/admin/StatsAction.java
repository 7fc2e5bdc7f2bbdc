package io.lookalike.admin;

/** Reports what happened to pictures on each node since it started. */
public final class StatsAction extends NodesAction {
    public static final StatsAction INSTANCE = new StatsAction();
    public static final String NAME = "cluster:monitor/lookalike/stats";

    private StatsAction() {
        super(NAME);
    }

    public static Request request() {
        return new Request(null);
    }
}
