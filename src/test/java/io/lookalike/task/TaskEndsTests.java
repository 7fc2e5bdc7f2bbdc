package io.lookalike.task;

import io.lookalike.LookalikePlugin;
import io.lookalike.admin.PutEncoderAction;
import io.lookalike.duplicates.DuplicatesAction;
import io.lookalike.duplicates.TransportDuplicatesAction;
import io.lookalike.encoder.Mappings;
import io.lookalike.evaluate.EvaluateAction;
import io.lookalike.evaluate.TransportEvaluateAction;
import io.lookalike.inference.Encoder;
import io.lookalike.inference.Encoders;
import io.lookalike.reencode.ReencodeAction;
import io.lookalike.reencode.TransportReencodeAction;
import io.lookalike.train.TrainAction;
import io.lookalike.train.TransportTrainAction;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.bulk.BulkRequest;
import org.elasticsearch.action.index.IndexRequest;
import org.elasticsearch.action.search.TransportClosePointInTimeAction;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.IndicesOptions;
import org.elasticsearch.action.support.PlainActionFuture;
import org.elasticsearch.action.support.WriteRequest;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.client.internal.FilterClient;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.indices.breaker.CircuitBreakerService;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.search.SearchService;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.tasks.TaskAwareRequest;
import org.elasticsearch.tasks.TaskCancelledException;
import org.elasticsearch.tasks.TaskId;
import org.elasticsearch.test.ESSingleNodeTestCase;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;
import org.elasticsearch.xcontent.NamedXContentRegistry;
import org.junit.Before;

/**
 * Ends each long task at every phase that it announces and at every request that it makes: the listener is told once,
 * and turn, memory and points in time are released.
 */
public class TaskEndsTests extends ESSingleNodeTestCase {
    private static final String INDEX = "pics";
    private static final String MADE = "made";
    private static final int DIMS = 16;
    private static final int DOCUMENTS = 240;
    private static final String PLANTED = "planted";
    private static final String USER = "user";

    private ThreadContext nodeContext;
    private ComputePool pool;
    private long heldBefore;

    @Override
    protected Collection<Class<? extends Plugin>> getPlugins() {
        return List.of(LookalikePlugin.class);
    }

    @Before
    public void prepare() {
        nodeContext = getInstanceFromNode(ThreadPool.class).getThreadContext();
        pool = getInstanceFromNode(ComputePool.class);
        put("from", Map.of("model", "none", "dims", DIMS, "hash", Map.of("bits", 32)));
        put("to", Map.of("model", "none", "dims", DIMS, "hash", Map.of("bits", 32, "seed", 9)));
        index();
        heldBefore = held();
    }

    private void put(String id, Map<String, Object> body) {
        TimeValue wait = TimeValue.timeValueSeconds(30);
        client().execute(PutEncoderAction.INSTANCE, new PutEncoderAction.Request(wait, wait, id, body))
                .actionGet();
    }

    private void index() {
        Encoders encoders = getInstanceFromNode(Encoders.class);
        Map<String, Object> mapping =
                Mappings.of(encoders.registry().definition("from"), "photo", Mappings.Graph.NONE, false);
        Map<String, Object> fields = new HashMap<>();
        ((Map<?, ?>) mapping.get("properties")).forEach((name, field) -> fields.put((String) name, field));
        fields.put("label", Map.of("type", "keyword"));
        client().admin()
                .indices()
                .prepareCreate(INDEX)
                .setSettings(Settings.builder().put("index.number_of_shards", 2).put("index.number_of_replicas", 0))
                .setMapping(Map.of("properties", fields))
                .get();
        Encoder encoder = encoders.registry().encoder("from");
        Random random = new Random(3);
        BulkRequest bulk = new BulkRequest().setRefreshPolicy(WriteRequest.RefreshPolicy.IMMEDIATE);
        for (int i = 0; i < DOCUMENTS; i++) {
            float[] vector = new float[DIMS];
            for (int d = 0; d < DIMS; d++) {
                vector[d] = i % 3 == 0 ? d : (float) random.nextGaussian();
            }
            bulk.add(new IndexRequest(INDEX)
                    .id("d" + i)
                    .source(Map.of(
                            "photo", encoder.encodeVector("vector", vector).toMap(), "label", "l" + i % 4)));
        }
        assertFalse(client().bulk(bulk).actionGet().hasFailures());
    }

