package io.lookalike.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.node.RealNode;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Users at once on a node that tells them apart: whatever is shared between them, each goes on as itself. {@code guard}
 * stands for security: it takes the user from a header, hides the documents of others, and notes what is done in the
 * wrong name.
 */
class IdentityIT {
    private static final String INDEX = "shared";
    private static final List<String> USERS = List.of("ann", "bob", "cid", "dan", "eve");
    private static final String ALIAS_USER = "gil";
    private static final String ALIAS = "turned-for-gil";
    private static final int REQUESTS = 200;
    private static final int CLIENTS = 20;
    private static final long SEED = 7;
    private static final Pattern SEARCHED_FOR = Pattern.compile("searched for \\[(\\w+)]");

    @TempDir
    static Path directory;

    private static RealNode node;
    private static Http http;
    private static Http admin;
    private static List<Album.Photo> photos;

    @BeforeAll
    static void start() {
        node = RealNode.builder()
                .heap("1g")
                .alsoPlugin(GuardZip.in(directory))
                .setting("guard.names." + ALIAS_USER + ".indices", ALIAS)
                .start();
        http = new Http(node.uri());
        admin = http.as("admin");
        photos = Album.draw(3, SEED);
        Album.create(admin, INDEX, "default", 2);
        admin.ok(
                "PUT",
                "/_ingest/pipeline/" + INDEX,
                Json.json("{processors: [{image_embedding: {field: 'image', target_field: 'photo'}}, {guard_owner: "
                        + "{}}]}"));
        admin.ok("PUT", "/" + INDEX + "/_mapping", Json.json("{properties: {owner: {type: 'keyword'}}}"));
        for (String user : USERS) {
            Bulk bulk = new Bulk();
            photos.forEach(photo -> bulk.index(user + "-" + photo.id(), photo.document()));
            http.as(user).bulk("/" + INDEX + "/_bulk", bulk);
        }
    }

    @AfterAll
    static void stop() {
        http.close();
        node.close();
    }

    /** One request of a user. */
    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    private record Call(String user, String what, String method, String path, byte[] body, String type) {}

    private static Call request(String user, String what, String method, String path, JsonNode body) {
        return new Call(user, what, method, path, body.toString().getBytes(StandardCharsets.UTF_8), Http.JSON);
    }

    private static Call call(String user, int number, Random random) {
        Album.Photo photo = photos.get(random.nextInt(photos.size()));
        String search = "/" + INDEX + "/_search";
        return switch (number % 10) {
            case 0, 1 ->
                request(
                        user,
                        "hash_knn by picture",
                        "POST",
                        search,
                        Json.json(
                                "{query: {hash_knn: {field: 'photo.vector', query_image: ?, k: 5}}}", photo.base64()));
            case 2 ->
                request(
                        user,
                        "hash_radius by picture",
                        "POST",
                        search,
                        Json.json(
                                "{query: {hash_radius: {field: 'photo.phash', query_image: ?, max_distance: 20}}}",
                                photo.base64()));
            case 3 ->
                request(
                        user,
                        "like",
                        "POST",
                        search,
                        Json.json(
                                "{query: {hash_knn: {field: 'photo.vector', like: {id: ?}, k: 5}}}",
                                user + "-" + photo.id()));
            case 4 ->
                request(
                        user,
                        "knn by picture",
                        "POST",
                        search,
                        Json.json(
                                "{knn: {field: 'photo.vector', k: 5, num_candidates: 20, query_vector_builder: "
                                        + "{image_embedding: {image: ?}}}}",
                                photo.base64()));
            case 5 ->
                new Call(
                        user,
                        "encode",
                        "POST",
                        "/_lookalike/encoder/default/_encode",
                        photo.bytes(),
                        "image/" + photo.format());
            case 6, 7 ->
                new Call(
                        user,
                        "bulk",
                        "POST",
                        "/" + INDEX + "/_bulk",
                        new Bulk()
                                .index(user + "-new" + number, photo.document())
                                .bytes(),
                        Http.LINES);
            case 8 ->
                request(
                        user,
                        "evaluate",
                        "POST",
                        "/" + INDEX + "/_lookalike/evaluate",
                        Json.json("{request: {hash_knn: {field: 'photo.vector'}}, k: 3, queries: 4, seed: ?}", number));
            default ->
                request(
                        user,
                        "duplicates",
                        "POST",
                        "/" + INDEX + "/_lookalike/duplicates",
                        Json.json("{field: 'photo.phash', max_distance: 4}"));
        };
    }

