package io.lookalike.it.guard;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executor;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.IndicesRequest;
import org.elasticsearch.action.support.ActionFilter;
import org.elasticsearch.action.support.ActionFilterChain;
import org.elasticsearch.common.logging.HeaderWarning;
import org.elasticsearch.common.regex.Regex;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.transport.TransportInterceptor;
import org.elasticsearch.transport.TransportRequest;
import org.elasticsearch.transport.TransportRequestHandler;

/**
 * Who may do what. As in Elasticsearch's security, an action runs as the user of its thread context, as the system
 * where the context is marked so or has an origin that is known, and is refused otherwise.
 *
 * <p>Every request names its user in the header {@value USER} and in {@code X-Opaque-Id}, which starts with the user's
 * name and a colon: an action whose two names differ is done in the wrong name, and noted. Each search of a user leaves
 * a {@code Warning} and a response header with the user's name. Thread-safe.
 */
final class Guard implements ActionFilter, TransportInterceptor {
    static final String USER = "X-Guard-User";
    /** In answers: for whom actions were done. */
    static final String DONE_FOR = "X-Guard-Done-For";

    static final String ADMIN = "admin";
    private static final String ORIGIN = "action.origin";
    /** Of those that security knows, the ones that the server itself uses. */
    private static final Set<String> KNOWN_ORIGINS =
            Set.of("tasks", "persistent_tasks", "ingest", "stack", "post_write_refresh", "data_stream_lifecycle");

    /** Kept from the first action of a request on this node. */
    private static final String AUTHENTICATED = "_guard_user";

    private final Map<String, List<String>> may = new ConcurrentHashMap<>();
    private final Map<String, List<String>> names;
    private final Queue<String> violations = new ConcurrentLinkedQueue<>();
    private final Set<String> done = new ConcurrentSkipListSet<>();
    private volatile ThreadContext context;

    Guard(Settings settings) {
        GuardPlugin.MAY.getAsMap(settings).forEach(this::may);
        names = GuardPlugin.NAMES.getAsMap(settings);
    }

    void use(ThreadContext threadContext) {
        context = threadContext;
    }

    void may(String user, List<String> patterns) {
        if (patterns.isEmpty()) {
            may.remove(user);
        } else {
            may.put(user, List.copyOf(patterns));
        }
    }

    /** What was done in the wrong name, or in nobody's. */
    List<String> violations() {
        return List.copyOf(violations);
    }

    /** Each action that was done, with its user. */
    Set<String> done() {
        return done;
    }

    void forget() {
        violations.clear();
        done.clear();
    }

    /** Null for nobody. */
    String user() {
        String header = context.getHeader(USER);
        String authenticated = context.getTransient(AUTHENTICATED);
        if (authenticated != null && !authenticated.equals(header)) {
            violations.add("header of [" + header + "], authenticated as [" + authenticated + "]");
        }
        return header;
    }

    boolean isSystem() {
        String origin = context.getTransient(ORIGIN);
        if (origin != null && !KNOWN_ORIGINS.contains(origin)) {
            throw new IllegalStateException("action.origin [" + origin + "] is unknown");
        }
        return context.isSystemContext() || origin != null;
    }

    /** Whether documents of this owner are shown to whom the thread works for. */
    boolean seesAll() {
        String user = context.getHeader(USER);
        return user == null ? isSystem() : user.equals(ADMIN);
    }

    private void authorise(String action) {
        if (isSystem()) {
            done.add("system " + action);
            return;
        }
        String user = user();
        if (user == null) {
            if (action.startsWith("cluster:monitor/health") || action.startsWith("internal:")) {
                return; // whether the node has started is asked by nobody
            }
            violations.add("[" + action + "] by nobody");
            throw new ElasticsearchStatusException(
                    "missing authentication for [" + action + "]", RestStatus.UNAUTHORIZED);
        }
        String opaque = context.getHeader(Task.X_OPAQUE_ID_HTTP_HEADER);
        if (opaque == null || !opaque.startsWith(user + ":")) {
            violations.add("[" + action + "] as [" + user + "] for the request [" + opaque + "]");
        }
        done.add(user + " " + action);
        List<String> patterns = may.get(user);
        // parts of an action on nodes and shards are granted with it
        String whole = action.replaceFirst("\\[.*", "");
        if (patterns != null && patterns.stream().noneMatch(pattern -> Regex.simpleMatch(pattern, whole))) {
            throw new ElasticsearchStatusException(
                    "action [" + action + "] is unauthorized for user [" + user + "]", RestStatus.FORBIDDEN);
        }
    }

    /** What goes to nodes and shards names indices that the whole request was granted. */
    private void authoriseNames(String action, ActionRequest request) {
        List<String> granted = isSystem() ? null : names.get(context.getHeader(USER));
        if (granted != null
                && action.indexOf('[') < 0
                && request instanceof IndicesRequest named
                && named.indices() != null
                && !granted.containsAll(List.of(named.indices()))) {
            throw new ElasticsearchStatusException(
                    "action [" + action + "] of " + List.of(named.indices()) + " is unauthorized",
                    RestStatus.FORBIDDEN);
        }
    }

    @Override
    public int order() {
        return Integer.MIN_VALUE;
    }

    @Override
    public <Q extends ActionRequest, R extends ActionResponse> void apply(
            Task task, String action, Q request, ActionListener<R> listener, ActionFilterChain<Q, R> chain) {
        authorise(action);
        authoriseNames(action, request);
        String user = context.getHeader(USER);
        if (user != null && !isSystem()) {
            if (context.getTransient(AUTHENTICATED) == null) {
                context.putTransient(AUTHENTICATED, user);
            }
            context.addResponseHeader(DONE_FOR, user);
            if (action.startsWith("indices:data/read/search")) {
                HeaderWarning.addWarning("searched for [{}]", user);
            }
        }
        chain.proceed(task, action, request, listener);
    }

    @Override
    public <T extends TransportRequest> TransportRequestHandler<T> interceptHandler(
            String action, Executor executor, boolean forceExecution, TransportRequestHandler<T> handler) {
        if (!action.startsWith("indices:data/") && !action.contains("/lookalike/")) {
            return handler;
        }
        return (request, channel, task) -> {
            authorise(action);
            handler.messageReceived(request, channel, task);
        };
    }
}