    private long held() {
        return getInstanceFromNode(CircuitBreakerService.class)
                .getBreaker("lookalike")
                .getUsed();
    }

    /** A task that runs an action when it announces a phase. */
    private static final class Planted extends LongTask {
        final List<String> announced = Collections.synchronizedList(new ArrayList<>());
        private final int when;
        private final Consumer<Planted> what;

        Planted(long id, String type, String action, TaskId parent, int when, Consumer<Planted> what) {
            super(id, type, action, PLANTED, parent, Map.of());
            this.when = when;
            this.what = what;
        }

        @Override
        public void at(String phase, long done, long of) {
            super.at(phase, done, of);
            announced.add(phase);
            if (announced.size() - 1 == when) {
                what.accept(this);
            }
        }
    }

    /** The transport action of a kind of task. */
    private interface Starter {
        void start(Client client, Task task, ActionListener<ActionResponse> listener);
    }

    private Map<String, Starter> kinds() {
        Map<String, Starter> kinds = new LinkedHashMap<>();
        kinds.put("train", (client, task, listener) -> {
            Map<String, Object> learn = Map.of(
                    "pca",
                    Map.of("dims", 16),
                    "itq",
                    Map.of("bits", 16, "iterations", 2),
                    "kmeans",
                    Map.of("clusters", 4));
            Map<String, Object> body = new HashMap<>(Map.of("from", "from", "index", INDEX, "learn", learn));
            new TransportTrainAction(transport(), cluster(), filters(), encoders(), pool, client)
                    .doExecute(
                            task,
                            new TrainAction.Request(MADE, body, null, TimeValue.timeValueSeconds(30)),
                            listener.map(response -> response));
        });
        kinds.put("duplicates", (client, task, listener) -> {
            Map<String, Object> body = new HashMap<>(Map.of(
                    "same",
                    Map.of("field", "photo.hash", "max_distance", 1),
                    "alike",
                    Map.of("field", "photo.vector", "similarity", .9),
                    "_source",
                    List.of("label")));
            new TransportDuplicatesAction(transport(), cluster(), filters(), encoders(), pool, client)
                    .doExecute(
                            task,
                            new DuplicatesAction.Request(new String[] {INDEX}, body, null),
                            listener.map(response -> response));
        });
        kinds.put("reencode", (client, task, listener) -> {
            Map<String, Object> body =
                    new HashMap<>(Map.of("from", "from", "to", "to", "target_field", "again", "batch_size", 100));
            new TransportReencodeAction(
                            transport(),
                            cluster(),
                            filters(),
                            getInstanceFromNode(IndexNameExpressionResolver.class),
                            encoders(),
                            client)
                    .doExecute(
                            task,
                            new ReencodeAction.Request(new String[] {INDEX}, body, null, 10_000, true),
                            listener.map(response -> response));
        });
        TransportEvaluateAction evaluate = evaluate(new Relay(client(), null));
        kinds.put("evaluate", (client, task, listener) -> {
            Map<String, Object> body = new HashMap<>(Map.of(
                    "request",
                    Map.of("hash_knn", Map.of("field", "photo.vector")),
                    "queries",
                    10,
                    "k",
                    3,
                    "label_field",
                    "label",
                    "codes",
                    Map.of("bits", List.of(8), "iterations", 2, "sample", 1_000)));
            relay.target = client;
            evaluate.doExecute(
                    task,
                    new EvaluateAction.Request(
                            new String[] {INDEX}, IndicesOptions.strictExpandOpenAndForbidClosed(), body),
                    listener.map(response -> response));
        });
        return kinds;
    }

    private Relay relay;

    /** One action for all evaluations, because few may run at once. */
    private TransportEvaluateAction evaluate(Relay client) {
        relay = client;
        return new TransportEvaluateAction(
                transport(),
                filters(),
                client,
                getInstanceFromNode(NamedXContentRegistry.class),
                cluster(),
                encoders(),
                pool);
    }

    /** Passes requests on to the client of the run. */
    private static final class Relay extends FilterClient {
        private volatile Client target;

        Relay(Client in, Client target) {
            super(in);
            this.target = target;
        }

        @Override
        protected <Q extends ActionRequest, R extends ActionResponse> void doExecute(
                ActionType<R> action, Q request, ActionListener<R> listener) {
            target.execute(action, request, listener);
        }
    }

