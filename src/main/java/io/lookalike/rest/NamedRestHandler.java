package io.lookalike.rest;

import java.util.List;
import org.elasticsearch.rest.BaseRestHandler;

/** A handler of the plugin, with its name and routes. */
abstract class NamedRestHandler extends BaseRestHandler {
    private final String name;
    private final List<Route> routes;

    NamedRestHandler(String name, Route... routes) {
        this.name = name;
        this.routes = List.of(routes);
    }

    @Override
    public final String getName() {
        return name;
    }

    @Override
    public final List<Route> routes() {
        return routes;
    }
}
