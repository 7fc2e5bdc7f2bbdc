package io.lookalike.query;

import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.inference.CurrentSearch;
import io.lookalike.inference.Encoders;
import io.lookalike.inference.TestEncoders;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import javax.imageio.ImageIO;
import org.elasticsearch.TransportVersion;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.OriginalIndices;
import org.elasticsearch.action.ResolvedIndices;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.action.support.IndicesOptions;
import org.elasticsearch.action.support.PlainActionFuture;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.index.query.QueryRewriteContext;
import org.elasticsearch.search.vectors.QueryVectorBuilder;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.tasks.TaskCancelHelper;
import org.elasticsearch.tasks.TaskCancelledException;
import org.elasticsearch.tasks.TaskId;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.test.client.NoOpClient;
import org.elasticsearch.threadpool.TestThreadPool;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.xcontent.XContentParserConfiguration;

/**
 * A search that is cancelled while it waits for its picture or document ends at once, and its queued work is skipped.
 */
public class CancelledInputTests extends ESTestCase {
    private static final String USER = "user";

    private final Queue<Runnable> queue = new ArrayDeque<>();
    private ThreadPool threadPool;
    private ThreadContext headers;
    private TestEncoders nodes;
    private Encoders encoders;
    private Client client;

    @Override
    public void setUp() throws Exception {
        super.setUp();
        threadPool = new TestThreadPool(getTestName());
        headers = threadPool.getThreadContext();
        client = new NoOpClient(threadPool);
        nodes = new TestEncoders(createTempDir(), this::later);
        encoders = nodes.encoders();
    }

    @Override
    public void tearDown() throws Exception {
        nodes.close();
        terminate(threadPool);
        super.tearDown();
    }

    private synchronized void later(Runnable work) {
        queue.add(work);
        notifyAll();
    }

    /** Waits until work is queued. */
    private synchronized void awaitQueued() throws InterruptedException {
        while (queue.isEmpty()) {
            wait(10_000);
        }
    }

    private static CancellableTask task() {
        return new CancellableTask(7, "transport", "indices:data/read/search", "", TaskId.EMPTY_TASK_ID, Map.of());
    }

    /** Runs something as a search with a task. */
    private void asSearch(CancellableTask task, Runnable search) {
        try (var user = headers.stashContext()) {
            assertNotNull(user);
            headers.putHeader(USER, "ann");
            new CurrentSearch(headers, () -> "node")
                    .<SearchRequest, SearchResponse>apply(
                            task,
                            "indices:data/read/search",
                            new SearchRequest(),
                            ActionListener.noop(),
                            (t, action, request, listener) -> search.run());
        }
    }

    private InputResolver resolver() {
        return new InputResolver(
                encoders,
                new InputNeeds("v", "h", null, Set.of(), 0),
                new QueryRewriteContext(
                        XContentParserConfiguration.EMPTY,
                        null,
                        () -> 0,
                        TransportVersion.current(),
                        null,
                        new ResolvedIndices(
                                Map.of(),
                                new OriginalIndices(new String[] {"photos"}, IndicesOptions.strictExpandOpen()),
                                Map.of()),
                        null,
                        null,
                        false));
    }