    private TransportService transport() {
        return getInstanceFromNode(TransportService.class);
    }

    private ClusterService cluster() {
        return getInstanceFromNode(ClusterService.class);
    }

    private Encoders encoders() {
        return getInstanceFromNode(Encoders.class);
    }

    private static ActionFilters filters() {
        return new ActionFilters(Set.of());
    }

    /** The outcome of a task. */
    private static final class Outcome {
        final List<Object> told = Collections.synchronizedList(new ArrayList<>());
        final List<Object> users = Collections.synchronizedList(new ArrayList<>());
        final CountDownLatch done = new CountDownLatch(1);
        Planted task;

        Object await(String what) throws InterruptedException {
            assertTrue(what + ": nobody was told", done.await(60, TimeUnit.SECONDS));
            return told.getFirst();
        }
    }

    private Outcome start(Starter starter, Client client, int when, Consumer<Planted> what) {
        Outcome outcome = new Outcome();
        outcome.task = (Planted) transport().getTaskManager().register("transport", "action", new TaskAwareRequest() {
            @Override
            public void setParentTask(TaskId parent) {}

            @Override
            public void setRequestId(long id) {}

            @Override
            public TaskId getParentTask() {
                return TaskId.EMPTY_TASK_ID;
            }

            @Override
            public Task createTask(long id, String type, String action, TaskId parent, Map<String, String> headers) {
                return new Planted(id, type, action, parent, when, what);
            }
        });
        BiConsumer<Object, Object> tell = (told, none) -> {
            outcome.users.add(nodeContext.getTransient(USER));
            outcome.told.add(told);
            transport().getTaskManager().unregister(outcome.task);
            outcome.done.countDown();
        };
        starter.start(client, outcome.task, ActionListener.wrap(r -> tell.accept(r, null), e -> tell.accept(e, null)));
        return outcome;
    }

    private void requireNothingLeft(String what) throws Exception {
        PlainActionFuture<Releasable> turn = new PlainActionFuture<>();
        pool.turn(new LongTask(0, "transport", "action", what, TaskId.EMPTY_TASK_ID, Map.of()), turn);
        turn.actionGet(TimeValue.timeValueSeconds(30)).close();
        SearchService searches = getInstanceFromNode(SearchService.class);
        assertBusy(() -> {
            assertEquals(what, heldBefore, held());
            assertEquals(what, 0, searches.getActiveContexts());
        });
    }

    private void forget() {
        if (encoders().registry().exists(MADE)) {
            client().execute(
                            io.lookalike.admin.DeleteEncoderAction.INSTANCE,
                            new io.lookalike.admin.DeleteEncoderAction.Request(
                                    TimeValue.timeValueSeconds(30), TimeValue.timeValueSeconds(30), MADE, true))
                    .actionGet();
        }
    }

    private void cancel(Planted task) {
        transport().getTaskManager().cancelTaskAndDescendants(task, PLANTED, false, ActionListener.noop());
        assertTrue(task.isCancelled());
    }

    private Map<String, Consumer<Planted>> endings() {
        Map<String, Consumer<Planted>> endings = new LinkedHashMap<>();
        endings.put("cancel", this::cancel);
        endings.put("exception", task -> {
            throw new IllegalStateException(PLANTED);
        });
        endings.put("error", task -> {
            throw new NoClassDefFoundError(PLANTED);
        });
        return endings;
    }

    private static void requireFailure(String what, String ending, Object told) {
        assertTrue(what + ": " + told, told instanceof Exception);
        Exception failure = (Exception) told;
        assertTrue(what, ExceptionsHelper.maybeError(failure).isEmpty());
        if (ending.equals("cancel")) {
            assertTrue(what + ": " + told, told instanceof TaskCancelledException);
        } else {
            assertTrue(what + ": " + told, failure.getMessage().contains(PLANTED));
        }
    }

    /** The first and the last announcement of each phase. */
    private static Set<Integer> ends(List<String> announced) {
        Set<Integer> ends = new TreeSet<>();
        for (String phase : new LinkedHashSet<>(announced)) {
            ends.add(announced.indexOf(phase));
            ends.add(announced.lastIndexOf(phase));
        }
        return ends;
    }

