package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.node.RealNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * What a node that never saw PyTorch makes of trained networks: pictures of a folder a class become documents, whose
 * ids count up in the order of {@link LabelledPictures#read}. For one thread.
 */
final class TrainNode implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int BULK = 50;

    private final RealNode node;
    private final SearchClient client;
    private final List<String> pictures = new ArrayList<>();

    /**
     * @param models a directory for each model
     * @param folder of the pictures
     */
    TrainNode(Path models, Path folder) throws IOException {
        node = RealNode.builder().heap("1g").models(models).start();
        client = new SearchClient(node.uri());
        for (List<Path> clazz : LabelledPictures.files(folder)) {
            for (Path file : clazz) {
                pictures.add(Base64.getEncoder().encodeToString(Files.readAllBytes(file)));
            }
        }
    }

    /** Makes an encoder, and an index of the same name that holds all pictures. */
    void index(String id, ObjectNode encoder) throws IOException {
        client.send("PUT", "/_lookalike/encoder/" + id, encoder);
        ObjectNode pipeline = object();
        pipeline.putArray("processors")
                .addObject()
                .putObject("image_embedding")
                .put("field", "image")
                .put("target_field", "photo")
                .put("encoder", id);
        client.send("PUT", "/_ingest/pipeline/" + id, pipeline);
        ObjectNode body = (ObjectNode) client.send(
                "GET", "/_lookalike/encoder/" + id + "/_mapping?target_field=photo&field=image&pipeline=" + id, null);
        client.send("PUT", "/" + id, body);
        for (int from = 0; from < pictures.size(); from += BULK) {
            StringBuilder lines = new StringBuilder();
            for (int i = from; i < Math.min(pictures.size(), from + BULK); i++) {
                lines.append("{\"index\":{\"_id\":\"")
                        .append(i)
                        .append("\"}}\n{\"image\":\"")
                        .append(pictures.get(i))
                        .append("\"}\n");
            }
            JsonNode answer = JSON.readTree(client.exchange(
                    client.request("POST", "/" + id + "/_bulk", lines.toString().getBytes(StandardCharsets.US_ASCII))));
            if (answer.path("errors").asBoolean(true)) {
                String text = answer.toString();
                throw new IOException("a picture was refused: " + text.substring(0, Math.min(1000, text.length())));
            }
        }
        client.send("POST", "/" + id + "/_refresh", null);
    }

    /**
     * What is stored for each picture.
     *
     * @param vectors a row for each
     * @param codes the same, packed into bytes
     */
    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    record Stored(float[][] vectors, byte[][] codes) {}

    Stored stored(String id) throws IOException {
        float[][] vectors = new float[pictures.size()][];
        byte[][] codes = new byte[pictures.size()][];
        ObjectNode all = object().put("size", pictures.size());
        for (JsonNode hit : hits(id, "?_source_exclude_vectors=false", all)) {
            int i = hit.path("_id").asInt();
            JsonNode photo = hit.path("_source").path("photo");
            vectors[i] = JSON.convertValue(photo.path("vector"), float[].class);
            codes[i] = bytes(photo.path("hash"));
        }
        return new Stored(vectors, codes);
    }

    /** Bits come back as text in hexadecimal or as a list of signed bytes. */
    private static byte[] bytes(JsonNode code) {
        if (code.isTextual()) {
            return HexFormat.of().parseHex(code.asText());
        }
        byte[] bytes = new byte[code.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) code.get(i).asInt();
        }
        return bytes;
    }

    /**
     * What a search finds, best first.
     *
     * @param ids of the pictures
     * @param distances their Euclidean distances, of encoders with {@code "normalize": "none"}
     */
    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    record Found(int[] ids, double[] distances) {}

    /** Searches among all, by the vector that is stored for a picture. */
    Found byVector(String id, float[] vector, int k) throws IOException {
        ObjectNode query =
                object().put("field", "photo.vector").put("encoder", id).put("k", k);
        query.put("candidates", "all").set("query_vector", JSON.valueToTree(vector));
        return found(id, query, k);
    }

    /**
     * Searches by a picture, among the others.
     *
     * @param candidates by code; 0 for all documents
     */
    int[] byPicture(String id, int picture, int k, int candidates) throws IOException {
        ObjectNode query = object().put("field", "photo.vector")
                .put("query_image", pictures.get(picture))
                .put("k", k);
        query.putObject("filter")
                .putObject("bool")
                .putObject("must_not")
                .putObject("ids")
                .putArray("values")
                .add(Integer.toString(picture));
        if (candidates > 0) {
            query.put("num_candidates", candidates);
        } else {
            query.put("candidates", "all");
        }
        return found(id, query, k).ids;
    }

    private Found found(String id, ObjectNode query, int k) throws IOException {
        ObjectNode body = object().put("size", k).put("_source", false);
        body.putObject("query").set("hash_knn", query);
        JsonNode hits = hits(id, "", body);
        int[] ids = new int[hits.size()];
        double[] distances = new double[ids.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = hits.get(i).path("_id").asInt();
            distances[i] = Math.sqrt(Math.max(0, 1 / hits.get(i).path("_score").asDouble() - 1));
        }
        return new Found(ids, distances);
    }

    private JsonNode hits(String id, String parameters, ObjectNode body) throws IOException {
        return client.send("POST", "/" + id + "/_search" + parameters, body)
                .path("hits")
                .path("hits");
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    @Override
    public void close() throws IOException {
        client.close();
        node.close();
    }
}
