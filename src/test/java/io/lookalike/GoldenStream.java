package io.lookalike;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.elasticsearch.TransportVersion;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.common.io.stream.BytesStreamOutput;
import org.elasticsearch.common.io.stream.NamedWriteableAwareStreamInput;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.Writeable;

/**
 * A golden file that holds one stream as it was when its version was current: the id of Elasticsearch's transport
 * version on the first line, then the bytes in hex.
 *
 * <p>Files lie beside the test's class under {@code src/test/resources}, named after the form and its version, such as
 * {@code encoders-1.stream}. They are written once and never changed. Where one is missing, the test writes it to
 * {@code target/golden} and fails; check it and move it.
 */
public final class GoldenStream {
    private static final HexFormat HEX = HexFormat.of();

    private final TransportVersion transport;
    private final byte[] bytes;

    private GoldenStream(TransportVersion transport, byte[] bytes) {
        this.transport = transport;
        this.bytes = bytes;
    }

    /** Opens the file, which holds the current version of a form; fails if the form is written in another way now. */
    public static GoldenStream current(Class<?> test, String name, Writeable form) throws IOException {
        String text = textOf(test, name);
        if (text == null) {
            TransportVersion now = TransportVersion.current();
            throw missing(
                    test,
                    name,
                    now.id() + "\n" + HEX.formatHex(write(form, now)).replaceAll(".{120}", "$0\n") + "\n");
        }
        GoldenStream golden = parse(text);
        assertEquals(HEX.formatHex(golden.bytes), HEX.formatHex(write(form, golden.transport)), name);
        return golden;
    }

    /** The same for a form that is stored as text; returns what the file holds. */
    public static String currentText(Class<?> test, String name, String form) throws IOException {
        String text = textOf(test, name);
        if (text == null) {
            throw missing(test, name, form + "\n");
        }
        assertEquals(text.strip(), form, name);
        return text;
    }

    private static AssertionError missing(Class<?> test, String name, String text) throws IOException {
        Path file = Path.of("target", "golden", test.getPackageName().replace('.', '/'), name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        return new AssertionError("no golden file [" + name + "]; wrote [" + file + "]");
    }

    /** Opens the file, which holds an older version of a form. */
    public static GoldenStream older(Class<?> test, String name) throws IOException {
        return parse(textOf(test, name));
    }

    /** Reads the form; fails if it leaves bytes. */
    public <T> T read(NamedWriteableRegistry writeables, Writeable.Reader<T> reader) throws IOException {
        try (StreamInput in = new NamedWriteableAwareStreamInput(new BytesArray(bytes).streamInput(), writeables)) {
            in.setTransportVersion(transport);
            T made = reader.read(in);
            assertEquals(-1, in.read());
            return made;
        }
    }

    private static GoldenStream parse(String text) {
        String[] parts = text.split("\n", 2);
        return new GoldenStream(
                TransportVersion.fromId(Integer.parseInt(parts[0])), HEX.parseHex(parts[1].replace("\n", "")));
    }

    /** The file as text; null when it is missing. */
    public static String textOf(Class<?> test, String name) throws IOException {
        try (InputStream in = test.getResourceAsStream(name)) {
            return in == null ? null : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static byte[] write(Writeable form, TransportVersion transport) throws IOException {
        try (BytesStreamOutput out = new BytesStreamOutput()) {
            out.setTransportVersion(transport);
            form.writeTo(out);
            return BytesReference.toBytes(out.bytes());
        }
    }
}