    public void testAtEveryPhase() throws Exception {
        Map<String, Set<String>> phases = Map.of(
                "train", Set.of("sample", "pca", "project", "itq", "kmeans", "measure", "put"),
                "duplicates", Set.of("read", "same", "alike", "fetch"),
                "reencode", Set.of("mapping", "reencode"),
                "evaluate", Set.of("sample", "labels", "exact", "recall", "latency", "codes: sample", "codes: recall"));
        for (Map.Entry<String, Starter> kind : kinds().entrySet()) {
            Outcome whole = start(kind.getValue(), client(), -1, task -> {});
            assertFalse(String.valueOf(whole.await(kind.getKey())), whole.told.getFirst() instanceof Exception);
            List<String> announced = List.copyOf(whole.task.announced);
            assertTrue(announced.toString(), announced.containsAll(phases.get(kind.getKey())));
            forget();
            requireNothingLeft(kind.getKey());
            for (int when : ends(announced)) {
                for (Map.Entry<String, Consumer<Planted>> ending : endings().entrySet()) {
                    String what = ending.getKey() + " of " + kind.getKey() + " at " + announced.get(when) + " " + when;
                    Outcome outcome = start(kind.getValue(), client(), when, ending.getValue());
                    Object told = outcome.await(what);
                    // a second reencoding finds all documents done and announces less
                    if (outcome.task.announced.size() > when) {
                        boolean late = ending.getKey().equals("cancel") && !(told instanceof Exception);
                        // after the last announcement only the answer follows
                        assertTrue(
                                what,
                                !late || Set.of("put", "reencode", "fetch").contains(announced.get(when)));
                        if (!late) {
                            requireFailure(what, ending.getKey(), told);
                        }
                    }
                    requireNothingLeft(what);
                    assertEquals(what, 1, outcome.told.size());
                    forget();
                }
            }
        }
    }

    public void testBeforeTheBegin() throws Exception {
        for (Map.Entry<String, Starter> kind : kinds().entrySet()) {
            Starter cancelled = (client, task, listener) -> {
                cancel((Planted) task);
                kind.getValue().start(client, task, listener);
            };
            Outcome outcome = start(cancelled, client(), -1, task -> {});
            requireFailure(kind.getKey(), "cancel", outcome.await(kind.getKey()));
            requireNothingLeft(kind.getKey());
        }
    }

    /** While another task has the turn: a task that ends does not wait for it, and does not disturb it. */
    public void testInTheQueue() throws Exception {
        for (String kind : List.of("train", "duplicates", "evaluate")) {
            for (Map.Entry<String, Consumer<Planted>> ending : endings().entrySet()) {
                String what = ending.getKey() + " of " + kind;
                PlainActionFuture<Releasable> first = new PlainActionFuture<>();
                pool.turn(new LongTask(0, "transport", "action", what, TaskId.EMPTY_TASK_ID, Map.of()), first);
                Starter starter = kinds().get(kind);
                Outcome outcome = start(starter, client(), queued(starter), ending.getValue());
                requireFailure(what, ending.getKey(), outcome.await(what));
                assertEquals(what, "queued", outcome.task.announced.getLast());
                first.actionGet().close();
                requireNothingLeft(what);
                forget();
            }
        }
    }

    /** The announcement that a task waits for its turn. */
    private int queued(Starter starter) throws Exception {
        Outcome outcome = start(starter, client(), -1, task -> {});
        assertBusy(() -> assertTrue(outcome.task.announced.contains("queued")), 30, TimeUnit.SECONDS);
        cancel(outcome.task);
        outcome.await("queued");
        return outcome.task.announced.indexOf("queued");
    }

    /** Fails the request with a given number; answers come on a thread that acts for another user. */
    private final class Stranger extends FilterClient {
        private final int failing;
        private final Throwable failure;
        final List<String> users = Collections.synchronizedList(new ArrayList<>());
        private int requests;

        /** @param failure an Exception for the listener, or an Error to throw */
        Stranger(int failing, Throwable failure) {
            super(client());
            this.failing = failing;
            this.failure = failure;
        }

        private synchronized int next() {
            return requests++;
        }

