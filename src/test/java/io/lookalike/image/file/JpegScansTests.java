package io.lookalike.image.file;

import static io.lookalike.image.TestPictures.bytes;
import static io.lookalike.image.TestPictures.join;
import static io.lookalike.image.TestPictures.resource;
import static io.lookalike.image.TestPictures.segment;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.image.TestPictures;
import io.lookalike.image.bytes.ArrayInputStream;
import io.lookalike.image.bytes.Unreadable;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageReader;
import org.junit.jupiter.api.Test;

class JpegScansTests {
    private static ArrayInputStream merged(Frame frame) {
        return JpegScans.merge(frame.stream(), frame.offset(), frame.length(), () -> {});
    }

    private static ArrayInputStream asItIs(Frame frame) {
        return new ArrayInputStream(frame.stream(), frame.offset(), frame.length());
    }

    private static int[] pixels(ArrayInputStream stream) throws IOException {
        ImageReader reader = Readers.ofJpeg();
        try {
            reader.setInput(stream, true, true);
            Raster raster = reader.read(0).getRaster();
            return raster.getPixels(0, 0, raster.getWidth(), raster.getHeight(), (int[]) null);
        } finally {
            reader.dispose();
        }
    }

    private static void assertSamePixels(byte[] file) throws IOException {
        Frame frame = JpegFile.inspect(file, ImageLimits.DEFAULT);
        assertTrue(frame.scanned() > 0);
        assertEquals(1, scans(bytesOf(merged(frame))).size());
        assertArrayEquals(pixels(asItIs(frame)), pixels(merged(frame)));
    }

    private static byte[] bytesOf(ArrayInputStream stream) throws IOException {
        byte[] all = new byte[Math.toIntExact(stream.length())];
        stream.readFully(all);
        return all;
    }

    /** Where scans start. */
    private static List<Integer> scans(byte[] file) {
        List<Integer> starts = new ArrayList<>();
        for (int i = 0; i < file.length - 1; i++) {
            if (file[i] == -1 && file[i + 1] == (byte) 0xda) {
                starts.add(i);
            }
        }
        return starts;
    }

    @Test
    void aProgressivePictureHasTheSamePixels() throws IOException {
        assertSamePixels(resource("progressive.jpg"));
    }

    /** Coefficients that no scan holds to their last bit are guessed by the decoder, and here. */
    @Test
    void soHasOneWhoseLastScansAreMissing() throws IOException {
        byte[] file = resource("progressive.jpg");
        List<Integer> starts = scans(file);
        assertEquals(10, starts.size());
        for (int kept = 1; kept < starts.size(); kept++) {
            byte[] start = Arrays.copyOf(file, starts.get(kept));
            assertSamePixels(join(start, bytes(0xff, 0xd9)));
        }
    }

    /** 4 x 4 blocks of the first component, so that one scan cannot hold all: each component has its own. */
    @Test
    void manyBlocksStayInSeveralScans() throws IOException {
        byte[] file = resource("progressive.jpg").clone();
        int header = new String(file, StandardCharsets.ISO_8859_1).indexOf("\u00ff\u00c2");
        byte[] small = file.clone();
        assertEquals(3, small[header + 9]);
        small[header + 11] = 0x44;
        Frame frame = JpegFile.inspect(withoutFirstScan(small), ImageLimits.DEFAULT);
        assertEquals(3, scans(bytesOf(merged(frame))).size());
        assertArrayEquals(pixels(asItIs(frame)), pixels(merged(frame)));
    }

    /** The first scan of all components cannot have so many blocks; three of one each can. */
    private static byte[] withoutFirstScan(byte[] file) {
        List<Integer> starts = scans(file);
        byte[] begun = Arrays.copyOf(file, starts.getFirst());
        for (int id = 1; id <= 3; id++) {
            byte[] zeros = new byte[400];
            begun = join(begun, segment(0xda, bytes(1, id, 0, 0, 0, 1)), zeros);
        }
        return join(begun, bytes(0xff, 0xd9));
    }

    @Test
    void damagedScansAreLeftToTheDecoder() throws IOException {
        byte[] file = resource("progressive.jpg");
        byte[] restarts = TestPictures.insert(file, 2, segment(0xdd, bytes(0, 1)));
        Frame frame = JpegFile.inspect(restarts, ImageLimits.DEFAULT);
        assertNull(merged(frame));
        assertEquals(
                40, TestPictures.decode("it", restarts, ImageLimits.DEFAULT).width());
    }

    /** Whatever is damaged: with and without this, the same is decoded or refused. */
    @Test
    void damageChangesNothing() throws IOException {
        byte[] file = resource("progressive.jpg");
        int compared = 0;
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            byte[] damaged = file.clone();
            damaged[random.nextInt(file.length)] = (byte) random.nextInt();
            Frame frame;
            try {
                frame = JpegFile.inspect(damaged, ImageLimits.DEFAULT);
            } catch (Unreadable e) {
                continue;
            }
            ArrayInputStream merged = merged(frame);
            if (merged != null && frame.width() == 40 && frame.height() == 24) {
                int[] ours = pixels(merged);
                int[] theirs = pixels(asItIs(frame));
                assertArrayEquals(theirs, ours, "seed [" + seed + "]");
                compared++;
            }
        }
        assertTrue(compared > 50, "compared " + compared);
    }

    @Test
    void itCanBeStopped() throws IOException {
        Frame frame = JpegFile.inspect(resource("progressive.jpg"), ImageLimits.DEFAULT);
        int[] calls = {0};
        assertNotNull(JpegScans.merge(frame.stream(), frame.offset(), frame.length(), () -> calls[0]++));
        assertTrue(calls[0] > 10, "calls " + calls[0]);
        assertThrows(
                IllegalStateException.class,
                () -> JpegScans.merge(frame.stream(), frame.offset(), frame.length(), () -> {
                    throw new IllegalStateException("enough");
                }));
    }
}