    @Test
    void nobodyGoesOnAsSomebodyElse() throws Exception {
        admin.send("DELETE", "/_guard", null);
        Random random = new Random(SEED);
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            calls.add(call(USERS.get(random.nextInt(USERS.size())), i, random));
        }
        Collections.shuffle(calls, random);
        List<String> wrong = Collections.synchronizedList(new ArrayList<>());
        Map<String, Integer> answered = Collections.synchronizedMap(new LinkedHashMap<>());
        Map<String, Http> clients = new LinkedHashMap<>();
        USERS.forEach(user -> clients.put(user, http.as(user)));
        try (ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
            List<Future<?>> futures = new ArrayList<>();
            for (Call call : calls) {
                futures.add(threads.submit(() -> {
                    Http.Answer answer = clients.get(call.user).send(call.method, call.path, call.body, call.type);
                    // more than four long tasks at once are sent away
                    boolean busy = answer.status() == 429
                            && Set.of("evaluate", "duplicates").contains(call.what);
                    if (!busy) {
                        answered.merge(call.what, 1, Integer::sum);
                        check(call, answer, wrong);
                    }
                }));
            }
            for (Future<?> future : futures) {
                future.get();
            }
        }
        assertEquals(List.of(), wrong);
        JsonNode guard = admin.ok("GET", "/_guard");
        assertEquals("[]", guard.path("violations").toString());
        assertEquals(8, answered.size(), answered::toString);
        admin.ok("POST", "/" + INDEX + "/_refresh");
        JsonNode hits = admin.hits(INDEX, Json.json("{size: 1000, _source: ['owner']}"));
        assertTrue(hits.size() > USERS.size() * photos.size(), hits::toString);
        for (JsonNode hit : hits) {
            String owner = hit.at("/_source/owner").asText();
            assertTrue(hit.path("_id").asText().startsWith(owner + "-"), hit::toString);
        }
    }

    private static void check(Call call, Http.Answer answer, List<String> wrong) {
        String name = call.what + " of " + call.user + ": ";
        if (answer.status() != 200) {
            wrong.add(name + answer.status() + " " + answer.reasons());
            return;
        }
        Set<String> doneFor = new TreeSet<>(answer.headers().allValues("X-Guard-Done-For"));
        if (!doneFor.equals(Set.of(call.user))) {
            wrong.add(name + "done for " + doneFor);
        }
        Set<String> warned = new TreeSet<>();
        for (String warning : answer.warnings()) {
            SEARCHED_FOR.matcher(warning).results().forEach(found -> warned.add(found.group(1)));
        }
        boolean searches = !Set.of("bulk", "encode").contains(call.what);
        if (!warned.equals(searches ? Set.of(call.user) : Set.of())) {
            wrong.add(name + "warned as " + warned);
        }
        if (call.path.endsWith("_search") && answer.body().at("/hits/hits").isEmpty()) {
            wrong.add(name + "no hits");
        }
        for (JsonNode item : answer.body().path("items")) {
            if (item.path("index").path("status").asInt() != 201) {
                wrong.add(name + item);
            }
        }
        for (String other : USERS) {
            if (!other.equals(call.user) && answer.text().contains("\"" + other + "-")) {
                wrong.add(name + "shows documents of " + other);
            }
        }
    }

    @Test
    void aBulkOfSeveralPicturesGoesOnAsItself() {
        ObjectNode document = Json.json(
                "{image: ?}", List.of(photos.get(0).base64(), photos.get(1).base64()));
        admin.ok(
                "PUT",
                "/_ingest/pipeline/several",
                Json.json("{processors: [{image_embedding: {field: 'image', target_field: 'photo'}}, {guard_owner: "
                        + "{}}]}"));
        Http.Answer answer = http.as("ann")
                .send(
                        "POST",
                        "/_ingest/pipeline/several/_simulate",
                        Json.json("{docs: [{_source: ?}, {_source: ?}]}", document, document));
        assertEquals(200, answer.status(), answer::text);
        for (JsonNode simulated : answer.body().path("docs")) {
            assertEquals("ann", simulated.at("/doc/_source/owner").asText(), simulated::toString);
        }
        assertTrue(answer.headers().allValues("X-Guard-Done-For").contains("ann"));
    }

    /** The thread that cancels ends the pause of a task that is another user's. */
    @Test
    void whoCancelsLeavesNothingInTheAnswer() throws Exception {
        ObjectNode body = Json.json(
                "{from: 'default', to: 'shared-short', target_field: 'short', query: {term: {owner: 'ann'}}}");
        admin.ok(
                "PUT",
                "/_lookalike/encoder/shared-short",
                Json.json("{model: 'builtin-1', image: {background: 'white'}, hash: {bits: 64}}"));
        CompletableFuture<HttpResponse<byte[]>> started =
                http.as("ann").start("POST", "/" + INDEX + "/_lookalike/reencode?requests_per_second=0.001", body);
        String task = null;
        while (task == null) {
            assertFalse(started.isDone(), "it ended before it was cancelled");
            JsonNode nodes = admin.ok("GET", "/_tasks?detailed=true&actions=indices:data/write/lookalike/reencode")
                    .path("nodes");
            for (JsonNode each : nodes) {
                for (Map.Entry<String, JsonNode> running : each.path("tasks").properties()) {
                    JsonNode status = running.getValue().path("status");
                    if (status.path("done").asLong() > 0) {
                        task = running.getKey();
                    }
                }
            }
        }
        http.as("bob").ok("POST", "/_tasks/" + task + "/_cancel");
        HttpResponse<byte[]> answer = started.get();
        assertEquals(
                Set.of("ann"),
                new TreeSet<>(answer.headers().allValues("X-Guard-Done-For")),
                () -> answer.statusCode() + " " + new String(answer.body(), StandardCharsets.UTF_8));
    }

    /** Who may name an alias alone evaluates what it shows, also by documents that are searched by their names. */
    @Test
    void anAliasIsEnoughToEvaluate() {
        admin.ok(
                "PUT",
                "/_lookalike/encoder/turned",
                Json.json("{model: 'none', dims: 2, project: [{dims: 2, weights: [0, 1, 1, 0]}], hash: {bits: 16}}"));
        admin.ok(
                "PUT",
                "/_ingest/pipeline/turned",
                Json.json("{processors: [{vector_hash: {field: 'sent', target_field: 'photo', encoder: 'turned'}}, "
                        + "{guard_owner: {}}]}"));
        ObjectNode body = admin.ok("GET", "/_lookalike/encoder/turned/_mapping?target_field=photo&graph=none")
                .deepCopy();
        body.withObject("settings").put("index.default_pipeline", "turned");
        body.withObject("mappings").withObject("properties").putObject("owner").put("type", "keyword");
        body.putObject("aliases").putObject(ALIAS);
        admin.ok("PUT", "/turned", body);
        Bulk bulk = new Bulk();
        for (int i = 0; i < 20; i++) {
            bulk.index("" + i, Json.json("{sent: [?, ?]}", i, 20 - i));
        }
        Http gil = http.as(ALIAS_USER);
        gil.bulk("/" + ALIAS + "/_bulk", bulk);
        ObjectNode evaluate = Json.json("{request: {hash_knn: {field: 'photo.vector'}}, k: 3, queries: 4}");
        JsonNode answer = gil.ok("POST", "/" + ALIAS + "/_lookalike/evaluate", evaluate);
        assertEquals(1, answer.at("/settings/0/recall").asDouble(), 0, answer::toString);
        assertEquals(
                403, gil.send("POST", "/turned/_lookalike/evaluate", evaluate).status());
    }
}
