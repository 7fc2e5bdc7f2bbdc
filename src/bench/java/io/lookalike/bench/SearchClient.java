package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * HTTP over one persistent connection, directly on the socket. It adds only two system calls to the time of a request;
 * the JDK's client passes each request from thread to thread.
 *
 * <p>The bytes of a request are built beforehand. Not thread-safe.
 */
final class SearchClient implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int TIMEOUT_MS = 600_000;

    private final Socket socket;
    private final BufferedInputStream in;
    private final String host;

    SearchClient(URI node) throws IOException {
        socket = new Socket(InetAddress.getByName(node.getHost()), node.getPort());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MS);
        in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
        host = node.getAuthority();
    }

    /** The bytes of a request. */
    byte[] request(String method, String path, byte[] body) {
        String type = path.endsWith("_bulk") ? "application/x-ndjson" : "application/json";
        byte[] head = String.format(
                        Locale.ROOT,
                        "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n",
                        method,
                        path,
                        host,
                        type,
                        body.length)
                .getBytes(StandardCharsets.US_ASCII);
        byte[] request = new byte[head.length + body.length];
        System.arraycopy(head, 0, request, 0, head.length);
        System.arraycopy(body, 0, request, head.length, body.length);
        return request;
    }

    /**
     * Sends a request and reads the body of its answer.
     *
     * @throws IOException if the node refuses it, with the answer
     */
    byte[] exchange(byte[] request) throws IOException {
        socket.getOutputStream().write(request);
        String status = line();
        int length = 0;
        boolean chunked = false;
        for (String header = line(); !header.isEmpty(); header = line()) {
            String lower = header.toLowerCase(Locale.ROOT);
            if (lower.startsWith("content-length:")) {
                length =
                        Integer.parseInt(lower.substring(lower.indexOf(':') + 1).strip());
            } else if (lower.startsWith("transfer-encoding:")) {
                chunked = lower.endsWith("chunked");
            }
        }
        byte[] body = chunked ? chunks() : in.readNBytes(length);
        if (!status.startsWith("HTTP/1.1 2")) {
            String answer = new String(body, StandardCharsets.UTF_8);
            throw new IOException(
                    "the node answered [" + status + "]: " + answer.substring(0, Math.min(1000, answer.length())));
        }
        return body;
    }

    /** @param body null for none */
    JsonNode send(String method, String path, JsonNode body) throws IOException {
        return JSON.readTree(
                exchange(request(method, path, body == null ? new byte[0] : JSON.writeValueAsBytes(body))));
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = chunkSize(); size > 0; size = chunkSize()) {
            body.writeBytes(in.readNBytes(size));
            line();
        }
        line();
        return body.toByteArray();
    }

    private int chunkSize() throws IOException {
        return Integer.parseInt(line(), 16);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the node closed the connection");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