        @Override
        protected <Q extends ActionRequest, R extends ActionResponse> void doExecute(
                ActionType<R> action, Q request, ActionListener<R> listener) {
            users.add(action.name() + " " + nodeContext.getTransient(USER));
            if (next() == failing) {
                if (action.name().equals(TransportClosePointInTimeAction.TYPE.name())) {
                    super.doExecute(action, request, ActionListener.noop());
                }
                if (failure instanceof Error error) {
                    throw error;
                }
                asStranger(() -> listener.onFailure((Exception) failure));
                return;
            }
            super.doExecute(
                    action,
                    request,
                    ActionListener.wrap(
                            answer -> asStranger(() -> listener.onResponse(answer)),
                            e -> asStranger(() -> listener.onFailure(e))));
        }
    }

    private void asStranger(Runnable action) {
        as("stranger", action);
    }

    private void as(String user, Runnable action) {
        ThreadContext.StoredContext before = nodeContext.stashContext();
        try {
            nodeContext.putTransient(USER, user);
            action.run();
        } finally {
            before.close();
        }
    }

    public void testAtEveryRequest() throws Exception {
        for (Map.Entry<String, Starter> kind : kinds().entrySet()) {
            Stranger whole = new Stranger(-1, null);
            Outcome all = start(kind.getValue(), whole, -1, task -> {});
            assertFalse(String.valueOf(all.await(kind.getKey())), all.told.getFirst() instanceof Exception);
            forget();
            // an evaluation repeats a few requests many times
            for (int n = 0; n < whole.requests; n += n < 20 || n > whole.requests - 8 ? 1 : 25) {
                for (Throwable failure :
                        List.of(new IllegalStateException(PLANTED), new NoClassDefFoundError(PLANTED))) {
                    String request = n < whole.users.size() ? whole.users.get(n) : "";
                    String what = failure + " of " + kind.getKey() + " at " + n + " " + request;
                    Outcome outcome = start(kind.getValue(), new Stranger(n, failure), -1, task -> {});
                    Object told = outcome.await(what);
                    if (told instanceof Exception failed) {
                        assertTrue(what, ExceptionsHelper.maybeError(failed).isEmpty());
                    }
                    requireNothingLeft(what);
                    assertEquals(what, 1, outcome.told.size());
                    forget();
                }
            }
        }
    }

    /** Two tasks of each kind compete for the turn; answers come on threads that act for another user. */
    public void testEachActsForWhoAskedForIt() throws Exception {
        Map<String, Starter> kinds = kinds();
        for (Map.Entry<String, Starter> kind : kinds.entrySet()) {
            List<Stranger> clients = new ArrayList<>();
            List<Outcome> outcomes = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                // evaluations share one client here, and a second training of an encoder is refused
                boolean alone =
                        kind.getKey().equals("evaluate") || kind.getKey().equals("train");
                Stranger client = new Stranger(-1, null);
                clients.add(client);
                as("asker " + i, () -> outcomes.add(start(kind.getValue(), client, -1, task -> {})));
                if (alone) {
                    outcomes.getLast().await(kind.getKey());
                    forget();
                }
            }
            for (int i = 0; i < 2; i++) {
                Object told = outcomes.get(i).await(kind.getKey());
                assertFalse(kind.getKey() + " " + told, told instanceof Exception);
                assertEquals(kind.getKey(), List.of("asker " + i), outcomes.get(i).users);
                for (String user : clients.get(i).users) {
                    assertTrue(
                            kind.getKey() + ": " + user,
                            user.endsWith(" asker " + i) || user.equals("cluster:monitor/tasks/lists null"));
                }
                assertFalse(clients.get(i).users.isEmpty());
            }
        }
    }

    /** Another user cancels the task: the cleanup acts for the user of the request. */
    public void testWhoCancelsLendsNoRights() throws Exception {
        for (Map.Entry<String, Starter> kind : kinds().entrySet()) {
            Stranger client = new Stranger(-1, null);
            List<Outcome> outcome = new ArrayList<>();
            int when = kind.getKey().equals("evaluate") ? 5 : 1;
            as(
                    "asker",
                    () -> outcome.add(start(kind.getValue(), client, when, task -> asStranger(() -> cancel(task)))));
            outcome.getFirst().await(kind.getKey());
            assertEquals(kind.getKey(), List.of("asker"), outcome.getFirst().users);
            for (String user : client.users) {
                assertTrue(
                        kind.getKey() + ": " + user,
                        user.endsWith(" asker") || user.equals("cluster:monitor/tasks/lists null"));
            }
            requireNothingLeft(kind.getKey());
            forget();
        }
    }
}