    private static String base64() throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(9, 9, BufferedImage.TYPE_INT_RGB), "png", png);
        return Base64.getEncoder().encodeToString(png.toByteArray());
    }

    private static UserInput picture() throws IOException {
        PictureText picture = new PictureText(base64(), null);
        return new UserInput(picture, null, null, null, null, false, EncoderDefinition.DEFAULT);
    }

    public void testTheTaskIsKnownWithinTheSearchAlone() {
        CancellableTask outer = task();
        CancellableTask inner = task();
        assertNull(CurrentSearch.of(headers));
        asSearch(outer, () -> {
            assertSame(outer, CurrentSearch.of(headers));
            asSearch(inner, () -> assertSame(inner, CurrentSearch.of(headers)));
            assertSame(outer, CurrentSearch.of(headers));
        });
        assertNull(CurrentSearch.of(headers));
    }

    public void testAQueuedPictureIsNotDecodedOnceItsSearchIsCancelled() throws Exception {
        CancellableTask task = task();
        PlainActionFuture<ResolvedInput> resolved = new PlainActionFuture<>();
        AtomicReference<String> user = new AtomicReference<>();
        ActionListener<ResolvedInput> listener = ActionListener.runBefore(
                resolved, () -> user.set(headers.getHeader(USER) + headers.getResponseHeaders()));
        UserInput input = picture();
        asSearch(task, () -> resolver().resolve(input, client, listener));
        awaitQueued();
        assertFalse(resolved.isDone());
        try (var other = headers.stashContext()) {
            assertNotNull(other);
            headers.putHeader(USER, "bob");
            headers.addResponseHeader("Warning", "of bob");
            TaskCancelHelper.cancel(task, "nobody waits");
        }
        assertEquals(
                "task cancelled [nobody waits]",
                expectThrows(TaskCancelledException.class, resolved::actionGet).getMessage());
        assertEquals("ann{}", user.get());
        assertEquals(1, queue.size());
        queue.remove().run();
        assertEquals(0, nodes.decoded());
    }

    /** Without a cancellation the picture is decoded, so the test above means something. */
    public void testAQueuedPictureIsDecodedOtherwise() throws Exception {
        PlainActionFuture<ResolvedInput> resolved = new PlainActionFuture<>();
        UserInput input = picture();
        asSearch(task(), () -> resolver().resolve(input, client, resolved));
        awaitQueued();
        queue.remove().run();
        assertNotNull(resolved.actionGet().vector());
        assertEquals(1, nodes.decoded());
    }

    public void testAVectorBuildersPictureIsNotDecodedEither() throws Exception {
        CancellableTask task = task();
        PlainActionFuture<float[]> built = new PlainActionFuture<>();
        AtomicReference<Object> brought = new AtomicReference<>();
        QueryVectorBuilder builder = QueryParsing.vectorBuilder("{'image':'" + base64() + "'}", encoders);
        asSearch(
                task,
                () -> builder.buildVector(
                        client, ActionListener.runBefore(built, () -> brought.set(headers.getResponseHeaders()))));
        try (var other = headers.stashContext()) {
            assertNotNull(other);
            headers.addResponseHeader("Warning", "of bob");
            TaskCancelHelper.cancel(task, "nobody waits");
        }
        expectThrows(TaskCancelledException.class, built::actionGet);
        assertEquals(Map.of(), brought.get());
        queue.remove().run();
        assertEquals(0, nodes.decoded());
    }

    public void testASearchForADocumentIsAChildAndIsNotWaitedFor() throws Exception {
        CancellableTask task = task();
        PlainActionFuture<ResolvedInput> resolved = new PlainActionFuture<>();
        PlainActionFuture<ActionRequest> asked = new PlainActionFuture<>();
        Client asking = new NoOpClient(threadPool) {
            @Override
            protected <Request extends ActionRequest, Response extends ActionResponse> void doExecute(
                    ActionType<Response> action, Request request, ActionListener<Response> listener) {
                asked.onResponse(request); // and never answers
            }
        };
        UserInput input = new UserInput(null, null, null, null, new Like("photos", "1", null, null), false, null);
        asSearch(task, () -> resolver().resolve(input, asking, resolved));
        assertEquals(new TaskId("node", 7), asked.actionGet().getParentTask());
        SearchRequest search = (SearchRequest) asked.actionGet();
        assertEquals(false, search.allowPartialSearchResults());
        assertNotNull(search.source().timeout());
        TaskCancelHelper.cancel(task, "nobody waits");
        expectThrows(TaskCancelledException.class, resolved::actionGet);
    }

    public void testWithoutASearchNothingIsCancelled() throws Exception {
        PlainActionFuture<ResolvedInput> resolved = new PlainActionFuture<>();
        assertSame(client, CurrentSearch.client(client));
        resolver().resolve(picture(), client, resolved);
        awaitQueued();
        queue.remove().run();
        assertNotNull(resolved.actionGet().vector());
    }
}
